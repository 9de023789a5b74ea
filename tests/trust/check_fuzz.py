#!/usr/bin/env python3
"""Fuzzes every parser with clang's libFuzzer: no crash, no undefined behaviour, no leak, no hang.

The targets are tests/fuzz/fuzz_*.c, in two builds: build-fuzz (address and undefined-behaviour sanitizers, leaks)
and build-fuzz-fast (traps on undefined behaviour, several times as many inputs). --long builds both and gives two
thirds of the time to the fast one, whose corpus the other one then starts with. New inputs are kept in a temporary
folder, failing inputs in build-fuzz/found. Without --long: ten seconds with an existing build.
"""

import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import toy

FUZZ = toy.ROOT / "tests" / "fuzz"
CHECKED, FAST = "fuzz", "fuzz-fast"
FOUND = toy.ROOT / "build-fuzz" / "found"
SHORT_SECONDS = 10
MAX_BYTES = {"config": 2048, "study": 2048, "checkpoint": 3072}  # of an input; others:
DEFAULT_MAX_BYTES = 1024
TIME_WEIGHT = {"png_write": 0.3}  # relative to the others: a writer, not a parser


def targets():
    return sorted(p.stem.removeprefix("fuzz_") for p in FUZZ.glob("fuzz_*.c"))


def program(preset, target):
    return toy.ROOT / f"build-{preset}" / "tests" / "fuzz" / f"fuzz_{target}"


def fuzz(preset, target, seconds, corpus):
    """Runs one target; returns (executions, error or None)."""
    own = corpus / target
    own.mkdir(exist_ok=True)
    FOUND.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-max_len={MAX_BYTES.get(target, DEFAULT_MAX_BYTES)}",
        "-timeout=2",
        "-rss_limit_mb=512",
        "-print_final_stats=1",
        f"-artifact_prefix={FOUND}/{target}-",
    ]
    if (FUZZ / f"{target}.dict").exists():
        options.append(f"-dict={FUZZ / target}.dict")
    env = toy.environment(ASAN_OPTIONS="detect_leaks=1:quarantine_size_mb=8", GANTRAIN_CACHE="/nowhere/cache")
    folders = [own, FUZZ / "corpus" / target]
    done = subprocess.run(
        [program(preset, target), *options, *folders],
        cwd=corpus,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds + 300,
    )
    log = done.stdout.decode(errors="replace")
    count = re.search(r"number_of_executed_units: (\d+)", log)
    wrong = None if done.returncode == 0 else f"fuzz_{target} ({preset}): exit {done.returncode}\n{log[-3000:]}"
    return int(count[1]) if count else 0, wrong


def work(jobs, results, corpus):
    while True:
        try:
            preset, target, seconds = jobs.get_nowait()
        except queue.Empty:
            return
        try:
            executions, wrong = fuzz(preset, target, seconds, corpus)
        except subprocess.TimeoutExpired:
            executions, wrong = 0, f"fuzz_{target} ({preset}): hung"
        results.append((preset, target, seconds, executions, wrong))


def run_all(plan, corpus, workers):
    """plan: (preset, target, seconds); all of one preset before the next. Returns the results."""
    results = []
    for preset in dict.fromkeys(p for p, _, _ in plan):
        jobs = queue.Queue()
        for job in plan:
            if job[0] == preset:
                jobs.put(job)
        threads = [threading.Thread(target=work, args=(jobs, results, corpus)) for _ in range(workers)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    return results


def make_plan(presets, seconds, workers):
    """Divides the time of all workers; presets: {name: fraction}."""
    whole = sum(TIME_WEIGHT.get(t, 1) for t in targets())
    each = seconds * workers / whole
    return [(p, t, each * share * TIME_WEIGHT.get(t, 1)) for p, share in presets.items() for t in targets()]


def print_table(results):
    """Prints a table on stderr; returns the numbers of executions by preset."""
    sums = {}
    for preset, target, seconds, executions, _ in sorted(results):
        rate = executions / max(1, round(seconds))
        print(f"{target:12} {preset:10} {executions:12,d} {rate:10,.0f} per second", file=sys.stderr)
        sums[preset] = sums.get(preset, 0) + executions
    return sums


def main():
    a = toy.parse(
        __doc__,
        minutes=(40, "total time of --long"),
        workers=(os.cpu_count(), "parallel processes"),
    )
    if a.long and not shutil.which("clang"):
        toy.skip("clang is missing (apt-get install clang)")
    if a.long:
        toy.build(CHECKED)
        toy.build(FAST)
        plan = make_plan({FAST: 2 / 3, CHECKED: 1 / 3}, 60 * a.minutes, a.workers)
    elif all(program(CHECKED, t).exists() for t in targets()):
        plan = make_plan({CHECKED: 1}, SHORT_SECONDS, 1)
        a.workers = 1
    else:
        toy.skip("no build-fuzz (cmake --preset fuzz); fuzz.* replays the corpora")
    with tempfile.TemporaryDirectory() as folder:
        results = run_all(plan, pathlib.Path(folder), a.workers)
    wrong = [r[4] for r in results if r[4]]
    sums = print_table(results)
    if wrong:
        sys.exit("\n".join(wrong) + f"\nthe inputs are in {FOUND.relative_to(toy.ROOT)}")
    print(
        f"fuzz: {len(targets())} targets, {sum(sums.values()):,d} executions "
        f"({sums.get(CHECKED, 0):,d} under sanitizers): 0 crashes, 0 timeouts, 0 leaks"
    )


if __name__ == "__main__":
    main()
