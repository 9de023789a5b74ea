#!/usr/bin/env bats
# Conditional GANs: training with labels, sampling by class.
load helpers

LAYERS='{
  "generator": { "latent": 8, "layers": [
    { "kind": "label", "units": 6 }, { "kind": "dense", "units": 16, "bias": false },
    { "kind": "batch_norm", "affine": false }, "class_scale", "leaky_relu",
    { "kind": "dense", "activation": "tanh" } ] },
  "discriminator": { "layers": [
    { "kind": "dense", "units": 16, "activation": "leaky_relu" },
    { "kind": "projection", "weight": "spectral_norm" } ] },
  "penalty": { "kind": "r1", "every": 2 },
  "data": { "kind": "idx", "dir": "data" },
  "train": { "steps": 12, "batch_size": 32 }, "checkpoint": { "every_steps": 4 } }'

conditional() { # [OPTIONS]
    printf '%s' "$LAYERS" >classes.json
    "$GANTRAIN" --config classes.json "$@"
}

tensors() { # FILE: a digest of everything but the metadata
    python3 - "$1" <<'END'
import hashlib, struct, sys
data = open(sys.argv[1], "rb").read()
print(hashlib.sha256(data[8 + struct.unpack("<Q", data[:8])[0]:]).hexdigest())
END
}

sample() {
    "$GANTRAIN" sample --checkpoint run/checkpoints/ckpt-00000012.safetensors "$@"
}

@test "the same bytes for any number of threads, and after a resume" {
    conditional --out run --threads 1 --quiet
    conditional --out two --threads 2 --quiet
    conditional --out stopped --steps 8 --quiet
    conditional --out stopped --resume --quiet
    for other in two stopped; do
        [ "$(tensors run/checkpoints/ckpt-00000012.safetensors)" = \
            "$(tensors $other/checkpoints/ckpt-00000012.safetensors)" ]
    done
    cmp run/samples/epoch-0002.png two/samples/epoch-0002.png
}

@test "several updates of the generator, accumulation, a relativistic objective" {
    for more in generator.steps=2 train.accumulate=2 objective=relativistic objective=feature_matching; do
        conditional --out run --overwrite --quiet --set "$more" --set generator.steps=2
        conditional --out two --overwrite --quiet --set "$more" --set generator.steps=2 --threads 1
        [ "$(tensors run/checkpoints/ckpt-00000012.safetensors)" = \
            "$(tensors two/checkpoints/ckpt-00000012.safetensors)" ]
    done
}

@test "sampling by class" {
    conditional --out run --quiet
    succeeds sample --class 3 --count 5 --out three.idx --labels-out three.labels
    [ "$(xxd -p three.labels)" = 00000801000000050303030303 ]
    succeeds sample --input class=3 --count 5 --out same.idx
    cmp three.idx same.idx
    succeeds sample --vary class --out vary.idx --labels-out vary.labels
    [ "$(xxd -p -l 20 vary.labels)" = 0000080100000050000102030405060708090001 ]
    succeeds sample --count 3 --out a.idx --latents-out z.npy
    succeeds sample --latents z.npy --out b.idx
    cmp a.idx b.idx
    succeeds sample --out grid.png # a class a row
    refuses 2 "expected an integer from 0 to 9" sample --class 10 --out x.png
    refuses 2 'no input "clas": expected "class" (0 to 9)' sample --input clas=1 --out x.png
    refuses 2 "expected NAME=VALUE" sample --input class --out x.png
    refuses 2 'no input "slant"' sample --vary slant --out x.png
}

@test "interpolation within a class" {
    conditional --out run --quiet
    succeeds sample --interpolate --class 3 --grid 2x5 --out a.npy --latents-out z.npy --labels-out a.labels
    [ "$(xxd -p a.labels)" = 000008010000000a03030303030303030303 ]
    succeeds sample --latents z.npy --class 3 --out b.npy # the same latents, one by one
    cmp a.npy b.npy
    succeeds sample --class 3 --count 10 --out c.npy # the ends of the rows are latents of the seed
    succeeds sample --latents z.npy --class 4 --out d.npy
    python3 - <<'END'
import struct
def rows(name):
    data = open(name, "rb").read()
    data = data[10 + struct.unpack("<H", data[8:10])[0]:]
    return [data[i * len(data) // 10:(i + 1) * len(data) // 10] for i in range(10)]
a, c, d = rows("a.npy"), rows("c.npy"), rows("d.npy")
assert all(a[i] == c[i] for i in (0, 4, 5, 9)) and not any(a[i] == c[i] for i in (1, 2, 3, 6, 7, 8))
assert not any(x == y for x, y in zip(a, d))
END
    succeeds sample --interpolate --grid 4x5 --out e.npy --labels-out e.labels # a class a row
    [ "$(xxd -p -s 8 -c 20 e.labels)" = 0000000000010101010102020202020303030303 ]
    refuses 2 'expected an integer 0..254, got "3,5"' sample --interpolate --class 3,5 --out x.png
    refuses 2 "as there is none between two: use --class instead of --vary" sample --interpolate --vary class --out x.png
}

@test "points know their mode" {
    cat >ring.json <<'END'
{ "data": { "kind": "ring", "count": 2000 },
  "generator": { "latent": 4, "layers": [ "label", { "kind": "dense", "units": 16, "activation": "relu" }, "dense" ] },
  "discriminator": { "layers": [ { "kind": "dense", "units": 16, "activation": "relu" }, "projection" ] },
  "train": { "steps": 20 } }
END
    "$GANTRAIN" --config ring.json --out ring --quiet
    refuses 2 "from 0 to 7" "$GANTRAIN" sample --checkpoint ring/checkpoints/ckpt-00000020.safetensors \
        --class 8 --out x.npy
}

@test "refused: data without labels, packing" {
    mkdir bare
    cp data/train-images-idx3-ubyte bare/
    refuses 3 "label reads the class of each sample, and the data have no labels" conditional --data bare --out run
    refuses 2 "discriminator.packing: a row of several samples has no single class" conditional --out run --set discriminator.packing=2
    [ ! -e run ]
    printf '%s' "$LAYERS" | sed 's/"discriminator": {/& "packing": 2, "steps": 0,/' >packed.json
    run "$GANTRAIN" --config packed.json --out run # with all other errors, before data are opened
    [ "$status" -eq 3 ]
    grep -q "packed.json:6:33: discriminator.packing: a row of several samples has no single class" <<<"$output"
    grep -q "packed.json:6:45: discriminator.steps: " <<<"$output"
}

@test "one class: the classifier of the scores still knows all of them" {
    make_data many --side 8 --count 600
    for classes in 0 1 ""; do
        data=many tiny --out "run$classes" --quiet --steps 30 --set evaluate.classifier=true \
            --set evaluate.samples=50 ${classes:+--set data.classes=$classes}
        "$GANTRAIN" evaluate --checkpoint "run$classes/checkpoints/best.safetensors" --count 50 >"out$classes"
        grep -o 'classifier [0-9a-f]*-[0-9]*' "out$classes" >"id$classes"
    done
    cmp id id0
    cmp id id1
}

scored() { # OUT [OPTIONS]: with a classifier, evaluated after every epoch
    conditional --data many --quiet --set evaluate.classifier=true --set evaluate.samples=50 --set log.every_steps=1 \
        --set evaluate.every_epochs=1 --set checkpoint.every_steps=20 --steps 60 --out "$@"
}

@test "the report shows the confusion matrix of the last evaluation" {
    make_data many --side 8 --count 600
    scored run
    python3 - <<'END'
import json
rows = [json.loads(line) for line in open("run/confusion.jsonl")]
scores = {r["step"]: r["label_agreement"] for r in map(json.loads, open("run/metrics.jsonl")) if "label_agreement" in r}
assert [r["step"] for r in rows] == list(scores) and len(rows) > 2
for r in rows:
    n = r["count"]
    assert len(n) == 10 and [sum(row) for row in n] == [5] * 10, n
    assert abs(sum(n[k][k] for k in range(10)) / 50 - scores[r["step"]]) < 1e-6
page = open("run/report.html").read()
assert page.count('<section id="confusion"') == 1 and page.count('<td class="s') == 100
assert f"of 50 samples, {100 * scores[60]:.2f} % are assigned" in page
END
    cp run/report.html first.html
    "$GANTRAIN" report run
    cmp run/report.html first.html
}

@test "confusion matrices: a resume truncates them, a report does without" {
    make_data many --side 8 --count 600
    scored run
    cp -r run stopped
    rm stopped/checkpoints/ckpt-0000006*
    printf '{"step": 61, "torn' >>stopped/confusion.jsonl
    scored stopped --resume
    cmp run/confusion.jsonl stopped/confusion.jsonl
    local damaged
    for damaged in '[1]' '{"step": 1, "count": []}' '{"step": 1, "count": [[1, 2], [3]]}' \
        '{"step": 1, "count": [[1]], "names": ["a", "b"]}' '{"step": 1, "count": [["1"]]}'; do
        echo "$damaged" >>run/confusion.jsonl
        "$GANTRAIN" report run
        grep -q "confusion.jsonl: its last line is no confusion matrix: skipped" run/report.html
    done
    echo '{"step": 1, "count": [[3, 1], [0, 2]], "names": ["<b>", "c"]}' >>run/confusion.jsonl
    "$GANTRAIN" report run
    grep -qF '<th scope="col">&lt;b&gt;</th><th scope="col">c</th>' run/report.html
    : >run/confusion.jsonl
    "$GANTRAIN" report run
    rm run/confusion.jsonl
    "$GANTRAIN" report run
    run grep -c 'id="confusion"\|class="missing"' run/report.html
    [ "$output" = 0 ]
    scored run --overwrite
    [ "$(wc -l <run/confusion.jsonl)" = "$(wc -l <stopped/confusion.jsonl)" ]
}
