#!/usr/bin/env bash
# The documents stay short and their links work.
#
#   scripts/check_documents.sh [ROOT]     prints every violation; fails if there is one
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"
bad=0

complain() { # WHERE WHAT
    printf '%s: %s\n' "$1" "$2"
    bad=1
}

check_length() { # FILE MOST
    local n
    n=$(wc -l <"$1")
    [ "$n" -le "$2" ] || complain "$1" "$n lines, at most $2"
}

long_prose() { # FILE: lines of text over 120 characters, outside of tables and code
    sed '/^```/,/^```/s/.*//; s/^|.*//' "$1" | LC_ALL=C.UTF-8 grep -nE '^.{121}' | cut -d: -f1 || true
}

anchors() { # FILE: its headings as GitHub names them
    sed -nE 's/^#+ +//p' "$1" | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

check_links() { # FILE
    local line target path anchor
    while IFS=: read -r line target; do
        path=${target%%#*} anchor=${target#"$path"}
        path=${path:+$(dirname "$1")/$path}
        if [ ! -e "${path:-$1}" ]; then
            complain "$1:$line" "a link to $target, which does not exist"
        elif [ -n "$anchor" ] && ! anchors "${path:-$1}" | grep -qxF -- "${anchor#'#'}"; then
            complain "$1:$line" "a link to $target: no such heading"
        fi
    done < <(grep -noE '\]\([^) ]+\)' "$1" | sed -E 's/\]\((.*)\)$/\1/' | grep -vE '^[0-9]+:[a-z]+://')
}

mapfile -d '' -t documents < <(find . -name '*.md' -not -path './build*' -not -path './.git/*' -print0 | sort -z)
[ ${#documents[@]} -gt 0 ] || complain . "no document to check"
for file in "${documents[@]}"; do
    check_links "$file"
    while read -r place; do
        complain "$file:$place" "text of more than 120 columns"
    done < <(long_prose "$file")
done
[ ! -e README.md ] || check_length README.md 150
[ ! -e src/README.md ] || check_length src/README.md 120

[ "$bad" -eq 0 ] || exit 1
printf 'documents: %d files within bounds, every link works\n' "${#documents[@]}"
