#!/usr/bin/env bash
# Which lines and branches of the program the tests run: by file, by floor, and in all.
#
#   scripts/coverage.sh [CTEST OPTION...]     such as -R unit.json; default: every test but those of tests/trust,
#                                             whose limits on the size of files cut the counters' files as well
#
# Builds into build-coverage, counts anew, and fails when a test fails and, if all of them ran, when a branch of a
# file in the list of scripts/coverage_report.py was not taken or less than 90 % of the lines ran.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/presets.sh
cmake --preset coverage
cmake --build --preset coverage
find build-coverage -name '*.gcda' -delete

tests=0
ctest --preset coverage --parallel "$(nproc)" --label-exclude trust "$@" || tests=$?
if [ $# -gt 0 ]; then
    python3 scripts/coverage_report.py --part build-coverage
else
    python3 scripts/coverage_report.py build-coverage
fi
exit "$tests"
