#!/usr/bin/env python3
"""Scaling of training over ranks: measured on this machine, modelled, and predicted for clusters.

    scaling.py [--gantrain build/gantrain] [--data data/mnist] [--seconds 2] [--rounds 5] [--link GBIT] [CONFIG ...]

Times ranks and threads of this machine with `gantrain bench`, alternating; every value is the median of all rounds. The
model (scaling_model.py) is fitted to one rank with several batch sizes and to collectives of several sizes. It is
compared with 1, 2 and 4 ranks of this machine and, with --link, with two ranks on emulated machines with such a link
(machines.py; needs root). Then it predicts for each config and network the largest number of ranks it scales to.

Prints Markdown. Needs mpirun and a gantrain built with MPI. Runs 8 benchmarks of about 5 s per config and round.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import machines
import scaling_model as model

ROOT = pathlib.Path(__file__).resolve().parent.parent
STANDARD = ("article", "wide", "mnist", "wgan_gp")
RANKS = (1, 2, 4)
GOALS = (0.9, 0.7, 0.5)
NETWORKS = (1, 10, 100)
#: the last table has the batch size with which WANTED ranks reach the efficiency GOAL
WANTED, GOAL = 8, 0.7
#: for mpirun: allow root and more ranks than processors; do not bind ranks to processors
MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
}
TCP = ["--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "lo"]


def wide(folder):
    """Writes a config with layers of 1024 units and a batch of 256."""
    hidden = {"kind": "dense", "units": 1024, "activation": "leaky_relu"}
    path = folder / "wide.json"
    path.write_text(json.dumps({
        "data": {"kind": "idx"},
        "generator": {"latent": 100, "layers": [hidden, hidden, {"kind": "dense", "activation": "tanh"}]},
        "discriminator": {"layers": [hidden, hidden, {"kind": "dense", "units": 1}]},
        "train": {"batch_size": 256},
    }))
    return path


def bench(a, config, ranks, threads, batch=None, mpirun=()):
    """The output of `gantrain bench --json`; ranks 0: without mpirun. mpirun: its options."""
    line = [a.gantrain, "bench", "--config", str(config), "--threads", str(threads), "--seconds", str(a.seconds),
            "--json", "--data", a.data]
    if batch:
        line += ["--batch-size", str(batch)]
    if ranks:
        line = ["mpirun", "-n", str(ranks), *mpirun, *line]
    done = subprocess.run(line, cwd=ROOT, env={**os.environ, **MPI}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"scaling: {' '.join(line)}: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def batch_of(a, config):
    line = [a.gantrain, "--config", str(config), "--data", a.data, "--dry-run", "--quiet"]
    return json.loads(subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)["train"]["batch_size"]


class Measured:
    """One config on several numbers of threads and ranks, in rounds."""

    def __init__(self, a, name, path):
        self.name, self.path, self.batch = name, path, batch_of(a, path)
        if self.batch < 16:
            sys.exit(f"scaling: {name}: a batch of {self.batch} is too small: a quarter of it is timed, so at least 16 are needed")
        self.batches = [self.batch // k for k in (1, 2, 4)]
        arrangements = {("alone", rows): (0, 1, rows) for rows in self.batches}
        arrangements["threads"] = (0, 2, self.batch)
        arrangements.update({("ranks", n): (n, 1, self.batch) for n in RANKS})
        arrangements["weak"] = (2, 1, 2 * self.batch)
        self.rounds = [{key: bench(a, path, *how) for key, how in arrangements.items()} for _ in range(a.rounds)]

    def rate(self, key):
        return statistics.median(r[key]["steps_per_s"] for r in self.rounds)

    def ratio(self, key, other):
        """The median of the ratios within each round."""
        return statistics.median(r[key]["steps_per_s"] / r[other]["steps_per_s"] for r in self.rounds)

    def typical(self, key):
        """The measurement with the median rate."""
        ordered = sorted((r[key] for r in self.rounds), key=lambda b: b["steps_per_s"])
        return ordered[len(ordered) // 2]

    def net(self):
        alone = {rows: self.typical(("alone", rows)) for rows in self.batches}
        return model.fit_net(self.name, self.batch, alone, self.typical(("ranks", 2)))


def table(title, heads, rows):
    print(f"\n{title}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")
    sys.stdout.flush()


def print_measured(measured):
    table("Steps per second, and ratios within each round (medians):",
          ["config", "batch", "1 rank x 1 thread", "1 x 2", "2 x 1", "4 x 1", "strong: 2 x 1 over 1 x 2",
           "weak: 2 x 1 with twice the batch over 1 x 1"],
          [[m.name, m.batch, f"{m.rate(('alone', m.batch)):.1f}", f"{m.rate('threads'):.1f}",
            f"{m.rate(('ranks', 2)):.1f}", f"{m.rate(('ranks', 4)):.1f}", f"{m.ratio(('ranks', 2), 'threads'):.3f}",
            f"{m.ratio('weak', ('alone', m.batch)):.3f}"] for m in measured])


def print_links(links):
    table("Links, fitted to collectives of 4 KiB to 4 MiB between two ranks:",
          ["link", "latency alpha", "bandwidth 1/beta", "small all-reduce"],
          [[name, f"{k.alpha * 1e6:.1f} us", f"{1e-9 / k.beta:.2f} GB/s", f"{k.small * 1e6:.1f} us"]
           for name, k in links.items()])


def print_nets(nets, benches):
    table("A step on one rank, fitted to several batch sizes, and the communication of a step:",
          ["config", "constant", "per row", "arithmetic", "optimizer", "collectives", "MB"],
          [[n.name, f"{n.c0 * 1e3:.2f} ms", f"{n.c1 * 1e6:.1f} us", f"{b['gflops']:.1f} GFLOP/s",
            f"{n.optimizer * 1e3:.2f} ms", f"{n.messages:.0f}", f"{n.bytes * 1e-6:.2f}"]
           for n, b in zip(nets, benches)])


def print_comparison(rows):
    table("Milliseconds per step, predicted by the model and measured:",
          ["config", "ranks", "link", "model", "measured", "model / measured"],
          [[name, n, link, f"{1e3 * predicted:.2f}", f"{1e3 * found:.2f}", f"{predicted / found:.2f}"]
           for name, n, link, predicted, found in rows])


def print_predictions(nets, tcp):
    rows = []
    for net in nets:
        for gigabits in NETWORKS:
            link = model.ethernet(gigabits, tcp)
            row = [net.name, f"{gigabits} Gbit/s"]
            for efficiency in (model.strong, model.weak):
                row += [at_most(model.max_ranks(efficiency, net, link, goal)) for goal in GOALS]
            rows.append(row + [model.batch_for(net, link, WANTED, GOAL) or "none"])
    table("The largest number of ranks (one per machine) with this efficiency, with the TCP latency of this machine:",
          ["config", "network"] + [f"{kind} {goal:.0%}" for kind in ("strong", "weak") for goal in GOALS] +
          [f"batch for {WANTED} ranks at {GOAL:.0%}"], rows)


def at_most(n):
    return f">= {model.MAX_RANKS}" if n >= model.MAX_RANKS else str(n)


def compare(a, measured, nets, links):
    """Predicted and measured step times, on this machine and on emulated machines."""
    cores, rows = os.cpu_count(), []
    for m, net in zip(measured, nets):
        for n in RANKS:
            rows.append([m.name, n, "memory", model.step(net, links["memory"], n, m.batch, cores),
                         1 / m.rate(("ranks", n))])
    for gigabits in a.link:
        name = f"{gigabits:g} Gbit/s"
        with machines.joined(gigabits) as mpirun:
            for m, net in zip(measured, nets):
                b = bench(a, m.path, 2, 1, mpirun=mpirun)
                links.setdefault(name, model.fit_link(b))
                link = model.ethernet(gigabits, links["TCP on this machine"])
                rows.append([m.name, 2, name, model.step(net, link, 2, m.batch), 1 / b["steps_per_s"]])
    return rows


def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--gantrain", default=str(ROOT / "build" / "gantrain"))
    p.add_argument("--data", default=str(ROOT / "data" / "mnist"), help="folder of IDX files")
    p.add_argument("--seconds", type=int, default=2, help="time of each benchmark")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--link", type=float, action="append", default=[], metavar="GBIT", help="emulated; may be repeated")
    p.add_argument("config", nargs="*", default=STANDARD, help="name of a file in configs/, a path, or: wide")
    a = p.parse_args()
    a.gantrain, a.data = os.path.abspath(a.gantrain), os.path.abspath(a.data)
    if not shutil.which("mpirun") or "MPI: none" in subprocess.run(
            [a.gantrain, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout:
        sys.exit("scaling: there is no mpirun, or gantrain was built without MPI: scripts/install-deps.sh --mpi")
    if a.link and machines.missing():
        sys.exit(f"scaling: --link {machines.missing()}")
    return a


def main():
    a = parse()
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: wide(pathlib.Path(folder)) if name == "wide" else
                 pathlib.Path(name).resolve() if name.endswith(".json") else ROOT / "configs" / f"{name}.json"
                 for name in a.config}
        measured = [Measured(a, name, path) for name, path in paths.items()]
        print_measured(measured)
        first = measured[0]
        links = {"memory": model.fit_link(first.typical(("ranks", 2))),
                 "TCP on this machine": model.fit_link(bench(a, first.path, 2, 1, mpirun=TCP))}
        nets = [m.net() for m in measured]
        rows = compare(a, measured, nets, links)
        print_links(links)
        print_nets(nets, [m.typical(("alone", m.batch)) for m in measured])
        print_comparison(rows)
        print_predictions(nets, links["TCP on this machine"])


if __name__ == "__main__":
    main()
