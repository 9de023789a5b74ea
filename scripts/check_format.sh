#!/usr/bin/env bash
# Every C file must be formatted by clang-format 14 with .clang-format.
#
#   scripts/check_format.sh [ROOT]       prints differences; fails if there are any
set -euo pipefail

cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"
formatter=$(command -v clang-format-14 || command -v clang-format || true)
case $([ -z "$formatter" ] || "$formatter" --version) in
*' version 14.'*) ;;
*)
    echo "format: clang-format 14 is missing (other versions break lines elsewhere): apt-get install clang-format-14" >&2
    exit 1
    ;;
esac
mapfile -d '' -t files < <(find src include tests -name '*.[ch]' -print0 | sort -z)
if [ ${#files[@]} -eq 0 ]; then
    echo "format: no C file to check" >&2
    exit 1
fi
if ! "$formatter" --dry-run --Werror "${files[@]}"; then
    echo "format: to fix: $formatter -i FILE" >&2
    exit 1
fi
printf 'format: %d files are formatted\n' "${#files[@]}"
