#!/usr/bin/env bash
# The long tier of the tests in tests/trust: all cases instead of a sample.
#
#   scripts/trust.sh [NAME...]     such as kills, faults; default: all (takes hours)
#
# Uses build/gantrain (or $GANTRAIN). The last line of each check summarizes its results.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
checks=tests/trust
if [ $# -eq 0 ]; then
    for file in "$checks"/check_*.py; do
        name=${file##*/check_}
        set -- "$@" "${name%.py}"
    done
fi
failed=()
skipped=()
for name; do
    if [ ! -f "$checks/check_$name.py" ]; then
        printf 'trust: no such check: %s\n' "$name" >&2
        exit 2
    fi
    printf 'trust: %s\n' "$name"
    code=0
    python3 "$checks/check_$name.py" --long || code=$?
    case $code in
    0) ;;
    77) skipped+=("$name") ;; # toy.skip
    *) failed+=("$name") ;;
    esac
done
if [ ${#skipped[@]} -gt 0 ]; then
    printf 'trust: skipped: %s\n' "${skipped[*]}" >&2
fi
if [ ${#failed[@]} -gt 0 ]; then
    printf 'trust: failed: %s\n' "${failed[*]}" >&2
    exit 1
fi
