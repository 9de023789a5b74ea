#!/usr/bin/env bats
# Images and points from arrays: IDX of every type and layout, under every name; NPY; CIFAR. The same
# pixels give the same training, whatever file holds them.
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

plan() { # DATA [OPTIONS]: a dry run; prints the number and shape of the samples
    local data=$1
    shift
    run --separate-stderr tiny --batch-size 8 --dry-run "$@"
}

plan_config() { # BATCH: the same of c.json
    run --separate-stderr "$GANTRAIN" --config c.json --batch-size "$1" --dry-run
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
    refuses 4 "nowhere.npy: no such file" train nowhere.npy
    [[ $stderr != *get-data* ]]
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

@test "NPY of every type, byte order and layout trains as IDX does" {
    for form in "u1" "u2 --big" "i4" "i8 --big" "f2" "f4 --divide 255" "f8 --big" "u1 --fortran"; do
        arrays x.npy --type $form
        rm -rf run
        succeeds train x.npy --out run --set data.split=0
        same_tensors "$base/plain" run
    done
    for form in "u1" "u1 --layout hwc" "f4 --layout hwc --divide 255 --big" "u1 --layout hwc --fortran"; do
        colour_arrays x.npy --type $form
        rm -rf run
        succeeds train x.npy --out run --set data.split=0
        same_tensors "$base/planes" run
    done
    gzip x.npy
    succeeds train x.npy.gz --out zipped --set data.split=0
    same_tensors "$base/planes" zipped
}

@test "NPY: a share is kept for evaluation, labels choose classes" {
    arrays x.npy
    plan x.npy
    says "29 samples of 1x8x8"
    plan x.npy --set data.labels=x-labels.npy --set data.split=0
    says "32 samples"
    config_with '{ "file": "x.npy", "labels": "x-labels.npy", "classes": [3], "split": 0 }' >c.json
    plan_config 2
    says "3 samples of 1x8x8"
    config_with '{ "file": "x.npy", "labels": "x.npy", "split": 0 }' >c.json
    refuses 4 "x.npy: its labels are 32 x 8 x 8: expected one integer for each sample" \
        "$GANTRAIN" --config c.json --batch-size 2 --dry-run
    config_with '{ "file": "x.npy", "labels": "no.npy", "split": 0 }' >c.json
    refuses 4 "no.npy: cannot be opened" "$GANTRAIN" --config c.json --batch-size 2 --dry-run
}

@test "NPY of two dimensions: points" {
    python3 - <<'END'
import random, struct
random.seed(1)
text = "{'descr': '<f8', 'fortran_order': False, 'shape': (200, 2), }\n"
numbers = [random.uniform(-0.9, 0.9) for _ in range(400)]
open("p.npy", "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode() + struct.pack("<400d", *numbers))
numbers[321] = float("nan")
open("nan.npy", "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode() + struct.pack("<400d", *numbers))
END
    run --separate-stderr train p.npy --out run
    [ "$status" -eq 0 ]
    grep -q '"as": *"points"' run/config.json
    train p.npy --out same --set data.kind=npy --set data.standardize=true
    grep -q '"standardize": *true' same/config.json
    python3 - <<'END'
import random, struct
random.seed(1)
text = "{'descr': '<f8', 'fortran_order': False, 'shape': (200, 2), }\n"
numbers = [1.6e9 + 1000 * random.random() for _ in range(400)]
open("far.npy", "wb").write(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text.encode() + struct.pack("<400d", *numbers))
END
    train far.npy --out far --set data.standardize=true
    "$GANTRAIN" sample --checkpoint "$(newest_checkpoint far)" --count 5 --out x.csv
    grep -q '^160000[0-9][0-9]' x.csv # in the units of the array
    refuses 4 "nan.npy: the value at [160, 1] is nan: expected a finite number" train nan.npy
    refuses 4 "p.npy: its images are 200 x 2: expected N x H x W" train p.npy --set data.kind=npy --set data.as=images
}

@test "NPZ: the arrays of Keras, stored and compressed, with a test part of their own" {
    arrays mnist.npz --type u1
    arrays packed.npz --type f4 --divide 255 --packed
    for file in mnist packed; do
        succeeds train $file.npz --out run-$file
        same_tensors "$base/plain" run-$file
        plan $file.npz
        says "32 samples of 1x8x8" # all: the test part is that of the file
    done
    cp packed.npz packed.zip # the content decides
    plan packed.zip
    says "32 samples of 1x8x8"
    run --separate-stderr "$GANTRAIN" evaluate --checkpoint "$(newest_checkpoint run-mnist)"
    [ "$status" -eq 0 ] || { show && return 1; }
    [[ $output$stderr == *" 16 "* ]]
    config_with '{ "file": "mnist.npz", "classes": [3] }' >c.json
    plan_config 2
    says "3 samples of 1x8x8"
    config_with '{ "file": "mnist.npz", "array": "x_test", "labels": "y_test", "split": 0 }' >c.json
    plan_config 2
    says "16 samples of 1x8x8"
}

@test "NPZ: which array, which labels" {
    arrays a.npy
    python3 - <<'END'
import zipfile
with zipfile.ZipFile("two.npz", "w") as z:
    z.write("a.npy", "left.npy"), z.write("a.npy", "right.npy"), z.write("a-labels.npy", "classes.npy")
with zipfile.ZipFile("one.npz", "w") as z:
    z.write("a.npy", "whatever.npy")
with zipfile.ZipFile("none.npz", "w") as z:
    z.writestr("notes.txt", "text")
END
    refuses 4 "two.npz: it holds the arrays left, right, classes: name the one to read in data.array" train two.npz
    succeeds train two.npz --out run --set data.kind=npy --set data.array=right --set data.split=0
    same_tensors "$base/plain" run
    refuses 4 'two.npz: no array "middle" (data.array): it holds left, right, classes' \
        train two.npz --set data.kind=npy --set data.array=middle
    refuses 4 'two.npz: no array "y" (data.labels): it holds left' \
        train two.npz --set data.kind=npy --set data.array=left --set data.labels=y
    plan two.npz --set data.kind=npy --set data.array=left --set data.labels=classes --set data.split=0
    says "32 samples"
    plan one.npz --set data.kind=npy --set data.labels=a-labels.npy --set data.split=0
    says "32 samples"
    refuses 3 "data.array: a.npy is no .npz archive" train a.npy --set data.kind=npy --set data.array=x
    refuses 3 "data.standardize: the samples are images" train a.npy --set data.kind=npy --set data.standardize=true
    refuses 4 "none.npz: the archive holds no .npy array" train none.npz
    truncate -s -1 one.npz
    refuses 4 "one.npz: damaged or incomplete zip archive" train one.npz
}

@test "CIFAR-10, binary version: the pixels of IDX in planes" {
    make_data big --side 32 --count 16 --test-count 8 --channels 3
    python3 "$GANTRAIN_ROOT/tests/cli/make_arrays.py" big set.cifar
    train big --out planes
    run --separate-stderr train set.cifar --out run
    [ "$status" -eq 0 ]
    says "data_batch_2.bin: no such file (nor .gz): the set is not complete"
    same_tensors planes run
    gzip set.cifar/data_batch_1.bin
    printf 'c%d\n' 0 1 2 3 4 5 6 7 8 9 >set.cifar/batches.meta.txt
    for i in 2 3 4 5; do cp set.cifar/data_batch_1.bin.gz set.cifar/data_batch_$i.bin.gz; done
    plan set.cifar
    says "80 samples of 3x32x32"
    plan set.cifar --set data.split=test
    says "8 samples of 3x32x32"
    mkdir packed && cp set.cifar/data_batch_1.bin.gz packed
    plan packed
    says "16 samples of 3x32x32"
    gzip -c /dev/null >packed/data_batch_1.bin.gz
    refuses 4 "data_batch_1.bin.gz: holds no image" train packed
    truncate -s -1 set.cifar/test_batch.bin
    refuses 4 "test_batch.bin: 3072 bytes after the last whole record: expected records of 3073 bytes" \
        train set.cifar --dry-run --set data.split=test
    echo one >set.cifar/batches.meta.txt
    refuses 4 "batches.meta.txt: 1 names: expected one a line for 10 classes" train set.cifar
}

@test "CIFAR-100: fine and coarse labels" {
    mkdir hundred
    python3 - <<'END'
rows = (bytes([i % 20, i % 100]) + bytes((i + j) % 256 for j in range(3072)) for i in range(100))
open("hundred/train.bin", "wb").write(b"".join(rows))
END
    for labels in fine coarse; do
        config_with '{ "dir": "hundred", "labels": "'$labels'", "classes": [7] }' >c.json
        plan_config 1
        [[ $labels != fine ]] || says "1 samples of 3x32x32" || says "1 sample of 3x32x32"
        [[ $labels != coarse ]] || says "5 samples of 3x32x32"
    done
    printf '\x15' | dd of=hundred/train.bin conv=notrunc status=none
    refuses 4 "hundred/train.bin: record 0: the label is 21: expected 0 to 19" \
        "$GANTRAIN" --config c.json --batch-size 1 --dry-run
}
