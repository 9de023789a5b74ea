#!/usr/bin/env python3
"""Train recipes and print what they gave as a Markdown table.

    run_recipes.py [--gantrain build/gantrain] [--out runs] CONFIG...

Each is trained as it stands into --out/<name>, one after the other, with all threads; a finished run is not
done again. The values are those of the last rows of metrics.jsonl: single steps swing, so losses and the like are
means over the last tenth of the rows.
"""

import argparse
import json
import os
import subprocess

SHARES = ("d_accuracy_real", "d_accuracy_fake")


def rows_of(folder):
    with open(os.path.join(folder, "metrics.jsonl")) as file:
        return [json.loads(line) for line in file]


def mean(rows, key):
    values = [row[key] for row in rows if row[key] is not None]
    return sum(values) / len(values) if values else float("nan")


def train(a, config):
    name = os.path.splitext(os.path.basename(config))[0]
    out = os.path.join(a.out, name)
    subprocess.run([a.gantrain, "--config", config, "--out", out, "--resume", "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    rows = rows_of(out)
    last = rows[-max(1, len(rows) // 10):]
    looked = [row for row in last if row["slope"] > 0]
    print("| %s.json | %d | %.0f s | %.3f, %.3f | %s | %s | %.1e, %.1e |" % (
        name, rows[-1]["step"], rows[-1]["seconds"], mean(last, "d_loss"), mean(last, "g_loss"),
        ", ".join("%.0f %%" % (100 * mean(last, key)) for key in SHARES),
        "%.2f" % mean(looked, "slope") if looked else "",
        mean(last, "d_update_ratio"), mean(last, "g_update_ratio")), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("configs", nargs="+", metavar="CONFIG")
    parser.add_argument("--gantrain", default="build/gantrain", help="the program")
    parser.add_argument("--out", default="runs", help="folder of the runs")
    a = parser.parse_args()
    print("| config | steps | time | d_loss, g_loss | D right on real, fake | slope of D | update ratio "
          "D, G |\n|---|---|---|---|---|---|---|")
    for config in a.configs:
        train(a, config)


if __name__ == "__main__":
    main()
