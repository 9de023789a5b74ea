#!/usr/bin/env python3
"""Line and branch coverage of src/, from the counters of a build with --preset coverage.

    coverage_report.py BUILD             the table by file and floor; fails if a bound is violated
    coverage_report.py --part BUILD      the table only: not all tests ran, so bounds are not checked
    coverage_report.py BUILD FILE...     uncovered lines and branches of these files (names or parts of them)

Sums gcov's counts of lines and branches over both libraries (float and double) and over the versions of a function
for several processors. Unreachable branches are removed from the code; the few lines where that would make the code
worse have a comment "uncovered: reason" and are listed.
"""

import collections
import concurrent.futures
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MIN_LINE_COVERAGE = 90.0  # per cent of all lines
EXCLUSION = re.compile(r"uncovered: (.+?) ?(?:\*/|$)")
GCOV_FILES = 24  # given to one process

# Every branch of these must be taken: they parse input, or protect data from loss.
ALL_BRANCHES = (
    "src/base/file.c",
    "src/base/option_*.c",
    "src/base/ranges.c",
    "src/base/text.c",
    "src/base/value.c",
    "src/cli/args*.c",
    "src/data/dataset.c",
    "src/data/gzip.c",
    "src/data/arrays/idx*.c",
    "src/io/durable*.c",
    "src/io/json*.c",
    "src/io/npy*.c",
    "src/io/png_read.c",
    "src/io/safetensors*.c",
    "src/io/temp_file.c",
    "src/train/best.c",
    "src/run/checkpoint*.c",
    "src/run/config.c",
    "src/run/folder*.c",
    "src/run/history*.c",
    "src/train/write_failures.c",
    "src/train/metrics.c",
    "src/train/recover.c",
    "src/train/state.c",
    "src/study/study_file.c",
)


class File:
    """Counts of one source file: of a line, and of the branches of a function on a line."""

    def __init__(self, path):
        self.path = path
        self.lines = collections.Counter()
        self.branches = {}
        self.excluded = {}
        for number, text in enumerate((ROOT / path).read_text().splitlines(), 1):
            if match := EXCLUSION.search(text):
                self.excluded[number] = match[1]

    def add(self, line):
        number = line["line_number"]
        self.lines[number] += line["count"]
        new = [branch["count"] for branch in line["branches"]]
        if not new:
            return
        key = number, line.get("function_name", "").split(".")[0]
        old = self.branches.setdefault(key, new)
        if old is not new and len(old) == len(new):
            self.branches[key] = [a + b for a, b in zip(old, new)]
        elif old is not new:  # compiled differently for the other number type: use the one with better coverage
            self.branches[key] = min(old, new, key=lambda counts: (counts.count(0), -len(counts)))

    def line_figures(self):
        return sum(self.lines[i] > 0 for i in self.lines), len(self.lines)

    def branch_figures(self):
        counts = [n for (number, _), b in self.branches.items() if number not in self.excluded for n in b]
        return sum(n > 0 for n in counts), len(counts)

    def missing(self):
        """(line, description) of uncovered lines and branches."""
        for number in sorted(self.lines):
            for (at, _), counts in self.branches.items():
                if at == number and 0 in counts and number not in self.excluded:
                    yield number, "branches " + " ".join(str(n) for n in counts)
            if not self.lines[number]:
                yield number, "never run"


def gcov(notes):
    run = subprocess.run(
        ["gcov", "--json-format", "--stdout", "--branch-probabilities", "--branch-counts", *notes],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # names objects that never ran; their counts are 0
        check=True,
    )
    return [json.loads(line) for line in run.stdout.splitlines() if line.strip()]


def in_source(path, folder):
    """The path below the root for files of src/; None for others, such as generated files."""
    full = pathlib.Path(os.path.normpath(path if path.startswith("/") else ROOT / path))
    if not full.is_file():
        full = pathlib.Path(os.path.normpath(pathlib.Path(folder) / path))
    name = full.relative_to(ROOT).as_posix() if full.is_relative_to(ROOT) else ""
    return name if name.startswith("src/") else None


def collect(build):
    notes = sorted(str(path) for path in build.glob("CMakeFiles/gantrain*.dir/**/*.gcno"))
    if not notes:
        sys.exit(f"coverage_report: {build}: nothing compiled for gcov; run scripts/coverage.sh")
    parts = [notes[i : i + GCOV_FILES] for i in range(0, len(notes), GCOV_FILES)]
    files = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for document in (d for part in pool.map(gcov, parts) for d in part):
            for file in document["files"]:
                path = in_source(file["file"], document["current_working_directory"])
                for line in file["lines"] if path else ():
                    files.setdefault(path, File(path)).add(line)
    return [files[path] for path in sorted(files)]


def percent(part):
    return 100.0 * part[0] / part[1] if part[1] else 100.0


def row(name, lines, branches, mark=""):
    return (
        f"{name:46} {lines[0]:6} /{lines[1]:6} {percent(lines):6.1f} %"
        f" {branches[0]:6} /{branches[1]:6} {percent(branches):6.1f} %{mark}"
    )


def total(files):
    def add(figures):
        return tuple(map(sum, zip(*figures))) or (0, 0)

    return add(f.line_figures() for f in files), add(f.branch_figures() for f in files)


def needs_all_branches(file):
    return any(fnmatch.fnmatch(file.path, pattern) for pattern in ALL_BRANCHES)


def print_table(files):
    print(f"{'':46} {'lines':>16}         {'branches':>15}")
    floors = collections.defaultdict(list)
    for file in files:
        floors[file.path.split("/")[1]].append(file)
        mark = ""
        if needs_all_branches(file):
            mark = "  all" if percent(file.branch_figures()) == 100 else "  MISSING"
        print(row(file.path, file.line_figures(), file.branch_figures(), mark))
    print()
    for floor in sorted(floors):
        print(row(f"src/{floor}/", *total(floors[floor])))
    print(row("files that need full branch coverage", *total([f for f in files if needs_all_branches(f)])))
    print(row("src/", *total(files)))
    for file in files:
        for number, reason in file.excluded.items():
            print(f"excluded: {file.path}:{number}: {reason}")


def broken_bounds(files):
    for file in files:
        taken, all_of_them = file.branch_figures()
        if needs_all_branches(file) and taken < all_of_them:
            yield f"{file.path}: {all_of_them - taken} of {all_of_them} branches not taken"
    lines = total(files)[0]
    if percent(lines) < MIN_LINE_COVERAGE:
        yield f"{percent(lines):.1f} % of the lines, {MIN_LINE_COVERAGE:.0f} % are required"


def print_missing(files, wanted):
    for file in files:
        if any(word in file.path for word in wanted):
            text = (ROOT / file.path).read_text().splitlines()
            print(row(file.path, file.line_figures(), file.branch_figures()))
            for number, words in file.missing():
                print(f"  {file.path}:{number}: {words}: {text[number - 1].strip()}")


def main(arguments):
    part = arguments[:1] == ["--part"]
    arguments = arguments[part:]
    if not arguments or arguments[0].startswith("-"):
        sys.exit(__doc__)
    files = collect(pathlib.Path(arguments[0]))
    if len(arguments) > 1:
        return print_missing(files, arguments[1:])
    print_table(files)
    broken = [] if part else list(broken_bounds(files))
    for line in broken:
        print(f"coverage: {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
