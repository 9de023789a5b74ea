#!/usr/bin/env bash
# From a bare Debian to pictures: install missing packages, build, download the data, train.
#
#   scripts/quickstart.sh [options of gantrain]
#
#   scripts/quickstart.sh                              trains configs/mnist.json into runs/mnist
#   scripts/quickstart.sh --epochs 1                   a short run
#   scripts/quickstart.sh FILE.json --out DIR          another model, another run folder
#
# If called again, it resumes from the newest checkpoint of the run folder (gantrain's --resume), unless
# the options contain --overwrite or --resume. Paths are relative to the working directory.
set -euo pipefail

here=$PWD
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
config=$root/configs/mnist.json
out=            # --out, else runs/<name of the config>
name=           # --set name=..., else the config's
resume=yes      # whether to add --resume
own_data=       # whether the options name other data
options=()

say() {
    printf 'quickstart: %s\n' "$*"
}

absolute() { # PATH, relative to the caller's working directory
    case $1 in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$here" "$1" ;;
    esac
}

read_option() { # NAME VALUE
    local value=$2
    case $1 in
    --config | --out | --data | --resume-from) value=$(absolute "$2") ;;
    esac
    case $1 in
    --config) config=$value && return ;;
    --out) out=$value ;;
    --data) own_data=yes ;;
    --resume-from) resume= ;;
    --set)
        case $2 in
        name=*) name=${2#name=} ;;
        data.*) own_data=yes ;;
        esac
        ;;
    esac
    options+=("$1" "$value")
}

read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --help | -h)
            sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$root/scripts/quickstart.sh"
            exit 0
            ;;
        --overwrite | --resume)
            resume=
            options+=("$1")
            ;;
        --config=* | --out=* | --data=* | --resume-from=* | --set=*) read_option "${1%%=*}" "${1#*=}" ;;
        --config | --out | --data | --resume-from | --set)
            if [ $# -lt 2 ]; then
                say "error: $1 needs a value" >&2
                exit 2
            fi
            read_option "$1" "$2"
            shift
            ;;
        -*) options+=("$1") ;;
        *.json) read_option --config "$1" ;;
        *) options+=("$1") ;;
        esac
        shift
    done
}

name_of_config() { # the first "name" in the file
    sed -n '/"name"/{s/.*"name"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p;q}' "$config"
}

data_of_config() { # data sets that it reads from their default folders
    grep -oE '"data/(mnist|fashion)"' "$config" | tr -d '"' | sort -u || true
}

newest() { # FILES of a numbered series: the last one, if it exists
    [ ! -e "${!#}" ] || printf '%s' "${!#}"
}

url_of() { # PATH, as the address of a browser
    local path=$1 byte encoded=
    local LC_ALL=C
    while [ -n "$path" ]; do
        byte=${path:0:1}
        path=${path:1}
        case $byte in
        [a-zA-Z0-9/._~-]) encoded+=$byte ;;
        *) printf -v byte '%%%02X' "'$byte" && encoded+=%${byte: -2} ;;
        esac
    done
    printf 'file://%s' "$encoded"
}

show_results() {
    local picture checkpoint
    picture=$(newest "$out"/samples/epoch-*.png)
    checkpoint=$(newest "$out"/checkpoints/ckpt-*.safetensors)
    [ -z "$picture" ] || say "pictures:   $picture (one per epoch in this folder)"
    [ -z "$checkpoint" ] || say "checkpoint: $checkpoint"
    [ ! -e "$out/report.html" ] || say "report:     $out/report.html (open it in a browser)"
}

read_options "$@"
cd "$root"
if [ ! -r "$config" ]; then
    say "error: $config: cannot be read: pass a file with --config" >&2
    exit 3
fi
out=${out:-$root/runs/${name:-$(name_of_config)}}

scripts/install-deps.sh
say "building"
scripts/presets.sh
cmake --preset release -DGANTRAIN_TESTS=OFF
cmake --build --preset release --target gantrain
if [ -z "$own_data" ]; then
    for folder in $(data_of_config); do
        scripts/get-data.sh "${folder#data/}" "$root/$folder"
    done
fi
[ -z "$resume" ] || options+=(--resume)
say "open $(url_of "$out/report.html") in a browser when the training has begun: it follows the training"
say "training: build/gantrain --config $config ${options[*]}"
status=0
build/gantrain --config "$config" "${options[@]}" || status=$?
show_results
exit "$status"
