#!/usr/bin/env bats
# gantrain data: what a source holds, and fetching; warnings about data before a training.
load helpers

dataset() { # [OPTIONS]
    "$GANTRAIN" data "$@"
}

png_size() { # FILE
    python3 -c 'import struct, sys
head = open(sys.argv[1], "rb").read(24)
assert head[:8] == b"\x89PNG\r\n\x1a\n"
print("%dx%d" % struct.unpack(">2I", head[16:]))' "$1"
}

# Replaces the training images: N of SIDE x SIDE pixels; a pixel is VALUE, of i and j.
write_images() { # N SIDE VALUE
    cp -rL data mine
    rm mine/train-labels*
    python3 - "$@" <<'END'
import struct, sys
n, side, value = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
pixels = bytes(eval(value) for i in range(n) for j in range(side * side))
open("mine/train-images-idx3-ubyte", "wb").write(struct.pack(">4I", 0x803, n, side, side) + pixels)
END
}

@test "a folder of IDX files: samples, values, classes, copies, config" {
    succeeds dataset data
    [[ "$output" == *"source       data: a folder of IDX files"* ]]
    [[ "$output" == *"samples      256 images of 8 x 8 pixels, grey"* ]]
    [[ "$output" == *"evaluation   64 more are kept apart"* ]]
    [[ "$output" == *"pixels       0..25"*"trained on as -1..1 for 0..255"* ]]
    [[ "$output" == *"classes      0: 26, 1: 26, 2: 26"* ]]
    [[ "$output" == *"copies       none"* ]]
    [[ "$output" == *'config       "data": {"kind": "idx", "dir": "data"}'* ]]
    [[ "$output" != *warning* ]]
}

@test "the config that is printed trains on these data" {
    dataset data --json >found.json
    python3 -c 'import json
config = json.load(open("'"$TINY"'"))
config["data"] = json.load(open("found.json"))["config"]
json.dump(config, open("mine.json", "w"))'
    succeeds "$GANTRAIN" mine.json --quiet --out run
}

@test "JSON says the same" {
    write_images 40 4 "i % 30 * 8 + j"
    dataset mine --json --set data.range=unit >found.json
    python3 - <<'END'
import json
d = json.load(open("found.json"))
assert d["path"] == "mine" and d["kind"] == "idx" and d["type"] == "images", d
assert d["samples"] == 40 and d["shape"] == [1, 4, 4] and d["kept_apart"] == 64, d
assert d["pixels"]["min"] == 0 and d["pixels"]["max"] == 247, d
assert (d["copies"], d["repeated"], d["most"]) == (10, 10, 2), d
assert d["classes"] == [] and d["unlabelled"] == 40, d
assert d["config"] == {"kind": "idx", "dir": "mine", "range": "unit"}, d
assert len(d["warnings"]) == 1 and "10 of 40 images are copies" in d["warnings"][0], d
END
}

@test "data without samples for evaluation, damaged ones, no labels" {
    write_images 40 4 "i * 6 + j"
    printf x >mine/t10k-labels-idx1-ubyte
    succeeds dataset mine
    [[ "$output" == *"none are kept apart: mine/t10k-labels-idx1-ubyte: byte"* ]]
    [[ "$output" == *"classes      no labels"* ]]
    rm mine/t10k*
    succeeds dataset mine
    [[ "$output" == *"none are kept apart: mine/t10k-images-idx3-ubyte"* ]]
    succeeds dataset data --set data.split=test
    [[ "$output" == *"samples      64 images"* ]]
}

@test "a picture of the samples: a class in each row, the same for the same seed" {
    succeeds dataset data --out a.png
    [ "$(png_size a.png)" = 698x582 ]
    succeeds dataset data --out b.png
    cmp a.png b.png
    succeeds dataset data --out b.png --seed 2
    ! cmp -s a.png b.png
    succeeds dataset data --out c.png --grid 2x3
    [ "$(png_size c.png)" = 176x118 ]
    [ "$(find . -name '.*' -type f | wc -l)" -eq 0 ]
}

@test "a config: its data, generated points, a plot" {
    succeeds dataset "$GANTRAIN_ROOT/configs/ring.json" --out ring.png --set data.count=2000
    [[ "$output" == *"source       generated"* ]]
    [[ "$output" == *"samples      2000 points of 2 values"* ]]
    [[ "$output" == *"x2   "* ]]
    [ "$(png_size ring.png)" = 512x512 ]
    succeeds dataset "$TINY" data
    [[ "$output" == *"256 images of 8 x 8"* ]]
}

@test "what no kind reads is named" {
    mkdir empty
    echo '{"a": 1}' >x.txt
    mkfifo pipe
    refuses 4 "nowhere: No such file or directory: no data set" dataset nowhere
    refuses 4 "empty: an empty folder: no data set; \`gantrain list datasets\`" dataset empty
    refuses 4 "x.txt: a file of an unknown format" dataset x.txt
    refuses 4 "pipe: neither a file nor a folder" dataset pipe
    refuses 4 "data/train-images-idx3-ubyte: an IDX file: name its folder" dataset data/train-images-idx3-ubyte
    cp -rL data bad && truncate -s 100 bad/train-images-idx3-ubyte
    refuses 4 "bad/train-images-idx3-ubyte: " dataset bad
}

@test "command lines" {
    refuses 2 "PATH is missing" dataset
    refuses 2 "PATH: expected a path, got nothing" dataset ""
    refuses 2 "expected one path, got 2" dataset data data
    refuses 2 '"mnsit": no such file or folder (did you mean mnist?)' dataset mnsit
    refuses 2 "--out grid.jpg: expected FILE.png" dataset data --out grid.jpg
    refuses 2 "data mnist fetches it, without options" dataset mnist --json
    refuses 2 "data mnist fetches it, without options" dataset mnist x --set data.split=test
    refuses 2 "data mnist: expected a folder" dataset mnist ""
    refuses 2 "unknown key" dataset data --set data.sice=3
    refuses 2 "too large for one picture" dataset data --out x.png --grid 999x999
    refuses 6 "no/grid.png" dataset data --out no/grid.png
    [ ! -e mnist ] && [ ! -e data/mnist ]
    cp -rL data mnist
    succeeds dataset ./mnist
}

# ---- fetching -----------------------------------------------------------------------------------
stub() { # NAME BODY
    mkdir -p stubs
    printf '#!/bin/sh\n%s\n' "$2" >"stubs/$1"
    chmod +x "stubs/$1"
    PATH="$PWD/stubs:$PATH"
}

@test "fetching: the script's messages and its failure" {
    stub npm 'echo "npm: no network"; exit 1'
    stub curl 'echo "curl: no network" >&2; exit 6'
    refuses 4 "mnist was not fetched: get-data.sh ended with exit code 1" dataset mnist new
    says "get-data: error: mnist is incomplete in new; still missing"
    [ ! -e new ]
    refuses 6 "mnist was not put into data: the line above says why" dataset mnist data
    says "data holds files that are not of mnist: t10k-images-idx3-ubyte (its contents"
}

@test "fetching: a signal ends the script too" {
    stub npm "echo \$\$ >$PWD/began; exec sleep 60"
    "$GANTRAIN" data mnist new 3>&- 2>/dev/null &
    pid=$!
    until [ -s began ]; do sleep 0.02; done
    kill "$pid"
    wait "$pid" || status=$?
    [ "$status" -eq 143 ]
    while kill -0 "$(cat began)" 2>/dev/null; do sleep 0.02; done
    while [ -e new ]; do sleep 0.02; done
}

@test "an installed program fetches with the installed script, wherever it was moved to" {
    [ -e "${GANTRAIN%/*}/cmake_install.cmake" ] || skip "no build folder"
    cmake --install "${GANTRAIN%/*}" --prefix "$PWD/first" >/dev/null
    mkdir away && mv first "away/new place"
    stub npm 'echo "npm: no network"; exit 1'
    stub curl 'exit 6'
    refuses 4 "mnist was not fetched" "away/new place/bin/gantrain" data mnist new
    says "get-data: error: mnist is incomplete"
    rm -r "away/new place/share"
    refuses 4 "get-data.sh is missing: expected $PWD/away/new place/bin/../share/gantrain" \
        "away/new place/bin/gantrain" data mnist new
}

@test "JSON has remarks in full" {
    python3 - <<'END'
names = ["column %02d %s" % (j, "ä" * 20) for j in range(12)]
rows = [[(7 * i + 13 * j) % 31 + 0.5 for j in range(12)] for i in range(40)]
open("table.csv", "w").write("\n".join(",".join(map(str, row)) for row in [names, *rows]))
END
    dataset table.csv --json >found.json
    python3 -c 'import json
assert json.load(open("found.json"))["notes"][0].endswith("column 11 " + "ä" * 20)'
}

# ---- warnings -----------------------------------------------------------------------------------
@test "data that are probably unintended: a warning before the training, and in gantrain data" {
    write_images 64 8 "(i * 7 + j) % 16"
    run --separate-stderr "$GANTRAIN" "$TINY" --data mine --quiet --out run --steps 2 --batch-size 16
    [ "$status" -eq 0 ]
    says "gantrain: warning: data: pixels are 0..15 of 0..255: the images are dark"
    [ "$(grep -c pixels <<<"$stderr")" -eq 1 ]
    run --separate-stderr dataset mine
    [ "$status" -eq 0 ]
    [[ "$output" == *"warning      pixels are 0..15 of 0..255"* ]]
}
