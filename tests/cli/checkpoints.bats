#!/usr/bin/env bats
# Checkpoints: which are kept, which can be resumed from, and how damaged ones are reported.
load helpers

change() { # FILE PYTHON: runs it with metadata (strings) and tensors {name: [values]}, then writes a well-formed file
    python3 - "$1" "$2" <<'END'
import json, struct, sys, zlib
path, change = sys.argv[1:]
whole = open(path, "rb").read()
n = int.from_bytes(whole[:8], "little")
header, data = json.loads(whole[8:8 + n]), whole[8 + n:]
metadata = header.pop("__metadata__")
tensors = {k: list(struct.unpack(f"<{(v['data_offsets'][1] - v['data_offsets'][0]) // 4}f",
                                 data[slice(*v["data_offsets"])])) for k, v in header.items()}
exec(change)
data = b"".join(struct.pack(f"<{len(v)}f", *v) for v in tensors.values())
if "tensor_crc32" in metadata:
    metadata["tensor_crc32"] = " ".join(
        f"{zlib.crc32(struct.pack(f'<{len(v)}f', *v)):08x}" for v in tensors.values())
if "crc32" in metadata:
    metadata["crc32"] = f"{zlib.crc32(data):08x}"
metadata["header_crc32"] = "00000000"
text = json.dumps({"__metadata__": metadata, **header}, separators=(",", ":")).encode()
text += b" " * (-(8 + len(text)) % 64)
start = struct.pack("<Q", len(text)) + text
start = start.replace(b'"header_crc32":"00000000"', b'"header_crc32":"%08x"' % zlib.crc32(start))
open(path, "wb").write(start + data)
END
}

flip_in() { # FILE TENSOR: flips one bit
    python3 - "$@" <<'END'
import json, sys
path, name = sys.argv[1:]
whole = bytearray(open(path, "rb").read())
n = int.from_bytes(whole[:8], "little")
whole[8 + n + json.loads(whole[8:8 + n])[name]["data_offsets"][0] + 5] ^= 4
open(path, "wb").write(whole)
END
}

# Changes the newest checkpoint of a run of 200 steps: --resume uses the one before it, and the final bytes are the same.
expect_fallback() { # PYTHON PHRASE
    rm -rf run && cp -r "$BATS_FILE_TMPDIR/run" run
    change "$(checkpoint_of run 150)" "$1"
    run --separate-stderr tiny --out run --resume
    [ "$status" -eq 0 ] || show
    says "gantrain: warning: $(checkpoint_of run 150): $2"
    says "trying the checkpoint before it: $(checkpoint_of run 100) (50 steps earlier)"
    says "resuming from step 100"
    cmp "$(checkpoint_of run 200)" "$(checkpoint_of "$BATS_FILE_TMPDIR/whole" 200)"
}

setup_file() {
    make_data "$BATS_FILE_TMPDIR/data" --side 8
    cd "$BATS_FILE_TMPDIR"
    tiny --out run --quiet --steps 150
    tiny --out whole --quiet --steps 200
    cp -r run wave # `change` without a change keeps the contents
    change "$(checkpoint_of wave 150)" "pass"
    tiny --out wave --quiet --steps 200 --resume 2>&1 | (! grep warning)
}

@test "CKP-03: the message about a flipped bit names its tensor" {
    cp -r "$BATS_FILE_TMPDIR/run" run
    flip_in "$(checkpoint_of run 150)" generator.0.weight
    run --separate-stderr tiny --out run --resume --steps 200
    [ "$status" -eq 0 ]
    says "warning: $(checkpoint_of run 150): damaged: wrong checksum of tensor \"generator.0.weight\""
}

@test "CKP-12: values that are not finite, squares that are negative: not resumed from, but inspect shows them" {
    expect_fallback "tensors['generator.0.weight'][3] = float('nan')" \
        'tensor "generator.0.weight" holds a value that is not finite (nan at 3)'
    expect_fallback "tensors['discriminator.0.bias'][0] = float('inf')" \
        'tensor "discriminator.0.bias" holds a value that is not finite (inf at 0)'
    expect_fallback "tensors['optimizer.generator.exp_avg_sq.0.weight'][7] = -1e-9" \
        'tensor "optimizer.generator.exp_avg_sq.0.weight" holds squares, but one is negative (-1e-09 at 7)'
    cp -r "$BATS_FILE_TMPDIR/run" other
    change "$(checkpoint_of other 150)" "tensors['optimizer.generator.exp_avg_sq.0.weight'][7] = -1"
    "$GANTRAIN" inspect --checkpoint "$(checkpoint_of other 150)" >/dev/null
    refuses 5 "holds squares" tiny --out new --resume-from "$(checkpoint_of other 150)"
    tiny --out sgd --quiet --steps 100 --set optimizer.generator.kind=sgd \
        --set optimizer.generator.momentum=0.5 # its momentum may be negative
    run --separate-stderr tiny --out sgd --steps 150 --resume --set optimizer.generator.kind=sgd \
        --set optimizer.generator.momentum=0.5
    [ "$status" -eq 0 ]
}

@test "CKP-15: a step that differs from the file name or is invalid" {
    expect_fallback "metadata['gantrain.step'] = '149'" \
        "holds the state of step 149: not what its name says"
    for step in -1 1e3 abc 999999999999999999; do
        expect_fallback "metadata['gantrain.step'] = '$step'" "\"gantrain.step\" is \"$step\""
    done
    cp "$(checkpoint_of "$BATS_FILE_TMPDIR/run" 100)" ckpt-00000099.safetensors
    refuses 5 "holds the state of step 100: not what its name says" \
        tiny --out new --resume-from ckpt-00000099.safetensors
    cp ckpt-00000099.safetensors anything.safetensors
    tiny --out new --quiet --resume-from anything.safetensors
}

@test "CKP-14: a newer format: the message names both versions, the checkpoint before it is not loaded" {
    cp -r "$BATS_FILE_TMPDIR/run" run
    change "$(checkpoint_of run 150)" "metadata['gantrain.format'] = '2'; metadata['gantrain.version'] = '9.8'"
    snapshot run >before
    refuses 5 "checkpoint format 2, written by gantrain 9.8: this is gantrain 0.1.0, which reads format 1" \
        tiny --out run --resume
    snapshot run | diff before -
}

@test "CKP-14: a checkpoint of version 0.1.0, without checksums of single tensors, can be resumed" {
    local old=$GANTRAIN_ROOT/tests/fixtures/checkpoint_0.1.0.safetensors
    cat >old.json <<'END'
{
  "data": { "kind": "idx", "dir": "data" },
  "generator": { "latent": 2, "ema": 0.9, "layers": [
    { "kind": "dense", "units": 3 }, "batch_norm", { "kind": "dense", "activation": "tanh" } ] },
  "discriminator": { "layers": [
    { "kind": "dense", "units": 3, "activation": "leaky_relu" }, { "kind": "dense", "units": 1 } ] },
  "train": { "steps": 20, "batch_size": 32 },
  "log": { "every_steps": 5 }
}
END
    run "$GANTRAIN" inspect --checkpoint "$old"
    [[ $output == *"checksums: verified" ]]
    run --separate-stderr "$GANTRAIN" --config old.json --out run --resume-from "$old"
    [ "$status" -eq 0 ]
    says "resuming from step 10"
    cp "$old" flipped && flip_in flipped generator.0.weight
    refuses 5 "wrong checksum of the data" "$GANTRAIN" --config old.json --out new --resume-from flipped
}

@test "CKP-13: weights without training state" {
    cp "$(checkpoint_of "$BATS_FILE_TMPDIR/run" 100)" weights.safetensors
    change weights.safetensors "metadata.clear(); metadata['format'] = 'pt'"
    refuses 5 "not a checkpoint of gantrain: no optimizer state, no step" \
        tiny --out new --resume-from weights.safetensors
}

@test "CKP-17: folders, links and FIFOs named like checkpoints are ignored" {
    cp -r "$BATS_FILE_TMPDIR/run" run
    mkdir run/checkpoints/ckpt-00000160.safetensors
    mkfifo run/checkpoints/ckpt-00000170.safetensors
    ln -s ckpt-00000100.safetensors run/checkpoints/ckpt-00000180.safetensors
    ln -s nowhere run/checkpoints/ckpt-00000190.safetensors
    run --separate-stderr timeout 60 "$GANTRAIN" --config "$TINY" --data data --out run --resume
    [ "$status" -eq 0 ]
    says "resuming from step 150"
    [ -d run/checkpoints/ckpt-00000160.safetensors ]
    [ -p run/checkpoints/ckpt-00000170.safetensors ]
    [ -L run/checkpoints/ckpt-00000190.safetensors ]
}

@test "CKP-22: all checkpoints damaged: exit 5 with each reason, nothing deleted" {
    cp -r "$BATS_FILE_TMPDIR/run" run
    flip_in "$(checkpoint_of run 150)" generator.0.weight
    : >"$(checkpoint_of run 100)"
    truncate -s -1 "$(checkpoint_of run 50)"
    snapshot run >before
    refuses 5 "none of its 3 checkpoints can be read" tiny --out run --resume
    says "$(checkpoint_of run 150): damaged: wrong checksum of tensor"
    says "$(checkpoint_of run 100): truncated: 0 bytes"
    says "$(checkpoint_of run 50): truncated: "
    snapshot run | diff before -
}

@test "checkpoint.keep_every keeps those steps besides the newest and the best" {
    tiny --out run --quiet --steps 100 --set checkpoint.every_steps=10 --set checkpoint.keep=2 \
        --set checkpoint.keep_every=40
    [ "$(ls run/checkpoints)" = "ckpt-00000040.safetensors
ckpt-00000080.safetensors
ckpt-00000090.safetensors
ckpt-00000100.safetensors" ]
    tiny --out plain --quiet --steps 100 --set checkpoint.every_steps=10 --set checkpoint.keep=2
    [ "$(ls plain/checkpoints)" = "ckpt-00000090.safetensors
ckpt-00000100.safetensors" ]
    [ "$(tail -c 4096 "$(checkpoint_of run 100)" | sha256sum)" = \
        "$(tail -c 4096 "$(checkpoint_of plain 100)" | sha256sum)" ]
}

@test "rotation does not count damaged checkpoints: two valid ones remain" {
    cp -r "$BATS_FILE_TMPDIR/run" run
    flip_in "$(checkpoint_of run 150)" generator.0.weight
    tiny --out run --quiet --resume --steps 160 --set checkpoint.every_steps=40 --set checkpoint.keep=2 2>stderr
    # the run continued from 100 and wrote 120 and 160; the damaged one does not count
    for step in 120 160; do
        "$GANTRAIN" inspect --checkpoint "$(checkpoint_of run $step)" >/dev/null
    done
    [ ! -e "$(checkpoint_of run 50)" ]
    cp -r "$BATS_FILE_TMPDIR/run" again
    flip_in "$(checkpoint_of again 150)" generator.0.weight
    tiny --out again --quiet --resume --steps 151 --set checkpoint.every_steps=1000 --set checkpoint.keep=2 2>stderr
    [ -s "$(checkpoint_of again 151)" ]
    [ -s "$(checkpoint_of again 100)" ] # the only other valid one
}

@test "inspect --run lists checkpoints as verified or damaged" {
    cp -r "$BATS_FILE_TMPDIR/run" run
    flip_in "$(checkpoint_of run 100)" generator.0.weight
    run --separate-stderr "$GANTRAIN" inspect --run run
    [ "$status" -eq 0 ]
    [[ $output == *"checkpoint of step 150: verified: $(checkpoint_of run 150)"* ]]
    [[ $output == *"checkpoint of step 100: damaged: $(checkpoint_of run 100): damaged: wrong checksum of tensor"* ]]
    "$GANTRAIN" inspect --run run --json | python3 -c '
import json, sys
c = json.load(sys.stdin)["checkpoints"]
assert [(k["step"], k["verified"], "damage" in k) for k in c] == \
    [(150, True, False), (100, False, True), (50, True, False)], c'
}

@test "resuming a finished run creates missing final files" {
    tiny --out run --quiet
    cp -r run whole
    rm run/report.html run/config.json "$(last_picture run)"
    run --separate-stderr tiny --out run --resume --quiet
    [ "$status" -eq 0 ] && [[ $output == *run/report.html* ]] || { show && return 1; }
    cmp run/config.json whole/config.json
    cmp "$(last_picture run)" "$(last_picture whole)"
    [ -s run/report.html ]
}

@test "a run without a checkpoint starts from step 0 with a message" {
    tiny --out run --quiet
    cp -r run whole
    rm run/checkpoints/*
    run --separate-stderr tiny --out run --resume --quiet
    [ "$status" -eq 0 ] && says "warning: run: holds a run but no checkpoint to resume from: starting at step 1"
    same_run run whole
}
