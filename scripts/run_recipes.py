#!/usr/bin/env python3
"""Train recipes and print their results as a Markdown table.

    run_recipes.py [--gantrain build/gantrain] [--out runs] CONFIG...

Trains each config unchanged into --out/<name>, one after the other, with all threads; finished runs are not
repeated. Scores are those of the last row of metrics.jsonl; losses, accuracies and gradient norms fluctuate between
steps and are means over the last tenth of the rows.
"""

import argparse
import json
import os
import subprocess

ACCURACIES = ("d_accuracy_real", "d_accuracy_fake")
SCORES = ("score", "fcd", "precision", "recall")


def rows_of(folder):
    with open(os.path.join(folder, "metrics.jsonl")) as file:
        return [json.loads(line) for line in file]


def mean(rows, key):
    values = [row[key] for row in rows if row[key] is not None]
    return sum(values) / len(values) if values else float("nan")


def score(row, key):
    return "%.3g" % row[key] if row.get(key) is not None else ""


def train(a, config):
    name = os.path.splitext(os.path.basename(config))[0]
    out = os.path.join(a.out, name)
    subprocess.run([a.gantrain, "--config", config, "--out", out, "--resume", "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    rows = rows_of(out)
    last = rows[-max(1, len(rows) // 10):]
    penalized = [row for row in last if row["slope"] > 0]
    print("| %s.json | %d | %s | %.3f, %.3f | %s | %s |" % (
        name, rows[-1]["step"], " | ".join(score(rows[-1], key) for key in SCORES),
        mean(last, "d_loss"), mean(last, "g_loss"),
        ", ".join("%.0f %%" % (100 * mean(last, key)) for key in ACCURACIES),
        "%.2f" % mean(penalized, "slope") if penalized else ""), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("configs", nargs="+", metavar="CONFIG")
    parser.add_argument("--gantrain", default="build/gantrain", help="the program")
    parser.add_argument("--out", default="runs", help="folder of the runs")
    a = parser.parse_args()
    print("| config | steps | %s | d_loss, g_loss | D accuracy on real, fake | gradient norm of D |\n%s"
          % (" | ".join(SCORES), "|---" * (len(SCORES) + 5) + "|"))
    for config in a.configs:
        train(a, config)


if __name__ == "__main__":
    main()
