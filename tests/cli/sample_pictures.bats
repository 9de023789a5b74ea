#!/usr/bin/env bats
# gantrain sample beyond one grid: seeds, files, walks, animations, real images, truncation.
load helpers
use_one_run

sample() {
    "$GANTRAIN" sample --checkpoint "$checkpoint" "$@"
}

same() { # FILE OPTIONS: any number of threads writes the same file
    local file=$1 threads
    shift
    for threads in 1 3; do
        sample "$@" --out "again-$threads.${file##*.}" --threads "$threads" >/dev/null
        cmp "$file" "again-$threads.${file##*.}"
    done
}

chunks() { # FILE: numbers of frames, fcTL and fdAT chunks of a PNG, and its distinct delays
    python3 - "$1" <<'END'
import struct, sys, zlib
data, at, names, delays, frames = open(sys.argv[1], "rb").read(), 8, [], set(), 1
while at < len(data):
    n, name = struct.unpack_from(">I4s", data, at)
    body = data[at + 8:at + 8 + n]
    assert zlib.crc32(name + body) == struct.unpack_from(">I", data, at + 8 + n)[0]
    names.append(name)
    if name == b"acTL":
        frames = struct.unpack(">II", body)[0]
    if name == b"fcTL":
        delay, unit = struct.unpack_from(">HH", body, 20)
        assert unit == 1000
        delays.add(delay)
    at += 12 + n
print(frames, names.count(b"fcTL"), names.count(b"fdAT"), *sorted(delays))
END
}

png_size() { # FILE
    python3 -c 'import struct, sys; print(*struct.unpack(">II", open(sys.argv[1], "rb").read()[16:24]))' "$1"
}

# ---- seeds and files -----------------------------------------------------------------------------

@test "--seeds: image i is the only image of seed i" {
    succeeds sample --seeds 5,2-4,5 --out all.idx --latents-out z.npy
    local i=0 seed
    for seed in 5 2 3 4 5; do
        sample --seed "$seed" --count 1 --out one.idx
        cmp <(tail -c +17 one.idx) <(tail -c +$((17 + 64 * i)) all.idx | head -c 64)
        i=$((i + 1))
    done
    [ "$(stat -c %s all.idx)" -eq $((16 + 5 * 64)) ]
    sample --latents z.npy --out again.idx
    cmp all.idx again.idx
    sample --seeds 1-10 --out ten.png
    [ "$(png_size ten.png)" = "42 32" ]
    same ten.png --seeds 1-10
}

@test "a folder gets one file per image" {
    succeeds sample --count 12 --out pictures/here/
    [ "$output" = pictures/here/ ]
    [ "$(ls pictures/here | wc -l)" -eq 12 ]
    [ "$(png_size pictures/here/image-0012.png)" = "8 8" ]
    sample --seeds 3,9 --out seeds/
    sample --seed 9 --count 1 --out one/
    cmp seeds/seed-9.png one/image-0001.png
    sample --count 1 --out '%s%n/'
    [ -f '%s%n/image-0001.png' ]
}

# ---- interpolation and walks -------------------------------------------------------------------------

@test "--interpolate-by: the same endpoints, another path" {
    sample --interpolate --grid 2x5 --out a.idx --latents-out a.npy
    sample --interpolate --interpolate-by slerp --grid 2x5 --out b.idx
    cmp a.idx b.idx
    sample --interpolate --interpolate-by lerp --grid 2x5 --out b.idx --latents-out b.npy
    python3 - a.npy b.npy <<'END'
import struct, sys
def rows(path):
    values = struct.unpack("<160f", open(path, "rb").read()[-640:])
    return [values[i * 16:i * 16 + 16] for i in range(10)]
a, b = rows(sys.argv[1]), rows(sys.argv[2])
for i in range(10):
    assert (a[i] == b[i]) == (i in (0, 4, 5, 9)), i
middle = [(x + y) / 2 for x, y in zip(b[0], b[4])]
assert max(abs(x - y) for x, y in zip(middle, b[2])) < 1e-6
END
}

@test "--walk: an animation of a grid, the same frames as files and as numbers" {
    succeeds sample --walk 3 --frames 7 --grid 2x2 --out walk.png
    [ "$(chunks walk.png)" = "7 7 6 40" ]
    [ "$(png_size walk.png)" = "22 22" ]
    same walk.png --walk 3 --frames 7 --grid 2x2
    sample --walk 3 --frames 7 --grid 2x2 --out frames/
    [ "$(ls frames | wc -l)" -eq 7 ]
    [ "$(png_size frames/image-0007.png)" = "22 22" ]
    sample --walk 3 --frames 7 --grid 2x2 --out walk.idx --latents-out z.npy
    [ "$(stat -c %s walk.idx)" -eq $((16 + 28 * 64)) ]
    sample --latents z.npy --out again.idx
    cmp walk.idx again.idx
    sample --count 12 --out drawn.idx # the first stop of every loop is one that is drawn
    local loop
    for loop in 0 1 2 3; do
        cmp <(tail -c +$((17 + 64 * 7 * loop)) walk.idx | head -c 64) \
            <(tail -c +$((17 + 64 * 3 * loop)) drawn.idx | head -c 64)
    done
    sample --walk 2 --out default.png --delay 100
    [ "$(chunks default.png)" = "24 24 23 100" ]
    [ "$(png_size default.png)" = "82 42" ]
}

@test "--walk --still: one row per loop" {
    succeeds sample --walk 2 --frames 5 --still --grid 3x1 --out still.png
    [ "$(png_size still.png)" = "52 32" ]
    [ "$(chunks still.png)" = "1 0 0" ]
    sample --walk 2 --frames 5 --grid 3x1 --out walk.idx --latents-out z.npy
    sample --latents z.npy --grid 3x5 --out grid.png
    cmp still.png grid.png
}

@test "--truncation: values are within the bounds, those within are unchanged" {
    sample --count 50 --out a.idx --latents-out a.npy
    succeeds sample --count 50 --truncation 0.7 --out b.idx --latents-out b.npy
    python3 - a.npy b.npy <<'END'
import struct, sys
a, b = (struct.unpack("<800f", open(p, "rb").read()[-3200:]) for p in sys.argv[1:])
assert max(map(abs, b)) <= 0.7 < max(map(abs, a))
assert all(x == y for x, y in zip(a, b) if abs(x) <= 0.7)
END
    sample --latents b.npy --out again.idx
    cmp b.idx again.idx
    sample --count 50 --truncation 100 --out all.idx
    cmp a.idx all.idx
    same b.idx --count 50 --truncation 0.7
}

# ---- with real images ------------------------------------------------------------------------------

@test "--beside-real: the generated grid, a line, and as many images of the data" {
    cd "$BATS_FILE_TMPDIR" # the run names its data by a relative path
    local here="$BATS_TEST_TMPDIR/here" data="$BATS_FILE_TMPDIR/data"
    succeeds sample --grid 3x4 --beside-real --out "$here/a.png"
    cd "$here"
    [ "$(png_size a.png)" = "42 68" ] # 6 rows, 7 gaps, 6 pixels of the rule
    succeeds sample --grid 3x4 --beside-real --data "$data" --out b.png
    cmp a.png b.png
    same b.png --grid 3x4 --beside-real --data "$data"
    sample --grid 3x4 --beside-real --data "$data" --seed 9 --out c.png
    run ! cmp -s b.png c.png
    refuses 4 "data/train-images-idx3-ubyte: no such file" sample --beside-real --out x.png
    make_data other --side 10
    refuses 4 "makes images of 1x8x8 values, the data have 1x10x10" sample --beside-real \
        --data other --out x.png
    refuses 2 "--beside-real, as many real images as samples: the data have 256 images, 300 are needed" sample --beside-real --count 300 \
        --data "$data" --out x.png
    [ ! -e x.png ]
}

@test "--nearest: distances match the images shown" {
    local data="$BATS_FILE_TMPDIR/data"
    succeeds sample --nearest 3 --count 5 --data "$data" --out near.png
    printf '%s\n' "$output" >table
    [ "$(png_size near.png)" = "48 52" ] # 4 columns, 5 rows, the rule
    sample --count 5 --out five.idx
    python3 - table five.idx "$data/train-images-idx3-ubyte" <<'END'
import sys
lines = open(sys.argv[1]).read().splitlines()
x, data = (open(p, "rb").read()[16:] for p in sys.argv[2:])
images = [data[i:i + 64] for i in range(0, len(data), 64)]
def distances(a):
    return [sum((p - q) ** 2 for p, q in zip(a, b)) ** 0.5 / 255 for b in images]
assert lines[0] == "near.png" and lines[1].split() == ["sample", "nearest", "distance"], lines
found = []
for i in range(5):
    sample, index, d = lines[2 + i].split()
    d_all = distances(x[64 * i:64 * i + 64])
    assert int(sample) == i + 1 and d_all.index(min(d_all)) == int(index)
    assert abs(min(d_all) - float(d)) < 6e-4
    found.append(min(d_all))
assert abs(sum(found) / 5 - float(lines[7].split()[-1])) < 6e-4
assert "256 images" in lines[7] and "of 5 of these images" in lines[8] and len(lines) == 9
END
    same near.png --nearest 3 --count 5 --data "$data"
    sample --nearest 1 --data "$data" --out ten.png | tail -n +3 | head -n -2 >ten
    [ "$(wc -l <ten)" -eq 10 ]
}

@test "--nearest finds the image that was copied" {
    mkdir copies
    sample --count 40 --out images.idx
    mv images.idx copies/train-images-idx3-ubyte
    sample --nearest 1 --count 40 --data copies --out near.png >table
    python3 - <<'END'
rows = [line.split() for line in open("table").read().splitlines()[2:42]]
assert all(distance == "0.000" for _, _, distance in rows), rows
END
}

@test "--nearest on few images names what they are too few for" {
    make_data few --side 8 --count 3
    make_data one --side 8 --count 1
    succeeds sample --nearest 3 --data few --out near.png
    [ "$(wc -l <<<"$output")" -eq 7 ] # three rows: no more samples than images by default
    refuses 2 "--nearest 4: the data have 3 images, 4 are needed" sample --nearest 4 --data few \
        --out x.png
    refuses 2 "--nearest, which compares with as many real images as samples: the data have 3 images" \
        sample --nearest 1 --count 4 --data few --out x.png
    refuses 2 "--nearest 4: the data have 1 image, 4 are needed" sample --nearest 4 --data one --out x.png
    refuses 2 "distances between real images: the data have 1 image, 2 are needed" sample --nearest 1 \
        --data one --out x.png
}

# ---- animation of a training ---------------------------------------------------------------------

animate_run() { # RUN
    "$GANTRAIN" sample --animate "$1" --out animation.png
}

@test "--animate: the pictures of a run, in order, the last one longer" {
    local run="$BATS_FILE_TMPDIR/run" n
    n=$(ls "$run"/samples/epoch-*.png | wc -l)
    [ "$n" -gt 1 ]
    snapshot "$run" >before
    succeeds animate_run "$run"
    [ "$output" = animation.png ]
    [ "$(chunks animation.png)" = "$n $n $((n - 1)) 400 2000" ]
    [ "$(png_size animation.png)" = "$(png_size "$(last_picture "$run")")" ]
    "$GANTRAIN" sample --animate "$run" --out again.png --threads 1 --delay 400
    cmp animation.png again.png
    snapshot "$run" | diff before -
    mkdir -p copy/samples
    cp "$run"/samples/epoch-0001.png copy/samples
    "$GANTRAIN" sample --animate copy --out one.png --delay 3000
    [ "$(chunks one.png)" = "1 1 0 3000" ]
}

@test "--animate: runs without pictures, or with damaged ones: exit 4" {
    refuses 4 "nowhere/samples: cannot be listed: No such file or directory: no pictures" animate_run nowhere
    mkdir -p empty/samples bad/samples
    refuses 4 "empty: no pictures: expected the folder of a run" animate_run empty
    local picture
    picture=$(last_picture "$BATS_FILE_TMPDIR/run")
    cp "$picture" bad/samples/epoch-0001.png
    head -c -1 "$picture" >bad/samples/epoch-0002.png
    refuses 4 "bad/samples/epoch-0002.png: truncated" animate_run bad
    sample --count 4 --out bad/samples/epoch-0002.png
    refuses 4 "epoch-0002.png: 22 x 22 pixels, grey: the pictures before it have" animate_run bad
    : >bad/samples/epoch-0001.png
    refuses 4 "epoch-0001.png: truncated" animate_run bad
    [ ! -e animation.png ]
    refuses 6 "/proc/x.png" "$GANTRAIN" sample --animate "$BATS_FILE_TMPDIR/run" --out /proc/x.png
}

# ---- errors -------------------------------------------------------------------------------------

@test "options that exclude each other" {
    local line
    while read -r line; do
        # shellcheck disable=SC2086
        refuses 2 "${line%%: *}" sample --out x.png ${line##*: }
    done <<'END'
--seeds names every image: --seeds 1-3 --count 3
--seeds names every image: --seeds 1-3 --seed 3
--seeds names every image: --seeds 1-3 --interpolate
--seeds names every image: --seeds 1-3 --walk 3
--seeds names every image: --seeds 1-3 --latents z.npy
--interpolate and --walk exclude each other: --interpolate --walk 3
--interpolate and --nearest exclude each other: --interpolate --nearest 3
--walk and --latents exclude each other: --walk 3 --latents z.npy
--walk and --nearest exclude each other: --walk 3 --nearest 3
--walk and --beside-real exclude each other: --walk 3 --beside-real
--walk fills its grid: --walk 3 --count 8
--truncation and --latents exclude each other: --truncation 1 --latents z.npy
--nearest makes a row of every image: --nearest 3 --grid 2x2
--nearest and --beside-real exclude each other: --nearest 3 --beside-real
--frames is an option of --walk: --frames 3
--still is an option of --walk: --still
--interpolate-by is an option of --interpolate and --walk: --interpolate-by lerp
--delay is an option of --walk and --animate: --delay 30
--data is an option of --beside-real and --nearest: --data data
--animate uses the pictures of a run: --animate run
END
    refuses 2 "it takes no options but --out, --delay and --threads" \
        "$GANTRAIN" sample --animate run --out x.png --walk 2
    [ -z "$(ls)" ]
}

@test "invalid values" {
    local text
    for text in "" , 1, ,1 1,,2 a 1-a -1 1- 5-3 1--3 "1, 2" +1 1.5 9007199254740993 99999999999999999; do
        refuses 2 "--seeds: expected integers and ranges such as 1,5,9-12, got \"$text\"" \
            sample --out x.png --seeds="$text"
    done
    refuses 2 "names more than 100000" sample --out x.png --seeds 0-100000
    refuses 2 "names more than 100000" sample --out x.png --seeds 1,0-9007199254740992
    for text in "" 0 0.01 -1 1e1 101 nan inf 0x1 1. .5 "1 " 1.5.5; do
        refuses 2 "--truncation: expected a number 0.05..100, got \"$text\"" \
            sample --out x.png --truncation "$text"
    done
    refuses 2 "--interpolate-by: expected slerp or lerp, got \"cubic\"" \
        sample --out x.png --interpolate --interpolate-by cubic
    refuses 2 "--walk: expected an integer 2..1000" sample --out x.png --walk 1
    refuses 2 "--frames: expected an integer 2..10000" sample --out x.png --walk 2 --frames 1
    refuses 2 "--delay: expected an integer 1..60000" sample --out x.png --walk 2 --delay 0
    refuses 2 "--nearest: expected an integer 1..32" sample --out x.png --nearest 33
    refuses 2 "samples: at most 10000000" sample --out x.idx --walk 2 --frames 10000 --grid 99x99
    refuses 2 "samples: at most 10000000" sample --out x.idx --walk 1000 --frames 2 --grid 999x999
    refuses 2 "an animation of 10000 frames of" sample --out x.png --walk 2 --frames 10000 --grid 99x99
    refuses 2 "at most 100000 are possible" sample --out x/ --count 100001
    local layout
    for layout in "--nearest 2" --beside-real; do
        # shellcheck disable=SC2086
        refuses 2 "ends in .png for this picture, got \"x.idx\"" sample --out x.idx $layout
    done
    refuses 2 "ends in .png, got \"x.idx\"" "$GANTRAIN" sample --animate run --out x.idx
    refuses 2 "--out is missing" "$GANTRAIN" sample --animate run
    [ -z "$(ls)" ]
}

@test "paths that cannot be written: exit 6" {
    refuses 6 "/proc/walk.png" sample --walk 2 --grid 1x1 --out /proc/walk.png
    refuses 6 "/proc/x" sample --count 2 --out /proc/x/
    : >file
    refuses 6 "file" sample --count 2 --out file/
    full() { # standard output that takes nothing
        sample --nearest 1 --data "$BATS_FILE_TMPDIR/data" --out near.png >/dev/full
    }
    refuses 6 "standard output: " full
    [ "$(ls)" = "$(printf 'file\nnear.png')" ]
}

@test "options for images with points" {
    cat >ring.json <<'END'
{ "data": { "kind": "ring" }, "train": { "steps": 2, "batch_size": 32 } }
END
    "$GANTRAIN" --config ring.json --out ring --quiet
    checkpoint=$(newest_checkpoint ring)
    refuses 2 "makes points, not images: write a .png, .csv or .npy file" sample --out x/
    refuses 2 "makes points, not images: write a plain .png, .csv or .npy file" sample --out x.png --walk 2
    refuses 2 "makes points, not images" sample --out x.png --nearest 2
    refuses 2 "makes points, not images" sample --out x.png --beside-real
    succeeds sample --seeds 1-20 --out x.npy --truncation 1
    succeeds sample --seeds 1-20 --out x.png
    succeeds animate_run ring
    [ "$(chunks animation.png)" = "1 1 0 2000" ]
}
