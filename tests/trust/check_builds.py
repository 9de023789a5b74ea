#!/usr/bin/env python3
"""Builds of gcc and clang, -O0 and -O3, with and without assert give the same bits.

--long makes each build with GANTRAIN_PLAIN, runs its fast tests, and trains the toy run: the checkpoints are equal
to the byte. GANTRAIN_PLAIN disables glibc's vector versions of logf, cosf, tanhf and others (math/simd.h), which only
gcc with optimization calls and whose last bits differ from the scalar ones; so these builds agree with the released
one except for those bits. The released flags with and without assert are compared with each other. Short: gcc -O0 and
clang -O3 without assert, no tests.
"""

import os
import shutil
import sys
import time

import toy

COMPILERS = ("gcc", "clang")
FLAGS = ("-O0", "-O0 -DNDEBUG", "-O3", "-O3 -DNDEBUG")
LONG = [(compiler, flags) for compiler in COMPILERS for flags in FLAGS]
SHORT = [("gcc", "-O0"), ("clang", "-O3 -DNDEBUG")]


def build(folder, compiler, flags, *more):
    options = [f"-DCMAKE_C_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_C_FLAGS_DEBUG={flags}", *more]
    toy.make("cmake", "-S", toy.ROOT, "-B", folder, "-G", "Ninja", *options, what=f"{compiler} {flags}")
    toy.make("cmake", "--build", folder, "--parallel", os.cpu_count(), what=f"{compiler} {flags}")


def train(workdir, program):
    """Trains the toy run with this program; returns the digest of the last checkpoint."""
    shutil.rmtree(workdir / "run", ignore_errors=True)
    done = toy.run(toy.train(), workdir, timeout=600, program=[program])
    if done.code:
        sys.exit(f"{program}: exit {done.code}: {done.err}")
    return toy.digest(toy.checkpoints(workdir / "run")[-1])


def build_all(workdir, here, long):
    """Returns the digest of the toy run's checkpoint for every build."""
    digests = {}
    for compiler, flags in LONG if long else SHORT:
        what = f"{compiler} {flags}"
        build(here, compiler, flags, "-DGANTRAIN_PLAIN=ON", f"-DGANTRAIN_TESTS={'ON' if long else 'OFF'}")
        if long:
            toy.make("ctest", "--test-dir", here, "-L", "fast", "-j", os.cpu_count(), what=what)
        digests[what] = train(workdir, here / "gantrain")
        print(f"{what:20} {digests[what][:16]}", file=sys.stderr)
        shutil.rmtree(here)
    return digests


def main():
    a = toy.parse(__doc__)
    missing = [c for c in COMPILERS if not shutil.which(c)]
    if missing:
        toy.skip(f"{', '.join(missing)} missing (apt-get install {' '.join(missing)})")
    began = time.monotonic()
    with toy.temporary_workdir() as workdir:
        here = workdir.parent / "build"
        digests = build_all(workdir, here, a.long)
        released = []
        if a.long:
            build(here, "gcc", "-O3 -DNDEBUG", "-DGANTRAIN_TESTS=OFF")
            released = [train(workdir, toy.GANTRAIN), train(workdir, here / "gantrain")]
    if len(set(digests.values())) > 1:
        sys.exit("builds: checkpoints differ: " + ", ".join(f"{n}: {d[:8]}" for n, d in digests.items()))
    if len(set(released)) > 1:
        sys.exit("builds: without assert the released program writes another checkpoint")
    seconds = time.monotonic() - began
    print(f"builds: {len(digests)} builds by {' and '.join(COMPILERS)}: equal checkpoints; {seconds:.0f} s")


if __name__ == "__main__":
    main()
