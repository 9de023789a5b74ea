#!/usr/bin/env bash
# Line and branch coverage of the tests: by file, by floor, and in total.
#
#   scripts/coverage.sh [CTEST OPTION...]     such as -R unit.json; default: every test except tests/trust,
#                                             whose file size limits truncate the files of the counters
#
# Builds in build-coverage, resets the counters, and fails if a test fails or, without options, if a branch of a file
# listed in scripts/coverage_report.py was not taken or line coverage is below 90 %.
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
