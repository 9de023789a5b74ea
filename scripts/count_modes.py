#!/usr/bin/env python3
"""Number of modes that a recipe finds, over several seeds, compared with published results.

    count_modes.py [--gantrain build/gantrain] [--seeds 5] [--jobs 2] [--steps N] [--set KEY=VALUE]
                   [--out runs/modes] CONFIG...

Trains every config with every seed, on one thread each, and uses the scores of the last step: 2,500
samples of the generator (or of its moving average), as in PacGAN. Finished runs in --out are not
repeated. Prints a Markdown table: mean ± standard deviation over the seeds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# modes, high quality in %, reverse KL; of 8 and of 25 modes
PAPERS = {
    "ring": [("GAN, as PacGAN reports it", "6.3 ± 0.5", "98.2 ± 0.2", "0.45 ± 0.09"),
             ("PacGAN2", "7.9 ± 0.1", "95.6 ± 2.0", "0.07 ± 0.03"),
             ("PacGAN4", "7.8 ± 0.1", "95.9 ± 1.4", "0.07 ± 0.02"),
             ("GAN, as VEEGAN reports it", "1", "99.3", ""),
             ("VEEGAN", "8", "52.9", "")],
    "grid": [("GAN, as PacGAN reports it", "17.3 ± 0.8", "94.8 ± 0.7", "0.70 ± 0.07"),
             ("PacGAN2", "23.8 ± 0.7", "91.3 ± 0.8", "0.13 ± 0.04"),
             ("PacGAN4", "24.8 ± 0.2", "93.6 ± 0.6", "0.04 ± 0.01"),
             ("GAN, as VEEGAN reports it", "3.3", "0.5", ""),
             ("VEEGAN", "24.6", "40", "")],
}


def last_row(folder):
    with open(os.path.join(folder, "metrics.jsonl")) as file:
        return json.loads(file.readlines()[-1])


def train(a, config, seed):
    name = os.path.splitext(os.path.basename(config))[0]
    out = os.path.join(a.out, "%s-%d" % (name, seed))
    command = [a.gantrain, "--config", config, "--seed", str(seed), "--threads", "1", "--out", out,
               "--resume", "--quiet", "--set", "evaluate.every_epochs=0",
               "--set", "sample.every_epochs=0"]
    if a.steps:
        command += ["--steps", str(a.steps)]
    for change in a.set:
        command += ["--set", change]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    row = last_row(out)
    print("%s: modes %g, high quality %.1f %%, reverse KL %s" % (
        out, row["modes"], 100 * row["high_quality"], row["reverse_kl"]), file=sys.stderr)
    with open(os.path.join(out, "config.json")) as file:
        return json.load(file)["data"]["kind"], row


def spread(values, digits):
    values = [v for v in values if v is not None]
    if not values:
        return ""
    return "%.*f ± %.*f" % (digits, statistics.mean(values), digits, statistics.pstdev(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("configs", nargs="+", metavar="CONFIG")
    parser.add_argument("--gantrain", default="build/gantrain", help="the program")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time")
    parser.add_argument("--steps", type=int, help="instead of the config's length")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="a change of every config; use a separate --out")
    parser.add_argument("--out", default="runs/modes", help="folder of the runs")
    a = parser.parse_args()

    runs = [(config, seed) for seed in range(1, a.seeds + 1) for config in a.configs]
    with ThreadPoolExecutor(a.jobs) as pool:
        results = list(pool.map(lambda run: train(a, *run), runs))
    print("| data | recipe | steps | modes | high quality, % | reverse KL |\n|---|---|---|---|---|---|")
    kinds = {}
    for (config, _), (kind, row) in zip(runs, results):
        kinds.setdefault(kind, {}).setdefault(config, []).append(row)
    for kind, recipes in kinds.items():
        for paper in PAPERS.get(kind, []):
            print("| %s | %s | | %s | %s | %s |" % (kind, *paper))
        for config, rows in recipes.items():
            print("| %s | **%s** | %d | %s | %s | %s |" % (
                kind, os.path.basename(config), rows[0]["step"],
                spread([r["modes"] for r in rows], 1),
                spread([100 * r["high_quality"] for r in rows], 1),
                spread([r["reverse_kl"] for r in rows], 3)))


if __name__ == "__main__":
    main()
