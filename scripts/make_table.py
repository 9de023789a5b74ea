#!/usr/bin/env python3
"""Write a table for trying tables out: three Gaussians in ten dimensions, each with random correlations, in columns of
very different units, and the Gaussian of each row as a word.

    make_table.py FILE.csv [--rows 20000] [--columns 10] [--seed 1]

The same arguments give the same bytes.
"""

import argparse
import random

CLASSES = ("red", "green", "blue")


def gaussian(r, columns):
    """A mean, and a matrix whose product with independent normal numbers has random correlations."""
    mean = [r.gauss(0, 3) for _ in range(columns)]
    mix = [[r.gauss(0, 0.6) for _ in range(columns)] for _ in range(columns)]
    return mean, mix


def table(rows, columns, seed):
    r = random.Random(seed)
    units = [(10 ** r.uniform(-2, 4), r.gauss(0, 5)) for _ in range(columns)]
    weights = [r.uniform(0.5, 1.5) for _ in CLASSES]
    parts = [gaussian(r, columns) for _ in CLASSES]
    yield ",".join(f"x{j + 1}" for j in range(columns)) + ",colour"
    for _ in range(rows):
        k = r.choices(range(len(CLASSES)), weights)[0]
        mean, mix = parts[k]
        z = [r.gauss(0, 1) for _ in range(columns)]
        x = [m + sum(a * b for a, b in zip(row, z)) for m, row in zip(mean, mix)]
        yield ",".join(f"{scale * (v + shift):.6g}" for v, (scale, shift) in zip(x, units)) + f",{CLASSES[k]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    with open(a.file, "w", encoding="ascii") as out:
        out.writelines(line + "\n" for line in table(a.rows, a.columns, a.seed))


if __name__ == "__main__":
    main()
