#!/usr/bin/env python3
"""The program under ThreadSanitizer: no data race, in the tests of threads and in training with four of them.

--long builds build-tsan and runs the unit tests that use the pool, then a training, a resume, samples and an
evaluation with 4 threads. Nothing of ours is suppressed. Short: skipped unless build-tsan is there; then a
training of a few steps.
"""

import re
import sys

import toy

BUILD = toy.ROOT / "build-tsan"
PROGRAM = BUILD / "gantrain"
TESTS = "^unit.(parallel|gemm|net|gan|gan_step|optim|metrics|distances|nearest)$"
OPTIONS = "halt_on_error=1:exitcode=99:second_deadlock_stack=1"


def run(words, place):
    done = toy.run(words, place, timeout=600, env=toy.environment(TSAN_OPTIONS=OPTIONS), program=[PROGRAM])
    if done.code or "ThreadSanitizer" in done.err:
        sys.exit(f"{words[0]}: exit {done.code}\n{done.err[-3000:]}")


def main():
    a = toy.parse(__doc__)
    tests = 0
    if a.long:
        toy.build("tsan")
        listed = toy.make("ctest", "--preset", "tsan", "-R", TESTS)
        tests = int(re.search(r"out of (\d+)", listed)[1])
    elif not PROGRAM.exists():
        toy.skip("no build-tsan (cmake --preset tsan)")
    with toy.temporary_place() as place:
        newest = "run/checkpoints/ckpt-00000060.safetensors"
        run([*toy.train("--threads", "4"), *(() if a.long else ("--steps", "5"))], place)
        commands = 1
        if a.long:
            run(toy.train("--threads", "4", "--steps", "60", "--resume"), place)
            run(["sample", "--checkpoint", newest, "--count", "50", "--out", "a.png", "--threads", "4"], place)
            run(["evaluate", "--checkpoint", newest, "--count", "64", "--threads", "4"], place)
            commands = 4
    print(f"tsan: {tests} tests and {commands} commands with 4 threads: 0 races")


if __name__ == "__main__":
    main()
