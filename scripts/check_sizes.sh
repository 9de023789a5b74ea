#!/usr/bin/env bash
# Size limits: 60 lines per function, 400 per file, 100 columns in C. Also rejects absolute paths of one machine.
#
#   scripts/check_sizes.sh [ROOT]        prints violations; fails if there are any
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

# With .clang-format only the opening brace of a function stands alone in column 1.
long_functions() { # FILE...
    awk -v limit=60 '
        FNR == 1      { inside = 0; head = 1 }
        /^[A-Za-z_]/  { if (!inside) { head = FNR; text = $0 } }
        /^\{$/        { inside = 1 }
        /^\}$/        { if (inside && FNR - head + 1 > limit)
                            printf "%s:%d: %d lines, a function has at most %d: %s\n",
                                   FILENAME, head, FNR - head + 1, limit, text
                        inside = 0 }' "$@"
}

long_files() { # FILE...
    awk -v limit=400 '
        FNR == limit + 1 { printf "%s: more than %d lines\n", FILENAME, limit }' "$@"
}

long_lines() { # FILE...
    LC_ALL=C.UTF-8 grep -nHE '^.{101}' "$@" | sed -E 's/^([^:]*:[0-9]+:).*/\1 more than 100 columns/' || true
}

machine_paths() {
    local places=(src include tests scripts configs docs CMakeLists.txt ./*.md)
    grep -rnIE '(^|[^[:alnum:]_.-])/(home|root|work|Users)/' "${places[@]}" 2>/dev/null |
        sed 's/$/   <- an absolute path of one machine/' || true
}

mapfile -d '' -t c_files < <(find src include tests -name '*.[ch]' -print0 | sort -z)
mapfile -d '' -t all_files < <(find src include tests scripts -path tests/fixtures -prune -o -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.bats' -o -name '*.py' -o -name '*.txt' \) -print0 |
    sort -z)
if [ ${#c_files[@]} -eq 0 ]; then
    echo "sizes: no C file to check" >&2
    exit 1
fi
violations=$(long_functions "${c_files[@]}" && long_files "${all_files[@]}" &&
    long_lines "${c_files[@]}" && machine_paths)
if [ -n "$violations" ]; then
    printf '%s\n' "$violations"
    exit 1
fi
printf 'sizes: %d files within the limits\n' "${#all_files[@]}"
