#!/usr/bin/env bats
# A training run: its files, its output, and reproducibility.
load helpers

@test "the run folder holds the documented files" {
    tiny --out run --quiet
    [ -s run/config.json ]
    [ -s run/metrics.jsonl ]
    [ -s run/samples/epoch-0001.png ]
    [ -s run/samples/epoch-0025.png ]
    [ "$(ls run/checkpoints)" = "ckpt-00000100.safetensors
ckpt-00000150.safetensors
ckpt-00000200.safetensors" ] # every 50 steps, the newest 3
    [ -z "$(find run -name '.tmp*')" ]
}

@test "config.json of a run reproduces it" {
    tiny --out run --quiet --seed 5 --set optimizer.generator.lr=5e-4
    "$GANTRAIN" --config run/config.json --out again --quiet
    same_run run again
    cmp run/config.json again/config.json
}

@test "another seed gives another run" {
    tiny --out one --quiet
    tiny --out two --quiet --seed 2
    run ! cmp -s "$(newest_checkpoint one)" "$(newest_checkpoint two)"
}

@test "the number of threads does not change the result" {
    make_data large --count 128
    local t options=(--steps 10 --batch-size 100 --set "generator.layers[0].units=300"
        --set "discriminator.layers[0].units=300")
    for t in 1 2 3 7; do
        data=large tiny --out "t$t" --quiet --threads "$t" "${options[@]}"
        same_run t1 "t$t"
    done
}

@test "every line of metrics.jsonl is an object with the documented keys" {
    tiny --out run --quiet
    python3 - run/metrics.jsonl <<'END'
import json, math, sys
keys = ["step", "epoch", "d_loss", "g_loss", "penalty", "slope", "d_real", "d_fake", "d_saturation",
        "d_grad_norm", "g_grad_norm", "d_update_ratio", "g_update_ratio", "seconds", "examples_per_s"]
rows = [json.loads(line) for line in open(sys.argv[1])]
assert [r["step"] for r in rows] == list(range(20, 201, 20)), rows
for r in rows:
    assert all(math.isfinite(r[k]) for k in keys), r
    assert 0 <= r["d_real"] <= 1 and 0 <= r["d_fake"] <= 1, r
    assert r["epoch"] == math.ceil(r["step"] * 32 / 256), r
END
}

@test "pictures are valid PNG files of the right size" {
    tiny --out run --quiet --steps 3
    python3 - run/samples/epoch-0001.png <<'END'
import struct, sys, zlib
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n"
at, chunks = 8, []
while at < len(data):
    n, kind = struct.unpack_from(">I4s", data, at)
    body = data[at + 8:at + 8 + n]
    assert struct.unpack_from(">I", data, at + 8 + n)[0] == zlib.crc32(kind + body)
    chunks.append((kind, body))
    at += 12 + n
assert chunks[-1] == (b"IEND", b"")
width, height, depth, colour = struct.unpack_from(">IIBB", chunks[0][1])
assert (width, height) == (8 * 8 + 9 * 2, 4 * 8 + 5 * 2), (width, height)
assert (depth, colour) == (8, 0)
pixels = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
assert len(pixels) == height * (width + 1)
assert len(set(pixels)) > 20, "a flat picture"
END
}

@test "colour images give colour pictures" {
    make_data colour --side 8 --count 64 --channels 3
    data=colour succeeds tiny --out run --quiet --steps 3
    [ "$(od -An -tu1 -j25 -N1 run/samples/epoch-0001.png)" -eq 2 ]
}

@test "stdout has the paths of the results and nothing else" {
    run --separate-stderr tiny --out run
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 3 ]
    [ "${lines[0]}" = run/samples/epoch-0025.png ]
    [ "${lines[1]}" = run/checkpoints/ckpt-00000200.safetensors ]
    [ "${lines[2]}" = run/report.html ]
    [ -s "${lines[0]}" ]
    [ -s "${lines[1]}" ]
    [ -s "${lines[2]}" ]
}

@test "progress in a pipe: plain lines, one per logging interval" {
    run --separate-stderr tiny --out run
    [[ $stderr != *$'\r'* && $stderr != *$'\e'* ]]
    [ "$(grep -c '^epoch .* step .* steps/s ETA .* D .* G ' <<<"$stderr")" -eq 10 ]
}

@test "the live line fits the terminal and uses its width; a legend stands before it" {
    needs_terminal
    local columns
    for columns in 30 40 80 120; do
        TERM=xterm python3 "$GANTRAIN_ROOT/tests/trust/in_terminal.py" $columns "$GANTRAIN" --config "$TINY" \
            --data data --out run --overwrite | tr '\r' '\n' | sed 's/\x1b\[K//' >shown
        [ "$(grep -c "^D, G: losses; acc: real and generated samples" shown)" -eq 1 ]
        grep "^epoch [0-9]" shown >lines
        run ! grep -E ".{$columns}" lines # a full line would move the cursor on
        grep -qE "^epoch 25/25 .*acc [0-9]+% [0-9]+%$" lines
    done
    grep -qE "^epoch 25/25 \[={20}\] step 200/200 [0-9]+ steps/s ETA 0m00s D .* G .* acc" lines
}

@test "progress on a terminal: one live line per epoch, or plain lines with --no-progress" {
    needs_terminal
    run script -qec "$GANTRAIN --config $TINY --data data --out live --steps 16" /dev/null
    [ "$status" -eq 0 ]
    [[ $output == *$'\r'"epoch 1/2 ["* ]]
    run script -qec "$GANTRAIN --config $TINY --data data --out plain --steps 20 --no-progress" \
        /dev/null
    [ "$status" -eq 0 ]
    [[ $output == *"step 20/20"* && $output != *$'\e'* ]]
}

@test "--quiet prints nothing without errors" {
    succeeds tiny --out run --quiet --steps 5
}

@test "the folder is runs/<name>, with the name of the config or of its file" {
    tiny --quiet --steps 2
    [ -s runs/tiny/config.json ]
    echo '{ "train": { "steps": 2, "batch_size": 8 } }' >mine-v1.2.json
    "$GANTRAIN" --config mine-v1.2.json --data data --quiet
    [ -s runs/mine-v1.2/config.json ]
}

@test "train by name is the same command" {
    tiny --out run --quiet --steps 5
    "$GANTRAIN" train --config "$TINY" --data data --out named --quiet --steps 5
    same_run run named
}

@test "--dry-run prints config and plan and writes nothing" {
    run --separate-stderr tiny --dry-run --steps 7
    [ "$status" -eq 0 ]
    python3 -c 'import json, sys; assert json.loads(sys.argv[1])["train"]["steps"] == 7' "$output"
    for word in parameters MiB FLOP "7 steps"; do
        says "$word"
    done
    [ "$(ls)" = data ]
}

@test "a run that diverges: exit 8, earlier checkpoints stay" {
    python3 - >deep.json <<'END'
import json
layer = {"kind": "dense", "units": 32, "activation": "leaky_relu"}
print(json.dumps({
    "discriminator": {"layers": 60 * [layer] + [{"kind": "dense", "units": 1}]},
    "optimizer": {"discriminator": {"kind": "adam", "lr": 10}},
    "train": {"steps": 300, "batch_size": 32, "recoveries": 0},
    "checkpoint": {"every_steps": 1}}))
END
    refuses 8 "diverged" "$GANTRAIN" --config deep.json --data data --out run
    "$GANTRAIN" inspect --checkpoint "$(newest_checkpoint run)"
    snapshot run/checkpoints >before
    refuses 8 "diverged" "$GANTRAIN" --config deep.json --data data --out run --resume
    snapshot run/checkpoints | diff before -
}

@test "a step longer than an epoch: a picture whenever a multiple of n epochs is passed" {
    tiny --out run --quiet --steps 5 --batch-size 128 --set discriminator.steps=5 \
        --set sample.every_epochs=4 # 2.5 epochs a step
    [ "$(ls run/samples)" = "epoch-0003.png
epoch-0008.png
epoch-0011.png" ]
}

@test "small data: defaults that the log names and config.json keeps, also in a study" {
    echo '{ "generator": { "latent": 4 } }' >few.json
    make_data few --side 8 --count 100
    run --separate-stderr "$GANTRAIN" few.json --data few --dry-run
    says "100 images, so other defaults: train.batch_size=64, train.epochs=2000, sample.every_epochs=100"
    run --separate-stderr "$GANTRAIN" few.json --data few --out run --steps 12
    says "100 images, so other defaults: train.batch_size=64, log.every_steps=1"
    [ "$(wc -l <run/metrics.jsonl)" -eq 12 ]
    grep -q '"batch_size": 64' run/config.json
    "$GANTRAIN" few.json --data few --out run --steps 14 --resume --quiet
    "$GANTRAIN" few.json --data few --out straight --steps 14 --quiet
    cmp run/config.json straight/config.json
    same_run run straight
    "$GANTRAIN" study few.json --set data.dir=few --set train.steps=3 --seeds 1 --vary penalty=none,r1 \
        --out D --quiet
    grep -q '"batch_size": 64' D/r1/1/config.json
    succeeds "$GANTRAIN" study few.json --set data.dir=few --set train.steps=3 --seeds 1 \
        --vary penalty=none,r1 --out D --quiet # finds its runs
    make_data many --side 8 --count 10000
    run --separate-stderr "$GANTRAIN" few.json --data many --dry-run
    [ "$status" -eq 0 ] && [[ $stderr != *"other defaults"* ]]
}

@test "the plan names the disk space of checkpoints" {
    run --separate-stderr tiny --dry-run
    says "of which 3 are kept, and one more while it is written (checkpoint.keep)"
}
