#!/usr/bin/env bats
# Files and folders in the place of others: each is named as what it is.
load helpers
use_one_run

edit() { # FILE PYTHON: changes tensors {name: [values]} and leaves the checksums, as other programs do
    python3 - "$1" "$2" <<'EOF'
import json, struct, sys
path, change = sys.argv[1:]
whole = open(path, "rb").read()
n = int.from_bytes(whole[:8], "little")
header, data = json.loads(whole[8:8 + n]), whole[8 + n:]
tensors = {k: list(struct.unpack(f"<{(v['data_offsets'][1] - v['data_offsets'][0]) // 4}f",
                                 data[slice(*v["data_offsets"])])) for k, v in header.items() if k != "__metadata__"}
exec(change)
with open(path, "r+b") as f:
    for name, values in tensors.items():
        f.seek(8 + n + header[name]["data_offsets"][0])
        f.write(struct.pack(f"<{len(values)}f", *values))
EOF
}

@test "a checkpoint that is something else" {
    printf '\211PNG\r\n\032\n\0\0\0\rIHDR' >a.png
    printf '\37\213\10\0\0\0\0\0\0\3' >a.gz
    printf 'PK\3\4\24\0\0\0\0\0archive/data.pkl' >a.pt
    printf '\200\2\212\nl\374\234F\371 j\250P' >old.pt
    printf '{"seed": 1}\n' >a.json
    printf '<!DOCTYPE html><html></html>' >a.html
    printf '\223NUMPY\1\0v\0{}' >a.npy
    printf 'some words and more' >words
    while read -r file what; do
        for args in "inspect --checkpoint $file" "sample --out x.png --checkpoint $file" "evaluate --checkpoint $file" \
            "--config $TINY --data $BATS_FILE_TMPDIR/data --out run --resume-from $file"; do
            # shellcheck disable=SC2086
            refuses 5 "$file: not a safetensors file: this is $what: expected a checkpoint" "$GANTRAIN" $args
        done
    done <<'EOF'
a.png a PNG picture
a.gz packed with gzip
a.pt a zip archive
old.pt a Python pickle
a.json a JSON file
a.html an HTML page
a.npy a NumPy file
EOF
    refuses 5 "an IDX file" "$GANTRAIN" inspect --checkpoint "$BATS_FILE_TMPDIR/data/train-images-idx3-ubyte"
    refuses 5 "words: not a safetensors file: its header" "$GANTRAIN" inspect --checkpoint words
}

@test "a folder in the place of a file names the file in it" {
    local run=$BATS_FILE_TMPDIR/run
    for folder in "$run" "$run/" "$run/checkpoints" "$run/checkpoints//"; do
        refuses 5 "$folder: is a folder: expected a checkpoint in it, such as the newest, $(newest_checkpoint "$run")" \
            "$GANTRAIN" sample --checkpoint "$folder" --out x.png
    done
    refuses 5 "such as the newest, $(newest_checkpoint "$run")" "$GANTRAIN" --config "$TINY" \
        --data "$BATS_FILE_TMPDIR/data" --out new --resume-from "$run"
    refuses 5 "samples: is a folder without checkpoints" "$GANTRAIN" inspect --checkpoint "$run/samples"
    refuses 3 "$run: is a folder: expected a config file, such as $run/config.json" "$GANTRAIN" --config "$run"
    refuses 3 "checkpoints: is a folder: expected a config file" "$GANTRAIN" --config "$run/checkpoints"
    mkdir checkpoints
    refuses 5 "checkpoints: is a folder without checkpoints" "$GANTRAIN" inspect --checkpoint checkpoints
    cp "$checkpoint" checkpoints
    (cd checkpoints && refuses 5 ".: is a folder without checkpoints" "$GANTRAIN" inspect --checkpoint .)
    refuses 5 "the newest, ./checkpoints/$(basename "$checkpoint")" "$GANTRAIN" inspect --checkpoint .
}

@test "weights edited by another program: sampled and evaluated with a warning, not resumed from" {
    cp -r "$BATS_FILE_TMPDIR/run" run
    ln -s "$BATS_FILE_TMPDIR/data" data
    local file
    file=$(newest_checkpoint run)
    edit "$file" "tensors['generator.0.weight'][3] += 0.5"
    run --separate-stderr "$GANTRAIN" sample --checkpoint "$file" --out x.idx
    [ "$status" -eq 0 ]
    says "warning: $file: wrong checksum of tensor \"generator.0.weight\" (expected "
    says "edited by another program, or damaged; its values are used"
    "$GANTRAIN" sample --checkpoint "$checkpoint" --out y.idx
    ! cmp -s x.idx y.idx # the edit counts
    run --separate-stderr "$GANTRAIN" evaluate --checkpoint "$file" --data "$BATS_FILE_TMPDIR/data" --count 100 \
        --metrics mean_distance
    says "warning: $file: wrong checksum of tensor"
    refuses 5 "damaged: wrong checksum of tensor" "$GANTRAIN" inspect --checkpoint "$file"
    refuses 5 "damaged: wrong checksum of tensor" "$GANTRAIN" --config "$TINY" --data "$BATS_FILE_TMPDIR/data" \
        --out new --resume-from "$file"
    run --separate-stderr "$GANTRAIN" --config "$TINY" --data data --out run --resume
    [ "$status" -eq 0 ]
    says "trying the checkpoint before it"
    cmp "$file" "$checkpoint"
}

@test "edited weights that are not finite, or of another shape: refused" {
    cp "$checkpoint" a.safetensors
    edit a.safetensors "tensors['generator.0.bias'][1] = float('nan')"
    refuses 5 'tensor "generator.0.bias" holds a value that is not finite (nan at 1)' \
        "$GANTRAIN" sample --checkpoint a.safetensors --out x.png
    cp "$checkpoint" a.safetensors
    alter a.safetensors "[32,16]" "[16,32]"
    refuses 5 'tensor "generator.0.weight" is [16, 32], expected [32, 16]' \
        "$GANTRAIN" sample --checkpoint a.safetensors --out x.png
    [ ! -e x.png ]
}

@test "latents that are not finite: the row, the column and the value" {
    python3 - <<'EOF'
import struct
values = [0.5] * (3 * 16)
def write(name):
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 16), }"
    header += b" " * (117 - len(header)) + b"\n"
    open(name, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<48f", *values))
write("good.npy")
values[2 * 16 + 5] = float("inf")
write("inf.npy")
values[1 * 16 + 15] = float("nan")
write("nan.npy")
EOF
    succeeds "$GANTRAIN" sample --checkpoint "$checkpoint" --latents good.npy --out x.idx
    rm x.idx
    refuses 4 "inf.npy: row 2, column 5 (from 0) is inf: expected finite numbers" \
        "$GANTRAIN" sample --checkpoint "$checkpoint" --latents inf.npy --out x.idx
    refuses 4 "nan.npy: row 1, column 15 (from 0) is nan" \
        "$GANTRAIN" sample --checkpoint "$checkpoint" --latents nan.npy --out x.idx
    [ ! -e x.idx ]
}
