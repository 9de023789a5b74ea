#!/usr/bin/env bash
# The dependency law: base < math < {nn|data|io} < {gan|eval} < run < {sample|evaluate} < diagnosis <
# report < train < {study|bench} < cli. A file includes only its own folder and lower floors; folders in
# one pair of braces do not see each other. Headers of other
# projects stay behind fences, so that each can be replaced in one place.
#
#   scripts/check_floors.sh [ROOT]       prints every offending line; fails if there is one
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"
shopt -s nullglob
bad=0

complain() { # FILE:LINE:TEXT RULE
    printf '%s: %s\n' "$1" "$2"
    bad=1
}

visible_from() { # FLOOR: the floors it may include
    case $1 in
    base) echo base ;;
    math) echo base math ;;
    nn | data | io) echo base math "$1" ;;
    gan | eval) echo base math nn data io "$1" ;;
    run) echo base math nn data io gan eval run ;;
    sample | evaluate) echo base math nn data io gan eval run "$1" ;;
    diagnosis) echo base math nn data io gan eval run evaluate diagnosis ;;
    report) echo base math nn data io gan eval run evaluate diagnosis report ;;
    train) echo base math nn data io gan eval run sample evaluate diagnosis report train ;;
    study | bench) echo base math nn data io gan eval run sample evaluate diagnosis report train "$1" ;;
    cli) echo base math nn data io gan eval run sample evaluate diagnosis report train study bench cli ;;
    *) return 1 ;;
    esac
}

check_floor() { # FLOOR
    local hit floors
    if ! floors=$(visible_from "$1"); then
        complain "$1" "a folder that is no floor: give it a place in scripts/check_floors.sh"
        return
    fi
    while read -r hit; do
        complain "$hit" "floor $1 may include only gantrain/{${floors// /,}}/ or its own folder"
    done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<](gantrain/|[^">]*\.\./)' \
        --include='*.[ch]' "${folders[@]}" |
        grep -vE "include[[:space:]]*\"gantrain/(${floors// /|})/")
}

check_fence() { # HEADER PLACE, both extended regular expressions
    local hit
    while read -r hit; do
        complain "$hit" "$1 may be included only in ${2//\\/}"
    done < <(grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]([^>\"]*/)?($1)[>\"]" \
        --include='*.[ch]' src include | grep -vE "^($2)")
}

n_files=$(find src include -name '*.[ch]' | wc -l)
if [ "$n_files" -eq 0 ]; then
    complain src "no C file to check"
fi
while read -r floor; do
    folders=()
    for folder in "src/$floor" "include/gantrain/$floor"; do
        [ ! -d "$folder" ] || folders+=("$folder")
    done
    check_floor "$floor"
done < <(find src include/gantrain -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort -u)
while read -r stray; do
    complain "$stray" "a C file lives in the folder of its floor"
done < <(find src include/gantrain -maxdepth 1 -name '*.[ch]')

check_fence 'cblas\.h|lapacke\.h|openblas_config\.h' 'src/math/'
check_fence 'cJSON\.h' 'src/io/json\.c'
check_fence 'stb_[a-z_]+\.h' 'src/io/image\.c'
check_fence 'png\.h' 'src/io/png_read\.c'
check_fence 'zlib\.h' 'src/data/|src/io/'
check_fence 'mpi\.h' 'src/math/comm_mpi'

[ "$bad" -eq 0 ] || exit 1
printf 'floors: %d files keep the law\n' "$n_files"
