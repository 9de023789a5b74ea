#!/usr/bin/env bash
# Sizes a reader can hold in mind: no function over 60 lines, no file over 400. And no path of one
# person's machine anywhere in the tree.
#
#   scripts/check_sizes.sh [ROOT]        prints every offender; fails if there is one
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

# .clang-format puts the brace that opens a function, and no other, alone into column 1.
long_functions() { # FILE...
    awk -v most=60 '
        FNR == 1      { inside = 0; head = 1 }
        /^[A-Za-z_]/  { if (!inside) { head = FNR; text = $0 } }
        /^\{$/        { inside = 1 }
        /^\}$/        { if (inside && FNR - head + 1 > most)
                            printf "%s:%d: %d lines, a function has at most %d: %s\n",
                                   FILENAME, head, FNR - head + 1, most, text
                        inside = 0 }' "$@"
}

long_files() { # FILE...
    awk -v most=400 '
        FNR == most + 1 { printf "%s: more than %d lines\n", FILENAME, most }' "$@"
}

machine_paths() {
    local places=(src include tests scripts configs docs CMakeLists.txt ./*.md)
    grep -rnIE '(^|[^[:alnum:]_.-])/(home|root|work|Users)/' "${places[@]}" 2>/dev/null |
        sed 's/$/   <- a path of one machine/' || true
}

mapfile -d '' -t c_files < <(find src include tests -name '*.[ch]' -print0 | sort -z)
mapfile -d '' -t all_files < <(find src include tests scripts -path tests/fixtures -prune -o -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.bats' -o -name '*.py' -o -name '*.txt' \) -print0 |
    sort -z)
if [ ${#c_files[@]} -eq 0 ]; then
    echo "sizes: no C file to check" >&2
    exit 1
fi
offenders=$(long_functions "${c_files[@]}" && long_files "${all_files[@]}" && machine_paths)
if [ -n "$offenders" ]; then
    printf '%s\n' "$offenders"
    exit 1
fi
printf 'sizes: %d files within bounds\n' "${#all_files[@]}"
