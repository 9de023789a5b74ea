#!/usr/bin/env bats
# Warm starts: a new run that begins with the weights of a file (--init-from, init_from).
load helpers

setup_file() {
    make_data "$BATS_FILE_TMPDIR/data" --side 8
    cd "$BATS_FILE_TMPDIR"
    tiny --out old --quiet
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    ln -s "$BATS_FILE_TMPDIR/data" data
    ln -s "$BATS_FILE_TMPDIR/old" old
    source=$(checkpoint_of old 200)
}

# Compares tensors of two checkpoints: same or other.
tensors() { # same|other PREFIX FILE FILE
    python3 - "$@" <<'EOF'
import json, sys
def read(path):
    whole = open(path, "rb").read()
    n = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8:8 + n])
    return {k: whole[8 + n:][slice(*v["data_offsets"])] for k, v in header.items() if k != "__metadata__"}
want, prefix, *paths = sys.argv[1:]
a, b = ({k: v for k, v in read(p).items() if k.startswith(prefix)} for p in paths)
assert a and a.keys() == b.keys(), (a.keys(), b.keys())
differ = [k for k in a if a[k] != b[k]]
assert (not differ) if want == "same" else differ, differ or "all equal"
EOF
}

# A plain safetensors file, as PyTorch's users write it: no metadata of gantrain, float32 or float64.
plain() { # FROM TO PYTHON: with tensors {name: (shape, [values])}
    python3 - "$@" <<'EOF'
import json, math, struct, sys
source, target, change = sys.argv[1:]
whole = open(source, "rb").read()
n = int.from_bytes(whole[:8], "little")
header, data = json.loads(whole[8:8 + n]), whole[8 + n:]
tensors = {k: (v["shape"], list(struct.unpack(f"<{math.prod(v['shape'])}f", data[slice(*v["data_offsets"])])))
           for k, v in header.items() if k.startswith(("generator.", "discriminator."))}
kind = "f"
exec(change)
entries, blob = {}, b""
for k, (shape, values) in tensors.items():
    raw = struct.pack(f"<{len(values)}{kind}", *values)
    entries[k] = {"dtype": "F32" if kind == "f" else "F64", "shape": shape, "data_offsets": [len(blob), len(blob) + len(raw)]}
    blob += raw
text = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
text += b" " * (3 - len(text) % 3)  # data need not be aligned
open(target, "wb").write(struct.pack("<Q", len(text)) + text + blob)
EOF
}

@test "a lower rate after a run: refused with the command of a warm start, which works" {
    snapshot old/ >before
    refuses 5 "optimizer.generator.lr: 1e-05 now, 0.001 in the checkpoint" \
        tiny --out old --resume --set optimizer.generator.lr=1e-5 --epochs 30
    ! grep -q -- --overwrite <<<"$stderr"
    says "to begin a new run with its weights: gantrain --config $TINY --data data --set optimizer.generator.lr=1e-5"
    local command
    command=$(sed -n 's/.*with its weights: gantrain //p' <<<"$stderr")
    bash -c "'$GANTRAIN' $command" >out 2>err
    [ -s old-2/checkpoints/ckpt-00000240.safetensors ]
    grep -q "generator: 4 tensors of $source, its moving average, optimizer state (adam, 200 updates)" err
    tensors same "" "$source" "$(checkpoint_of old-2 0)"
    snapshot old/ | diff before -
}

@test "other refusals of --resume and --resume-from never advise to delete" {
    refuses 5 "belongs to another config" tiny --out old --resume --seed 2
    ! grep -q -- --overwrite <<<"$stderr"
    refuses 5 "belongs to another config" tiny --out "new folder" --resume-from "$source" --batch-size 16
    says "--init-from $source --out 'new folder'"
    refuses 6 "--resume to continue it, another --out to keep it, or --overwrite to delete it" tiny --out old
}

@test "every key may change but the shapes of the nets" {
    tiny --out new --quiet --init-from "$source" --steps 20 --batch-size 16 --seed 9 \
        --set objective.kind=least_squares --set penalty.kind=r2 --set discriminator.steps=3 \
        --set train.accumulate=2 --set optimizer.discriminator.kind=sgd --set generator.ema=0 \
        --set optimizer.generator.schedule=cosine
    tensors same generator. "$source" "$(checkpoint_of new 0)"
    tensors same discriminator. "$source" "$(checkpoint_of new 0)"
    tensors other generator. "$source" "$(checkpoint_of new 20)"
}

@test "a resumed warm run needs its source no more, and ends with the same bytes" {
    cp "$source" start.safetensors
    local args=(--init-from start.safetensors --set optimizer.generator.lr=1e-5 --quiet)
    tiny --out whole --steps 160 --threads 2 "${args[@]}"
    tiny --out run --steps 80 --threads 1 "${args[@]}"
    cp -r run at_0 # as if killed before the first scheduled checkpoint
    rm at_0/checkpoints/ckpt-000000{5,8}0.safetensors at_0/metrics.jsonl at_0/samples/*
    rm start.safetensors
    tiny --out run --steps 160 --threads 3 --resume "${args[@]}"
    same_run whole run
    cmp whole/config.json run/config.json
    tiny --out at_0 --steps 160 --resume --set optimizer.generator.lr=1e-5 --quiet # without --init-from
    same_run whole at_0
    cmp whole/config.json at_0/config.json
    [ "$(ls whole/checkpoints | head -n 1)" = ckpt-00000000.safetensors ]
}

@test "--init-from with --resume: starts once, continues afterwards" {
    for steps in 30 60; do
        tiny --out run --init-from "$source" --resume --steps "$steps" 2>stderr
    done
    grep -q "resuming from step 30" stderr
    ! grep -q "tensors of" stderr
    refuses 2 "--resume-from and --init-from exclude each other" tiny --resume-from "$source" --init-from "$source"
    run --separate-stderr tiny --out run --init-from elsewhere --resume --steps 70
    [ "$status" -eq 0 ]
    says "warning: init_from: elsewhere is not read: the resumed run began with $source"
}

@test "one of the nets" {
    tiny --out g --quiet --init-from "$source" --set init_from.players=generator --steps 1
    tensors same generator "$source" "$(checkpoint_of g 0)"
    tensors other discriminator.0.weight "$source" "$(checkpoint_of g 0)"
    tensors same optimizer.generator "$source" "$(checkpoint_of g 0)"
    tiny --out d --init-from "$source" --set init_from.players=discriminator --steps 1 2>stderr
    grep -q '^generator: new$' stderr
    tensors other generator.0.weight "$source" "$(checkpoint_of d 0)"
    tensors same discriminator "$source" "$(checkpoint_of d 0)"
    tiny --out cold --quiet --steps 1
    tensors same generator.0 "$(checkpoint_of d 1)" "$(checkpoint_of d 1)"
}

@test "optimizer state: taken where kind, names and shapes fit, and only then" {
    tiny --out sgd --init-from "$source" --steps 1 --set optimizer.generator.kind=sgd 2>stderr
    grep -q 'generator: .* optimizer state new (it is of another optimizer)' stderr
    grep -q 'discriminator: .* optimizer state (adam, 200 updates)' stderr
    tiny --out mean --init-from "$source" --steps 1 --set optimizer.generator.historical_averaging=0.1 2>stderr
    grep -q 'generator: .* optimizer state new (it does not fit)' stderr
    tiny --out off --init-from "$source" --steps 1 --set init_from.optimizer=false 2>stderr
    grep -q 'discriminator: .* optimizer state new (init_from.optimizer is false)' stderr
    tensors other optimizer.generator "$source" "$(checkpoint_of off 0)"
    # the updates count on, also after a resume
    tiny --out twice --quiet --init-from "$(checkpoint_of sgd 1)" --steps 1
    "$GANTRAIN" inspect --checkpoint "$(checkpoint_of twice 1)" | grep -q 't_discriminator 202'
}

@test "tensors of PyTorch: float32 or float64, without metadata, in any order" {
    plain "$source" pt.safetensors 'tensors = dict(reversed(tensors.items()))'
    plain "$source" wide.safetensors 'kind = "d"'
    plain "$source" g.safetensors 'tensors = {k: v for k, v in tensors.items() if k.startswith("generator.")}'
    tiny --out ours --quiet --init-from "$source" --set init_from.optimizer=false --set generator.ema=0 --steps 30
    for file in pt wide; do
        tiny --out "$file" --init-from "$file.safetensors" --set generator.ema=0 --steps 30 2>stderr
        grep -q "generator: 4 tensors of $file.safetensors, optimizer state new (the file has none)" stderr
        tensors same "" "$(checkpoint_of ours 30)" "$(checkpoint_of "$file" 30)"
    done
    tiny --out average --init-from pt.safetensors --steps 1 2>stderr
    grep -q 'moving average new' stderr
    refuses 5 "g.safetensors: has no tensors of the discriminator" tiny --out x --init-from g.safetensors
    says "init_from.players=generator takes the generator alone"
    tiny --out g --quiet --init-from g.safetensors --set init_from.players=generator --steps 1
    tensors same generator. "$source" "$(checkpoint_of g 0)"
    [ ! -e x ]
}

@test "tensors that do not fit: every one with what was found and expected, and no run folder" {
    refuses 5 "$source: tensor \"generator.0.weight\" is F32 [32, 16], expected F32 or F64 [40, 16]" \
        tiny --out x --init-from "$source" --set generator.layers[0].units=40
    says 'tensor "generator.0.bias" is F32 [32], expected F32 or F64 [40]'
    says 'tensor "generator_ema.2.weight" is F32 [64, 32]'
    plain "$source" less.safetensors 'del tensors["discriminator.3.bias"]'
    refuses 5 'less.safetensors: tensor "discriminator.3.bias" is missing, expected [1]' \
        tiny --out x --init-from less.safetensors
    says "init_from.players=generator takes the generator alone"
    plain "$source" more.safetensors 'tensors["generator.7.weight"] = ([1], [0.5])'
    refuses 5 'has tensor "generator.7.weight", which this generator lacks' tiny --out x --init-from more.safetensors
    plain "$source" nan.safetensors 'tensors["generator.0.bias"][1][2] = math.nan'
    refuses 5 'tensor "generator.0.bias" holds a value that is not finite (nan at 2)' \
        tiny --out x --init-from nan.safetensors
    refuses 5 'nowhere: cannot be opened' tiny --out x --init-from nowhere
    refuses 5 "expected a checkpoint in it, such as the newest, $source" tiny --out x --init-from old
    refuses 5 'data/train-images-idx3-ubyte: not a safetensors file: this is an IDX file' \
        tiny --out x --init-from data/train-images-idx3-ubyte
    refuses 5 '[40, 16]' tiny --dry-run --init-from "$source" --set generator.layers[0].units=40
    refuses 2 'empty' tiny --out x --init-from '' || refuses 2 'got nothing' tiny --out x --init-from ''
    refuses 3 'unknown player "D"' "$GANTRAIN" --config <(echo '{"init_from": {"players": "D"}}') || true
    [ ! -e x ]
}

@test "spectral norm, batch norm, virtual batch norm: their arrays come along, missing statistics begin new" {
    cat >norms.json <<'EOF'
{
  "data": { "kind": "idx", "dir": "data" },
  "generator": { "latent": 8, "ema": 0.9, "layers": [
    { "kind": "dense", "units": 24 }, "batch_norm", "relu",
    { "kind": "dense", "units": 16 }, "virtual_batch_norm", "relu", { "kind": "dense", "activation": "tanh" }] },
  "discriminator": { "layers": [
    { "kind": "dense", "units": 16, "weight": "spectral_norm", "activation": "leaky_relu" },
    { "kind": "dense", "units": 1, "weight": "spectral_norm" }] },
  "train": { "batch_size": 32, "steps": 40, "accumulate": 2 },
  "checkpoint": { "every_steps": 10 },
  "log": { "every_steps": 5 }
}
EOF
    norms() { "$GANTRAIN" --config norms.json --quiet "$@"; }
    norms --out a
    norms --out b --init-from "$(checkpoint_of a 40)" --threads 2
    tensors same "" "$(checkpoint_of a 40)" "$(checkpoint_of b 0)"
    "$GANTRAIN" inspect --checkpoint "$(checkpoint_of b 0)" >tensors
    grep -q generator.1.running_mean tensors
    norms --out c --init-from "$(checkpoint_of a 40)" --steps 15 --threads 1
    norms --out c --resume --steps 40 --threads 3
    same_run b c
    plain "$(checkpoint_of a 40)" pt.safetensors 'tensors = {k: v for k, v in tensors.items() if "running" not in k and "weight_u" not in k and "weight_v" not in k}
tensors["generator.1.num_batches_tracked"] = ([], [3.0])'
    "$GANTRAIN" --config norms.json --out d --init-from pt.safetensors --steps 1 2>stderr
    grep -q 'generator: .* new (not in the file)' stderr
    tensors same discriminator.0.weight_orig "$(checkpoint_of a 40)" "$(checkpoint_of d 0)"
}

@test "edited weights begin a run with a warning" {
    cp "$source" edited.safetensors
    python3 - <<'EOF'
import json
whole = bytearray(open("edited.safetensors", "rb").read())
n = int.from_bytes(whole[:8], "little")
at = 8 + n + json.loads(whole[8:8 + n])["generator.0.weight"]["data_offsets"][0]
whole[at] ^= 8
open("edited.safetensors", "wb").write(whole)
EOF
    run --separate-stderr tiny --out new --quiet --init-from edited.safetensors --steps 1
    [ "$status" -eq 0 ]
    says 'warning: edited.safetensors: wrong checksum of tensor "generator.0.weight"'
}

@test "a divergence goes back to the weights of the file, also in a run that is interrupted" {
    cat >wild.json <<'EOF'
{
  "objective": "wasserstein",
  "optimizer": { "generator": { "kind": "sgd", "lr": 0.1 }, "discriminator": { "kind": "sgd", "lr": 0.1 } },
  "train": { "batch_size": 32, "recoveries": 30 },
  "checkpoint": { "every_steps": 50, "keep": 1 },
  "log": { "every_steps": 5 }
}
EOF
    wild() { "$GANTRAIN" --config wild.json --data data --quiet "$@"; }
    wild --out calm --set optimizer.generator.lr=1e-4 --set optimizer.discriminator.lr=1e-4 --steps 5
    wild --out whole --init-from "$(checkpoint_of calm 5)" --steps 60 2>stderr
    grep -q 'rolling back from step [0-9]* to step 0, learning rates times 0.5' stderr
    for steps in 4 25 60; do
        wild --out run --init-from "$(checkpoint_of calm 5)" --resume --steps "$steps" 2>/dev/null
    done
    cmp "$(newest_checkpoint whole)" "$(newest_checkpoint run)"
    tensors same generator. "$(checkpoint_of calm 5)" "$(checkpoint_of whole 0)" # keep=1 keeps the beginning
    [ "$(ls whole/checkpoints | tr '\n' ' ')" = "ckpt-00000000.safetensors ckpt-00000050.safetensors ckpt-00000060.safetensors " ]
}

@test "the origin is recorded: config.json, inspect, report; another file of that name is refused" {
    cp "$source" start.safetensors
    tiny --out new --quiet --init-from start.safetensors --steps 20
    crc=$(python3 -c "import zlib; print(f'{zlib.crc32(open(\"start.safetensors\", \"rb\").read()):08x}')")
    grep -q "\"crc32\": \"$crc\"" new/config.json
    "$GANTRAIN" inspect --run new | grep -q "began with the weights of start.safetensors (both, crc32 $crc)"
    "$GANTRAIN" inspect --checkpoint "$(checkpoint_of new 20)" | grep -q "began with the weights of start.safetensors"
    "$GANTRAIN" inspect --json --checkpoint "$(checkpoint_of new 20)" | grep -q '"init_from": "start.safetensors"'
    grep -q "Began with the weights of</dt><dd>file start.safetensors" new/report.html
    ! grep -q "Began with" old/report.html
    "$GANTRAIN" --config new/config.json --out again --quiet # the same run from its config
    same_run new again
    cp "$(checkpoint_of old 150)" start.safetensors
    refuses 5 "start.safetensors: another file than the recorded one (init_from.crc32 is $crc" \
        "$GANTRAIN" --config new/config.json --out more
    "$GANTRAIN" --config new/config.json --out more --quiet --init-from start.safetensors
}

@test "--overwrite does not delete the file that the run begins with" {
    cp -r "$BATS_FILE_TMPDIR/old" mine
    snapshot mine >before
    refuses 2 "is in the run folder mine, which --overwrite clears: use another --out" \
        tiny --out mine --overwrite --init-from "$(checkpoint_of mine 200)"
    snapshot mine | diff before -
}

@test "--dry-run checks the file and says what it takes" {
    tiny --dry-run --init-from "$source" >out 2>stderr
    grep -q "generator: 4 tensors of $source" stderr
    grep -q '"file": "old/checkpoints/ckpt-00000200.safetensors"' out
}

@test "a study of warm runs resumes its runs" {
    study() { "$GANTRAIN" study --config "$TINY" --set data.dir="$PWD/data" --set train.steps=20 --seeds 1-2 --out D "$@"; }
    study --set init_from.file="$(realpath "$source")" >/dev/null 2>&1
    study --set init_from.file="$(realpath "$source")" >out 2>err
    ! grep -q "other settings" err
    run study --set init_from.file=elsewhere
    [ "$status" -ne 0 ]
}
