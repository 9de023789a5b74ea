#!/usr/bin/env python3
"""The same program from every compiler: gcc and clang, -O0 and -O3, with and without assert.

--long builds each of them with GANTRAIN_PLAIN, runs its fast tests, and trains the toy run: one checkpoint, to the
byte. GANTRAIN_PLAIN leaves out what only gcc's optimiser can do: it calls glibc's vector versions of logf, cosf,
tanhf and others (math/simd.h), whose last bits are not those of the scalar ones. So a program that clang or -O0
made agrees with every other one of these, and with the released one up to those last bits. The released flags with
and without assert are compared with each other. Short: skipped; a build of everything takes minutes.
"""

import os
import shutil
import sys
import time

import toy

COMPILERS = ("gcc", "clang")
FLAGS = ("-O0", "-O0 -DNDEBUG", "-O3", "-O3 -DNDEBUG")


def build(folder, compiler, flags, *more):
    options = [f"-DCMAKE_C_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_C_FLAGS_DEBUG={flags}", *more]
    toy.make("cmake", "-S", toy.ROOT, "-B", folder, "-G", "Ninja", *options, what=f"{compiler} {flags}")
    toy.make("cmake", "--build", folder, "--parallel", os.cpu_count(), what=f"{compiler} {flags}")


def train(place, program):
    """The digest of the last checkpoint of the toy run by this program."""
    shutil.rmtree(place / "run", ignore_errors=True)
    done = toy.run(toy.train(), place, timeout=600, program=[program])
    if done.code:
        sys.exit(f"{program}: exit {done.code}: {done.err}")
    return toy.digest(toy.checkpoints(place / "run")[-1])


def main():
    a = toy.parse(__doc__)
    if not a.long:
        toy.skip("--long builds everything eight times")
    missing = [c for c in COMPILERS if not shutil.which(c)]
    if missing:
        toy.skip(f"{', '.join(missing)} missing (apt-get install {' '.join(missing)})")
    began = time.monotonic()
    with toy.temporary_place() as place:
        here = place.parent / "build"
        digests = {}
        for compiler in COMPILERS:
            for flags in FLAGS:
                build(here, compiler, flags, "-DGANTRAIN_PLAIN=ON")
                what = f"{compiler} {flags}"
                toy.make("ctest", "--test-dir", here, "-L", "fast", "-j", os.cpu_count(), what=what)
                digests[what] = train(place, here / "gantrain")
                print(f"{compiler:6} {flags:12} {digests[what][:16]}", file=sys.stderr)
                shutil.rmtree(here)
        build(here, "gcc", "-O3 -DNDEBUG", "-DGANTRAIN_TESTS=OFF")
        released = train(place, toy.GANTRAIN), train(place, here / "gantrain")
    if len(set(digests.values())) > 1:
        sys.exit("builds: other checkpoints: " + ", ".join(f"{n}: {d[:8]}" for n, d in digests.items()))
    if len(set(released)) > 1:
        sys.exit("builds: without assert the released program gives another checkpoint")
    print(
        f"builds: {len(digests)} builds by {' and '.join(COMPILERS)}: fast tests pass, one checkpoint; "
        f"the released one without assert: the same; {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
