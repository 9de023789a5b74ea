#!/usr/bin/env python3
"""Two emulated machines: network namespaces, connected by a link of a given bandwidth.

The traffic is real TCP; the kernel limits its bandwidth in both directions (tc-tbf(8)). Needs root, ip and tc. mpirun
uses this file as its remote shell.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

NET = "10.231.7"
MACHINES = (2, 3)
#: bytes of a burst: more than the kernel passes to the link at once
BURST = 128 << 10


def sh(line, check=True):
    return subprocess.run(line.split(), check=check, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def missing():
    """The requirement that this machine lacks, or ''."""
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("ip", "tc", "unshare", "mpirun"):
        if not shutil.which(tool):
            return f"needs {tool}"
    return ""


def shape(prefix, device, gigabits):
    sh(f"{prefix}tc qdisc add dev {device} root tbf rate {gigabits:g}gbit burst {BURST} latency 100ms")


def remove():
    for i in MACHINES:
        sh(f"ip netns del gantrain{i}", check=False)
        sh(f"ip link del gantrain{i}", check=False)
    sh("ip link del gantrain", check=False)


@contextlib.contextmanager
def joined(gigabits):
    """Yields mpirun's options for two ranks, one on each machine."""
    remove()
    try:
        sh("ip link add gantrain type bridge")
        sh(f"ip addr add {NET}.1/24 dev gantrain")
        sh("ip link set gantrain up")
        for i in MACHINES:
            inside = f"ip netns exec gantrain{i} "
            sh(f"ip netns add gantrain{i}")
            sh(f"ip link add gantrain{i} type veth peer name eth0 netns gantrain{i}")
            sh(f"ip link set gantrain{i} master gantrain up")
            sh(inside + "ip link set lo up")
            sh(inside + f"ip addr add {NET}.{i}/24 dev eth0")
            sh(inside + "ip link set eth0 up")
            shape(inside, "eth0", gigabits)
            shape("", f"gantrain{i}", gigabits)
        hosts = ",".join(f"{NET}.{i}" for i in MACHINES)
        yield ["--mca", "plm_rsh_agent", str(pathlib.Path(__file__).resolve()), "--mca", "btl", "tcp,self",
               "--mca", "btl_tcp_if_include", f"{NET}.0/24", "--mca", "oob_tcp_if_include", f"{NET}.0/24",
               "-H", hosts, "-wdir", os.getcwd()]
    finally:
        remove()


def remote_shell(host, command):
    """Runs the command on that machine; mpirun calls this instead of ssh."""
    name = "gantrain" + host.rsplit(".", 1)[1]
    line = f"hostname {name}; {' '.join(command)}"
    os.execvp("ip", ["ip", "netns", "exec", name, "unshare", "--uts", "sh", "-c", line])


if __name__ == "__main__":
    remote_shell(sys.argv[1], sys.argv[2:])
