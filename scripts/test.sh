#!/usr/bin/env bash
# Install missing packages, build, and run every test, from any working directory.
#
#   scripts/test.sh
#
# First the fast tests under the address and undefined-behaviour sanitizers (build-asan, without MPI), then
# every test with the release build (build, with MPI); warnings are errors. The tests trust.fuzz and
# trust.tsan use build-fuzz (clang) and build-tsan. ctest's summary comes last.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ $# -ne 0 ]; then
    printf 'usage: %s\n' "$0" >&2
    exit 2
fi

say() {
    printf '\ntest: %s\n' "$*"
}

build() { # PRESET [--target NAME]
    say "building $1"
    cmake --preset "$1" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
    cmake --build --preset "$@"
}

jobs=$(nproc)
scripts/install-deps.sh --tests
scripts/presets.sh
build asan
build release
build fuzz
build tsan --target gantrain

say "the fast tests under sanitizers"
ctest --preset asan --label-regex fast --parallel "$jobs"

say "every test with the release build"
ctest --preset release --parallel "$jobs"
