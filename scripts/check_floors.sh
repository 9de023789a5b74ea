#!/usr/bin/env bash
# The dependency rules of the tree: floors include and call only downward, no circles, external headers fenced.
#
#   scripts/check_floors.sh [ROOT [LIBRARY]]     prints every violation; fails if there is one
#
# LIBRARY is libgantrain_core.a of a build: with it, the calls between object files are checked as well.
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"
library=${2:-}
shopt -s nullglob
bad=0

# One line a floor, lowest first: the floors on one line do not see each other.
floors='base
math
io
nn data
gan eval
run
sample evaluate
diagnosis survey
report
train
study bench
cli'

complain() { # WHERE RULE
    printf '%s: %s\n' "$1" "$2"
    bad=1
}

complain_each() { # RULE; places on stdin
    local place
    while read -r place; do
        complain "$place" "$1"
    done
}

visible_from() { # FLOOR: itself and the floors below
    local line below=''
    while read -r line; do
        if [[ " $line " == *" $1 "* ]]; then
            printf '%s\n' "$below$1"
            return
        fi
        below+="$line "
    done <<<"$floors"
    return 1
}

# ---- includes -----------------------------------------------------------------------------------
includes() { # PATTERN FILE...: FILE:LINE:TEXT of the #include lines whose name matches
    grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[\"<]($1)" "${@:2}" || true
}

check_includes() { # FLOOR
    local visible others files
    mapfile -t files < <(find "src/$1" "include/gantrain/$1" -name '*.[ch]' 2>/dev/null)
    if ! visible=$(visible_from "$1"); then
        complain "$1" "a folder that is no floor: add it to scripts/check_floors.sh"
        return
    fi
    [ ${#files[@]} -gt 0 ] || return 0
    complain_each "floor $1 may include only gantrain/{${visible// /,}}/ and its own folder" < <(
        includes 'gantrain/|[^">]*\.\./' "${files[@]}" |
            grep -vE "include[[:space:]]*\"gantrain/(${visible// /|})/")
    others=$(tr -s ' \n' '|' <<<"$floors" | sed "s/\b$1\b/-/; s/|\$//")
    complain_each "a private header of another floor" < <(includes "($others)/" "${files[@]}")
}

# A header of include/ that one floor alone uses belongs into its folder of src/.
check_public_headers() {
    local header floor
    for header in include/gantrain/*/*.h; do
        floor=${header#include/gantrain/}
        floor=${floor%%/*}
        grep -rqF "\"${header#include/}\"" --include='*.[ch]' --exclude-dir="$floor" src include ||
            grep -rqF "\"${header#include/}\"" include ||
            complain "$header" "only src/$floor includes it: move it there"
    done
}

check_fence() { # HEADER PLACE, both extended regular expressions
    complain_each "$1 may be included only in ${2//\\/}" < <(
        grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]([^>\"]*/)?($1)[>\"]" \
            --include='*.[ch]' src include | grep -vE "^($2)")
}

# ---- calls --------------------------------------------------------------------------------------
# "USER DEFINER" for every pair of object files of which one needs a symbol of the other.
calls() {
    nm -A -P "$library" | sed -E 's/^.*\[(.*)\.o\]:/\1/' | awk '
        $3 ~ /[TDBRVWC]/ { where[$2] = $1 }
        $3 == "U"        { user[++n] = $1; wants[n] = $2 }
        END { for (i = 1; i <= n; i++)
                  if (wants[i] in where && where[wants[i]] != user[i])
                      print user[i], where[wants[i]] }' | sort -u
}

check_downward() { # edges on stdin
    local user definer visible
    declare -A floor
    while read -r user; do
        definer=${user#src/}
        floor[${user##*/}]=${definer%%/*}
    done < <(find src -name '*.c')
    while read -r user definer; do
        [ -n "${floor[$user]:-}" ] && [ -n "${floor[$definer]:-}" ] || continue
        visible=$(visible_from "${floor[$user]}") || continue
        [[ " $visible " == *" ${floor[$definer]} "* ]] ||
            complain "src/${floor[$user]}/$user" "calls up into src/${floor[$definer]}/$definer"
    done
}

check_circles() { # RULE; edges on stdin. tsort prints a loop as a headline and a line for each member.
    complain_each "$1" < <({ tsort 2>&1 >/dev/null || true; } | sed 's/^tsort: //' |
        awk '/^-: /  { if (loop) print loop; loop = ""; next }
             { loop = loop (loop ? " -> " : "") $0 }
             END { if (loop) print loop }')
}

include_edges() {
    includes 'gantrain/' $(find src include -name '*.[ch]') |
        sed -E 's/^([^:]*):[0-9]+:.*"(gantrain[^"]*)".*/\1 include\/\2/'
}

# ---- all of it ----------------------------------------------------------------------------------
n_files=$(find src include -name '*.[ch]' | wc -l)
[ "$n_files" -gt 0 ] || complain src "no C file to check"
while read -r floor; do
    check_includes "$floor"
done < <(find src include/gantrain -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort -u)
complain_each "a C file belongs into the folder of its floor" < <(
    find src include/gantrain -maxdepth 1 -name '*.[ch]')
complain_each "a second file of that name" < <(
    find src include -name '*.[ch]' -printf '%f\n' | sort | uniq -d)
check_public_headers
check_circles "files include each other" < <(include_edges)

check_fence 'cblas\.h|lapacke\.h|openblas_config\.h' 'src/math/'
check_fence 'cJSON\.h' 'src/io/json\.c'
check_fence 'stb_[a-z_]+\.h' 'src/io/png_write\.c'
check_fence 'png\.h' 'src/io/png_decode\.c'
check_fence 'jpeglib\.h|jerror\.h|turbojpeg\.h' 'src/io/jpeg_decode\.c'
check_fence 'zlib\.h' 'src/data/|src/io/'
check_fence 'mpi\.h' 'src/math/comm_mpi'

if [ -n "$library" ]; then
    edges=$(calls)
    [ -n "$edges" ] || complain "$library" "no calls between files found"
    check_downward <<<"$edges"
    check_circles "files call each other" <<<"$edges"
fi

[ "$bad" -eq 0 ] || exit 1
printf 'floors: %d files keep the rules\n' "$n_files"
