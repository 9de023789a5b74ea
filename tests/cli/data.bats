#!/usr/bin/env bats
# Data sets: which files are found, and errors for invalid ones (exit 4).
load helpers

images=train-images-idx3-ubyte
labels=train-labels-idx1-ubyte

setup() { # a copy of the data for tests to damage
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    cp -r "$BATS_FILE_TMPDIR/data" data
}

expect_data_error() { # PHRASE
    refuses 4 "$1" tiny --out run
    [ ! -e run ]
}

write_idx() { # FILE TYPE BYTES EXTENT...: a header and BYTES zeros
    python3 - "$@" <<'END'
import struct, sys
path, kind, n, *extents = sys.argv[1:]
head = struct.pack(f">HBB{len(extents)}I", 0, int(kind), len(extents), *map(int, extents))
open(path, "wb").write(head + bytes(int(n)))
END
}

@test "missing data: the message has the path and the download command" {
    data=no/where refuses 4 "no/where/$images: no such file" tiny
    says "scripts/get-data.sh mnist no/where"
    for data in fashion no/fashion no/fashion/; do
        refuses 4 "to fetch it: scripts/get-data.sh fashion $data" tiny
    done
    data=no/oldfashion refuses 4 "to fetch it: scripts/get-data.sh mnist no/oldfashion" tiny
    data="no/where" refuses 4 "no/where/t10k-images-idx3-ubyte" tiny --set data.split=test
    [ -x "$GANTRAIN_ROOT/scripts/get-data.sh" ]
}

@test "a folder without permission is not reported as missing" {
    [ "$(id -u)" -ne 0 ] || skip "root ignores permissions"
    chmod 000 data
    expect_data_error "data/$images: cannot be opened: Permission denied"
}

@test "gzipped files: the same run, byte for byte" {
    tiny --out plain --quiet
    gzip data/*
    tiny --out zipped --quiet
    same_run plain zipped
    gunzip data/*labels*
    tiny --out mixed --quiet
    same_run plain mixed
}

@test "gzip is recognised by content, not by name" {
    tiny --out plain --quiet --steps 9
    gzip -c "data/$images" >packed && mv packed "data/$images"
    tiny --out packed --quiet --steps 9
    same_run plain packed
    gunzip -c <"data/$images" >"data/$images.gz" && rm "data/$images"
    tiny --out unpacked --quiet --steps 9
    same_run plain unpacked
}

@test "the test images, and training without labels" {
    rm "data/$labels"
    succeeds tiny --out run --quiet --steps 2
    run --separate-stderr tiny --dry-run --set data.split=test
    says "64 samples of 1x8x8"
}

@test "damaged images: exit 4, the byte offset, no run folder" {
    truncate -s 1000 "data/$images"
    expect_data_error "data/$images: byte 1000: truncated: the header promises 16384 bytes"
    truncate -s 7 "data/$images"
    expect_data_error "byte 7: truncated: it ends inside the header"
    truncate -s 0 "data/$images"
    expect_data_error "the file is empty"
    cp "data/$labels" "data/$images"
    expect_data_error "this is an IDX label file"
    cp "$BATS_FILE_TMPDIR/data/$images" data && echo >>"data/$images"
    expect_data_error "continues after the 16384 bytes its header promises"
    echo '<html>404</html>' >"data/$images"
    expect_data_error "this is an HTML page: the download went wrong"
}

@test "damaged labels" {
    truncate -s 100 "data/$labels"
    expect_data_error "data/$labels: byte 100: truncated"
    write_idx "data/$labels" 8 255 255
    expect_data_error "255 labels for 256 images"
    cp "data/$images" "data/$labels"
    expect_data_error "this is an IDX image file"
}

@test "damaged gzip" {
    gzip "data/$images"
    cp "data/$images.gz" good
    truncate -s 3000 "data/$images.gz"
    expect_data_error "data/$images.gz: byte 3000: truncated"
    truncate -s -4 good && cp good "data/$images.gz"
    expect_data_error "data/$images.gz: "
}

@test "impossible headers" {
    write_idx "data/$images" 8 100 65536 65536 1
    expect_data_error "truncated: the header promises 4294967296 bytes"
    write_idx "data/$images" 8 100 4294967295 4294967295 4294967295
    expect_data_error "impossible"
    write_idx "data/$images" 8 0 0 28 28
    expect_data_error "promises 0 items"
    write_idx "data/$images" 13 63 4 2 2
    expect_data_error "promises 64 bytes of data (4 x 2 x 2 of float32), there are 63"
    write_idx "data/$images" 8 16 67108864 33554432 33554432
    expect_data_error "wrong byte order (little-endian): found 67108864 x 33554432 x 33554432 for 4 x 2 x 2"
    write_idx "data/$images" 8 25000000 1 5000 5000
    expect_data_error "1 images of 25000000 values"
    rm "data/$labels"
    write_idx "data/$images" 8 512 4 2 8 8
    expect_data_error "4 x 2 x 8 x 8: expected 1, 3 or 4 channels, as N x H x W x C or N x C x H x W"
}

@test "folders, FIFOs and link loops instead of files" {
    rm "data/$images" && mkdir "data/$images"
    expect_data_error "is a folder"
    rmdir "data/$images" && mkfifo "data/$images"
    expect_data_error "not a regular file"
    rm "data/$images" && ln -s "$images" "data/$images"
    expect_data_error "data/$images"
    data=data/$labels refuses 4 "data/$labels: an IDX file: name its folder" tiny
}
