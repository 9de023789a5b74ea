#!/usr/bin/env bats
# scripts/quickstart.sh and scripts/install-deps.sh with stubs for every command they call.

setup() {
    tree="$BATS_TEST_TMPDIR/tree"
    stubs="$BATS_TEST_TMPDIR/stubs"
    mkdir -p "$tree"/{scripts,configs,build} "$stubs"
    cp "$GANTRAIN_ROOT/scripts/"{quickstart.sh,presets.sh} "$tree/scripts"
    echo '{ "name": "mnist", "data": { "dir": "data/mnist" } }' >"$tree/configs/mnist.json"
    echo '{ "name": "clothes", "data": { "dir": "data/fashion" } }' >"$BATS_TEST_TMPDIR/other.json"
    stub "$tree/scripts/install-deps.sh" 'echo deps "$@"'
    stub "$tree/scripts/get-data.sh" 'echo data "$@"'
    stub "$tree/build/gantrain" 'printf "[%s]" "$@"; echo; exit ${TRAINED:-0}'
    stub "$stubs/cmake" 'exit 0'
    cd "$BATS_TEST_TMPDIR"
}

stub() { # PATH BODY
    printf '#!/bin/sh\n%s\n' "$2" >"$1"
    chmod +x "$1"
}

quickstart() {
    PATH="$stubs:$PATH" run "$tree/scripts/quickstart.sh" "$@"
}

without_root() { # runs install-deps.sh where only the stubs exist
    for command in bash env; do
        ln -sf "$(command -v "$command")" "$stubs"
    done
    stub "$stubs/id" 'echo 1000'
    stub "$stubs/dpkg-query" 'exit 1'
    PATH="$stubs" run "$GANTRAIN_ROOT/scripts/install-deps.sh" "$@"
}

@test "quickstart trains the default model and can be called again" {
    quickstart
    [ "$status" -eq 0 ]
    [[ "$output" == *"data mnist $tree/data/mnist"* ]]
    [[ "$output" == *"[--config][$tree/configs/mnist.json][--resume]"* ]]
    [[ "$output" == *"open file://$tree/runs/mnist/report.html in a browser"*"[--config]"* ]] # before
}

@test "quickstart takes a config as an argument and names its page as an address" {
    cp other.json "ä b.json"
    quickstart "ä b.json" --out "x y"
    [ "$status" -eq 0 ]
    [[ "$output" == *"[--config][$PWD/ä b.json][--out][$PWD/x y][--resume]"* ]]
    quickstart other.json --out "x ä#"
    [[ "$output" == *"open file://$PWD/x%20%C3%A4%23/report.html in a browser"* ]]
}

@test "quickstart passes options on and prints the paths of the results" {
    mkdir -p "$tree"/runs/mnist/{samples,checkpoints}
    touch "$tree"/runs/mnist/samples/epoch-000{1,2}.png
    touch "$tree"/runs/mnist/checkpoints/{ckpt-00000469,best}.safetensors
    touch "$tree/runs/mnist/report.html"
    quickstart --epochs 1 --set "data_note=a b"
    [ "$status" -eq 0 ]
    [[ "$output" == *"[--epochs][1][--set][data_note=a b][--resume]"* ]]
    [[ "$output" == *"$tree/runs/mnist/samples/epoch-0002.png"* ]]
    [[ "$output" == *"$tree/runs/mnist/checkpoints/ckpt-00000469.safetensors"* ]]
    [[ "$output" == *"$tree/runs/mnist/report.html"* ]]
}

@test "quickstart adds no --resume to --overwrite, --resume or --resume-from" {
    quickstart --overwrite
    [[ "$output" == *"mnist.json][--overwrite]" ]]
    quickstart --resume
    [[ "$output" == *"mnist.json][--resume]" ]]
    quickstart --resume-from x.safetensors
    [[ "$output" == *"mnist.json][--resume-from][$PWD/x.safetensors]" ]]
}

@test "quickstart resolves --config and --out from the working directory" {
    mkdir -p here/samples
    touch here/samples/epoch-0001.png
    quickstart --config other.json --out=here
    [ "$status" -eq 0 ]
    [[ "$output" == *"data fashion $tree/data/fashion"* ]]
    [[ "$output" != *"data mnist"* ]]
    [[ "$output" == *"[--config][$PWD/other.json][--out][$PWD/here][--resume]"* ]]
    [[ "$output" == *"$PWD/here/samples/epoch-0001.png"* ]]
}

@test "quickstart downloads nothing when --data is given" {
    quickstart --data mine
    [[ "$output" == *"[--data][$PWD/mine]"* ]]
    [[ "$output" != *"data mnist"* ]]
}

@test "quickstart exits with the code of the first command that fails" {
    TRAINED=8 quickstart
    [ "$status" -eq 8 ]
    stub "$tree/scripts/get-data.sh" 'exit 1'
    quickstart
    [ "$status" -eq 1 ]
    [[ "$output" != *"[--config]"* ]]
}

@test "quickstart: a missing value, a missing config" {
    quickstart --out
    [ "$status" -eq 2 ]
    quickstart --config nowhere.json
    [ "$status" -eq 3 ]
    [[ "$output" == *"$PWD/nowhere.json: cannot be read"* ]]
}

@test "install-deps lists missing packages when it cannot install them" {
    rm "$stubs/cmake"
    stub "$stubs/apt-get" 'echo called; exit 1'
    without_root --tests
    [ "$status" -eq 1 ]
    [[ "$output" == *"neither root nor sudo"* ]]
    [[ "$output" == *"apt-get install gcc cmake ninja-build pkg-config libc6-dev libopenblas-dev"* ]]
    [[ "$output" == *"libcmocka-dev bats clang-format-14 python3 strace libfaketime"* ]]
    [[ "$output" != *called* ]]
}

@test "install-deps installs through sudo exactly what is missing" {
    for command in gcc ninja; do
        stub "$stubs/$command" 'exit 0'
    done
    stub "$stubs/apt-get" 'echo "apt-get $*"'
    stub "$stubs/sudo" 'exec "$@"'
    without_root
    [ "$status" -eq 0 ]
    [[ "$output" == *"--no-install-recommends pkg-config libc6-dev libopenblas-dev libcjson-dev libstb-dev zlib1g-dev libpng-dev libjpeg62-turbo-dev" ]]
}

@test "install-deps reinstalls a package that was removed" {
    stub "$stubs/curl" 'exit 0'
    without_root --curl
    [ "$status" -eq 1 ]
    [[ "$output" == *"missing: ca-certificates;"* ]]
    for state in config-files not-installed half-installed; do
        stub "$stubs/dpkg-query" "printf '$state '"
        PATH="$stubs" run "$GANTRAIN_ROOT/scripts/install-deps.sh" --curl
        [ "$status" -eq 1 ]
    done
    stub "$stubs/dpkg-query" 'printf "installed "'
    PATH="$stubs" run "$GANTRAIN_ROOT/scripts/install-deps.sh" --curl
    [ "$status" -eq 0 ]
    [[ "$output" == *"nothing is missing"* ]]
}
