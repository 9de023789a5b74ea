#!/usr/bin/env python3
"""The program under ThreadSanitizer: no data race in the tests of threads and in training with four threads.

--long builds build-tsan and runs the unit tests that use the pool, then a training, a resume, samples and an
evaluation with 4 threads. No suppressions for gantrain's code. Short: skipped unless build-tsan exists; then a
training of a few steps.
"""

import re
import sys

import toy

BUILD = toy.ROOT / "build-tsan"
PROGRAM = BUILD / "gantrain"
TESTS = "^unit.(parallel|gemm|net|gan|gan_step|optim|metrics|distances|nearest)$"
OPTIONS = "halt_on_error=1:exitcode=99:second_deadlock_stack=1"


def run(args, workdir):
    done = toy.run(args, workdir, timeout=600, env=toy.environment(TSAN_OPTIONS=OPTIONS), program=[PROGRAM])
    if done.code or "ThreadSanitizer" in done.err:
        sys.exit(f"{args[0]}: exit {done.code}\n{done.err[-3000:]}")


def main():
    a = toy.parse(__doc__)
    tests = 0
    if a.long:
        toy.build("tsan")
        listed = toy.make("ctest", "--preset", "tsan", "-R", TESTS)
        tests = int(re.search(r"out of (\d+)", listed)[1])
    elif not PROGRAM.exists():
        toy.skip("no build-tsan (cmake --preset tsan)")
    with toy.temporary_workdir() as workdir:
        newest = "run/checkpoints/ckpt-00000060.safetensors"
        run([*toy.train("--threads", "4"), *(() if a.long else ("--steps", "5"))], workdir)
        commands = 1
        if a.long:
            run(toy.train("--threads", "4", "--steps", "60", "--resume"), workdir)
            run(["sample", "--checkpoint", newest, "--count", "50", "--out", "a.png", "--threads", "4"], workdir)
            run(["evaluate", "--checkpoint", newest, "--count", "64", "--threads", "4"], workdir)
            commands = 4
    print(f"tsan: {tests} tests and {commands} commands with 4 threads: 0 races")


if __name__ == "__main__":
    main()
