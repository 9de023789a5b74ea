#!/usr/bin/env bats
# gantrain sample: pictures and IDX files from a checkpoint.
load helpers
use_one_run

sample() {
    "$GANTRAIN" sample --checkpoint "$checkpoint" "$@"
}

png_size() { # FILE
    python3 -c 'import struct, sys; print(*struct.unpack(">II", open(sys.argv[1], "rb").read()[16:24]))' "$1"
}

@test "the default is a picture of 64 images" {
    run --separate-stderr sample --out out.png
    [ "$status" -eq 0 ]
    [ "$output" = out.png ]
    [ "$(png_size out.png)" = "82 82" ] # 8 x 8 tiles of 8 pixels, gaps of 2
}

@test "--count and --grid determine the size" {
    succeeds sample --out out.png --grid 3x5
    [ "$(png_size out.png)" = "52 32" ]
    succeeds sample --out out.png --count 3 --grid 2x2
    [ "$(png_size out.png)" = "22 22" ]
    succeeds sample --out out.png --count 1
    [ "$(png_size out.png)" = "12 12" ]
    succeeds sample --out out.png --count 7
    [ "$(png_size out.png)" = "32 32" ]
}

@test "an IDX file holds the count, the size and one byte per pixel" {
    succeeds sample --out out.idx --count 300
    python3 - out.idx <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
assert struct.unpack(">IIII", data[:16]) == (0x803, 300, 8, 8)
assert len(data) == 16 + 300 * 64
assert len(set(data[16:])) > 20, "flat images"
END
}

@test "an IDX file has no grid, so its count may be larger" {
    succeeds sample --out out.idx --count 100 --grid 2x2
    [ "$(stat -c %s out.idx)" -eq $((16 + 100 * 64)) ]
}

@test "--interpolate stays between its endpoints" {
    cd "$BATS_FILE_TMPDIR"
    tiny --out "$BATS_TEST_TMPDIR/line" --quiet --steps 1 --set generator.latent=1
    cd "$BATS_TEST_TMPDIR/here"
    checkpoint=$(newest_checkpoint "$BATS_TEST_TMPDIR/line")
    sample --interpolate --grid 16x5 --out walk.idx --latents-out z.npy
    python3 - z.npy <<'END'
import struct, sys
z = struct.unpack("<80f", open(sys.argv[1], "rb").read()[-320:])
rows = [z[i:i + 5] for i in range(0, 80, 5)]
assert any(row[0] * row[4] < 0 for row in rows)
for row in rows:
    assert row == tuple(sorted(row)) or row == tuple(sorted(row, reverse=True)), row
END
}

@test "an IDX file of samples can be trained on" {
    mkdir data
    sample --out data/train-images.idx --count 64
    mv data/train-images.idx data/train-images-idx3-ubyte
    succeeds tiny --out again --quiet --steps 2
}

@test "the seed selects the samples; the default is that of the run" {
    sample --out a.idx --count 5 --seed 7
    sample --out b.idx --count 5 --seed 7 --threads 1
    sample --out c.idx --count 5 --seed 8
    cmp a.idx b.idx
    run ! cmp -s a.idx c.idx
    sample --out own.png --grid 4x8
    cmp own.png "$(last_picture "$BATS_FILE_TMPDIR/run")"
}

@test "a larger count of a seed starts with the same images" {
    sample --out few.idx --count 5
    sample --out many.idx --count 100
    cmp <(tail -c +17 few.idx) <(tail -c +17 many.idx | head -c 320)
}

@test "a reference batch depends on the seed: the pictures of the run, the same ones first" {
    cat >config.json <<'END'
{
  "generator": { "latent": 16, "ema": 0.9, "layers": [
    { "kind": "dense", "units": 32, "bias": false }, "virtual_batch_norm", "relu",
    { "kind": "dense", "activation": "tanh" }] },
  "discriminator": { "layers": [{ "kind": "dense", "units": 1 }] },
  "train": { "steps": 20, "batch_size": 24 },
  "sample": { "rows": 4, "cols": 8 }
}
END
    "$GANTRAIN" --config config.json --data "$BATS_FILE_TMPDIR/data" --out run --quiet
    checkpoint=$(newest_checkpoint run)
    sample --out own.png --grid 4x8
    cmp own.png "$(last_picture run)"
    sample --out few.idx --count 5
    sample --out many.idx --count 100 --threads 1
    cmp <(tail -c +17 few.idx) <(tail -c +17 many.idx | head -c 320)
}

@test "latents written and read again give the same images" {
    sample --out a.idx --count 9 --seed 3 --latents-out z.npy
    sample --out b.idx --latents z.npy
    cmp a.idx b.idx
    sample --out b.idx --latents z.npy --latents-out again.npy
    cmp z.npy again.npy
    python3 - z.npy <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x93NUMPY\x01\x00"
n = struct.unpack_from("<H", data, 8)[0]
header = eval(data[10:10 + n].decode())
assert header == {"descr": "<f4", "fortran_order": False, "shape": (9, 16)}, header
assert len(data) == 10 + n + 9 * 16 * 4
END
}

@test "--interpolate keeps the endpoints of every row" {
    sample --interpolate --grid 2x9 --out walk.idx --latents-out z.npy
    sample --latents z.npy --out again.idx
    cmp walk.idx again.idx
    sample --count 18 --out plain.idx --latents-out ends.npy
    python3 - z.npy ends.npy <<'END'
import struct, sys
def rows(path):
    values = struct.unpack("<288f", open(path, "rb").read()[-288 * 4:])
    return [values[i * 16:i * 16 + 16] for i in range(18)]
walk, ends = rows(sys.argv[1]), rows(sys.argv[2])
for i in (0, 8, 9, 17):
    assert walk[i] == ends[i], i
steps = [sum((a - b) ** 2 for a, b in zip(walk[i], walk[i + 1])) ** 0.5 for i in range(8)]
assert max(steps) < 2 * min(steps), steps  # even steps
END
    succeeds sample --interpolate --out walk.png
}

@test "sampling changes nothing in the run" {
    snapshot "$BATS_FILE_TMPDIR/run" >before
    sample --out out.png
    snapshot "$BATS_FILE_TMPDIR/run" | diff before -
}

@test "invalid command lines" {
    refuses 2 "--out is missing" sample
    refuses 2 "--checkpoint is missing" "$GANTRAIN" sample --out x.png
    local name
    for name in x.jpg x png .png /; do
        refuses 2 "--out: expected a name that ends in .png, .idx, .npy or .csv, got \"$name\"" \
            sample --out "$name"
    done
    for count in 0 -1 1.5 10000001 ""; do
        refuses 2 "--count: expected an integer 1..10000000" sample --out x.idx --count "$count"
    done
    for grid in 8 8x x8 0x8 8x0 "+2x2" "2x 2" 2x2x2 2X2 12345x1 ""; do
        refuses 2 "--grid: expected ROWSxCOLUMNS" sample --out x.png --grid "$grid"
    done
    refuses 2 "--seed: expected" sample --out x.png --seed x
    refuses 2 "4 places: 100 images do not fit" sample --out x.png --count 100 --grid 2x2
    refuses 2 "too large" sample --out x.png --grid 9999x9999
    refuses 2 "too large" sample --out x.png --count 10000000
    refuses 2 "use --grid instead of --count" sample --out x.png --interpolate --count 3
    refuses 2 "at least 2 columns" sample --out x.png --interpolate --grid 3x1
    refuses 2 "has no inputs but the latent" sample --out x.png --class 3
    refuses 2 "has no inputs but the latent" sample --out x.png --labels-out y.idx
    refuses 2 "has no inputs but the latent" sample --out x.png --vary class
    refuses 5 "nowhere: cannot be opened" "$GANTRAIN" sample --checkpoint nowhere --out x.png --class 3
    [ -z "$(ls)" ]
}

@test "invalid latents" {
    sample --out a.idx --count 9 --latents-out z.npy
    refuses 2 "brings its own number" sample --out b.idx --latents z.npy --count 3
    refuses 2 "9 images do not fit" sample --out b.png --latents z.npy --grid 2x2
    refuses 4 "nowhere.npy: cannot be opened" sample --out b.idx --latents nowhere.npy
    refuses 4 "not a .npy file" sample --out b.idx --latents a.idx
    truncate -s -1 z.npy
    refuses 4 "z.npy: 575 bytes of data" sample --out b.idx --latents z.npy
    python3 - <<'END'
import struct
header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 15), }"
header += b" " * (117 - len(header)) + b"\n"
open("z15.npy", "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header + bytes(120))
END
    refuses 4 "this generator takes [N, 16]" sample --out b.idx --latents z15.npy
    [ ! -e b.idx ]
}

@test "invalid checkpoints: exit 5" {
    refuses 5 "nowhere: cannot be opened" "$GANTRAIN" sample --checkpoint nowhere --out x.png
    refuses 5 "is a folder" "$GANTRAIN" sample --checkpoint . --out x.png
    refuses 5 "not a regular file" "$GANTRAIN" sample --checkpoint /dev/zero --out x.png
    cp "$checkpoint" bad
    truncate -s -1 bad
    refuses 5 "bad: " "$GANTRAIN" sample --checkpoint bad --out x.png
    [ ! -e x.png ]
}

@test "paths that cannot be written: exit 6, no partial files" {
    refuses 6 "/proc/x.png" sample --out /proc/x.png
    refuses 6 "no/folder/x.idx" sample --out no/folder/x.idx
    refuses 6 "/proc/z.npy" sample --out x.png --latents-out /proc/z.npy
    [ -z "$(ls)" ]
}
