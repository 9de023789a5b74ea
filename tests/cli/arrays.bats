#!/usr/bin/env bats
# Images and points from arrays: IDX of every type and layout, under every name. The same pixels give the
# same training, whatever file holds them.
load helpers

setup_file() {
    make_data "$BATS_FILE_TMPDIR/data" --side 8 --count 32 --test-count 16
    make_data "$BATS_FILE_TMPDIR/colour" --side 8 --count 32 --test-count 16 --channels 3
    cd "$BATS_FILE_TMPDIR"
    train data --out plain
    train colour --out planes
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    base=$BATS_FILE_TMPDIR
}

arrays() { # OUT [OPTIONS]: the grey images in another form
    python3 "$GANTRAIN_ROOT/tests/cli/make_arrays.py" "$BATS_FILE_TMPDIR/data" "$@"
}

colour_arrays() {
    python3 "$GANTRAIN_ROOT/tests/cli/make_arrays.py" "$BATS_FILE_TMPDIR/colour" "$@"
}

train() { # DATA [OPTIONS]: two steps
    local data=$1
    shift
    tiny --quiet --steps 2 --batch-size 8 "$@"
}

# tiny.json with other data keys, on stdout.
config_with() { # JSON
    sed 's|"data": {.*}|"data": '"$1|" "$TINY"
}

# The tensors of the last checkpoints of two runs are the same, byte for byte; their configs are not.
same_tensors() { # RUN RUN
    python3 - "$(newest_checkpoint "$1")" "$(newest_checkpoint "$2")" <<'END'
import json, struct, sys
def tensors(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    header.pop("__metadata__")
    return header, data[8 + n:]
a, b = map(tensors, sys.argv[1:])
assert len(a[1]) > 1000
sys.exit(a != b)
END
}

@test "IDX of every type trains as unsigned bytes do" {
    for form in "i2" "i4" "f4" "f8" "f4 --divide 255" "f8 --divide 255"; do
        rm -rf data run
        arrays data --type $form
        succeeds train data --out run
        same_tensors "$base/plain" run
    done
}

@test "both layouts of colour images" {
    colour_arrays hwc --layout hwc
    colour_arrays floats --layout hwc --type f4 --divide 255
    for form in hwc floats; do
        succeeds train "$form" --out "run-$form"
        same_tensors "$base/planes" "run-$form"
    done
    run --separate-stderr train hwc --dry-run
    [[ $output == *'"layout": "auto"'* ]]
}

@test "both spellings of the names, and names of sets" {
    for name in 'train-%s.idx%d-ubyte' 'emnist-letters-train-%s-idx%d-ubyte' 'my-train-%s.idx%d-ubyte'; do
        rm -rf own && mkdir own
        cp "$base/data/train-images-idx3-ubyte" "own/$(printf "$name" images 3)"
        cp "$base/data/train-labels-idx1-ubyte" "own/$(printf "$name" labels 1)"
        gzip own/*
        run --separate-stderr train own --dry-run
        [ "$status" -eq 0 ] || { show && return 1; }
        [[ $output == *'"kind": "idx"'* ]]
        [[ $name != emnist* ]] || says "data.transpose=true turns them upright"
    done
    succeeds train own --out run
    same_tensors "$base/plain" run
}

@test "several sets in a folder: one is named" {
    mkdir own
    for set in letters digits; do
        cp "$base/data/train-images-idx3-ubyte" "own/emnist-$set-train-images-idx3-ubyte"
        cp "$base/data/t10k-images-idx3-ubyte" "own/emnist-$set-test-images-idx3-ubyte"
    done
    refuses 4 "own: images of 2 sets: name one of them as data.subset, or move" train own
    says "digits, letters"
    refuses 4 'own: no files of the set "x" (data.subset); there are digits, letters' \
        train own --set data.subset=x
    train own --out run --set data.subset=letters --set data.transpose=true
    run --separate-stderr train own --dry-run --set data.subset=digits --set data.split=test --set data.transpose=true
    [ "$status" -eq 0 ] && [ -z "$stderr" ]
}

@test "advice to fetch only where nothing lies, quoted for a shell" {
    mkdir "an empty folder" other
    refuses 4 "to fetch it: scripts/get-data.sh mnist 'an empty folder'" train "an empty folder"
    echo text >other/notes.txt
    refuses 4 "other: a folder without IDX files or pictures: expected a folder with train-images-idx3-ubyte" \
        train other
    cp "$base/data/train-labels-idx1-ubyte" other
    refuses 4 "other: found train-labels-idx1-ubyte, expected train-images-idx3-ubyte" train other
}

@test "own images without a test set: evaluation says what it needs" {
    mkdir own
    cp "$base/data/train-images-idx3-ubyte" own
    train own --out run
    refuses 4 "own/t10k-images-idx3-ubyte: no such file (nor .gz): evaluation needs images kept apart" \
        "$GANTRAIN" evaluate --checkpoint "$(newest_checkpoint run)"
    [[ $stderr == *data.split* && $stderr != *get-data* ]]
}

@test "values and layouts that need a key" {
    mkdir own
    python3 - <<'END'
import struct
values = [-1000, 0, 500, 1000] * 16
head = struct.pack(">HBB3I", 0, 0x0c, 3, 16, 2, 2)
open("own/train-images-idx3-ubyte", "wb").write(head + struct.pack(">64i", *values))
END
    refuses 4 "its int32 values reach from -1000 to 1000: expected 0..255, or data.values" train own
    config_with '{ "dir": "own", "values": [-1000, 1000] }' >c.json
    run --separate-stderr "$GANTRAIN" --config c.json --dry-run --batch-size 8
    [ "$status" -eq 0 ] && [[ $stderr != *clipped* ]]
    config_with '{ "dir": "own", "values": [-500, 1000] }' >c.json
    run --separate-stderr "$GANTRAIN" --config c.json --dry-run --batch-size 8
    says "own/train-images-idx3-ubyte: 16 values outside of -500..1000 are clipped (data.values)"
    config_with '{ "dir": "own", "values": [1] }' >c.json
    refuses 3 "data.values: expected two different numbers, those of black and white, or []" \
        "$GANTRAIN" --config c.json --dry-run

    python3 "$GANTRAIN_ROOT/tests/cli/make_data.py" three --side 3 --count 16 --test-count 8 --channels 3
    refuses 4 "16 x 3 x 3 x 3: N x C x H x W or N x H x W x C? data.layout says which" train three
    succeeds train three --out planes --set data.layout=chw
    succeeds train three --out pixels --set data.layout=hwc
    ! same_tensors planes pixels
}
