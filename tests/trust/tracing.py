"""System calls of a run by strace: a trace, and a kill before the k-th call of a name."""

import re
import shutil
import signal

import toy

#: all calls on files except reads
NAMES = (
    *("openat", "write", "fsync", "close", "renameat", "unlink", "unlinkat", "mkdir", "ftruncate", "flock"),
    *("newfstatat", "getdents64", "access"),
)

CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)")


class Call:
    """name, its arguments as text, its result; `k`: the k-th call of its name, from 1."""

    def __init__(self, name, args, result, k):
        self.name, self.args, self.result, self.k = name, args, int(result), k


def need():
    """Skips the check if strace does not work."""
    if not shutil.which("strace"):
        toy.skip("no strace (apt-get install strace)")
    result = toy.run(["-f", "-o", "/dev/null", "true"], "/", program=["strace"])
    if result.code != 0:
        toy.skip(f"strace cannot trace here: {result.err.strip()}")


def trace(args, workdir, *options, names=NAMES):
    """All calls of a complete run, in order."""
    log = workdir / "trace"
    command = ["strace", "-qq", "-o", str(log), *options, "-e", "trace=" + ",".join(names), toy.GANTRAIN]
    result = toy.run(args, workdir, program=command)
    if result.code != 0:
        raise SystemExit(f"strace of a run: exit {result.code}: {result.err}")
    calls, count = [], {}
    for line in log.read_text(errors="surrogateescape").splitlines():
        found = CALL.match(line)
        if found:
            name = found.group(1)
            count[name] = count.get(name, 0) + 1
            calls.append(Call(*found.groups(), count[name]))
    log.unlink()
    return calls


def killed_before(args, workdir, name, k):
    """Runs and kills before the k-th call of `name`; returns whether there was such a call."""
    inject = f"inject={name}:signal=SIGKILL:when={k}"
    command = ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e", inject, toy.GANTRAIN]
    result = toy.run(args, workdir, program=command)
    if result.code not in (0, -signal.SIGKILL):
        raise SystemExit(f"{name} {k}: exit {result.code}: {result.err}")
    return result.code != 0
