#!/usr/bin/env bats
# Generated points: training, scores, plots, samples; stacked images.
load helpers

setup() { # as in helpers, with the config of a ring that trains in seconds
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    ln -s "$BATS_FILE_TMPDIR/data" data
    cat >ring.json <<'JSON'
{
  "name": "ring",
  "data": { "kind": "ring", "std": 0.05, "count": 10000 },
  "generator": {
    "latent": 2,
    "ema": 0.99,
    "layers": [
      { "kind": "dense", "units": 64, "activation": "relu", "init": "he" },
      { "kind": "dense", "units": 64, "activation": "relu", "init": "he" },
      { "kind": "dense" }
    ]
  },
  "discriminator": {
    "layers": [
      { "kind": "dense", "units": 64, "activation": "leaky_relu", "init": "he" },
      { "kind": "dense", "units": 64, "activation": "leaky_relu", "init": "he" },
      { "kind": "dense", "units": 1 }
    ]
  },
  "penalty": { "kind": "r1", "gamma": 0.1, "every": 1 },
  "optimizer": {
    "generator": { "kind": "adam", "lr": 2e-3, "beta1": 0, "beta2": 0.99 },
    "discriminator": { "kind": "adam", "lr": 2e-3, "beta1": 0, "beta2": 0.99 }
  },
  "train": { "steps": 3000, "batch_size": 128 },
  "evaluate": { "every_epochs": 0 }
}
JSON
}

ring() { # [OPTIONS]
    "$GANTRAIN" --config ring.json --out run --quiet "$@"
}

@test "a GAN finds all eight modes of a ring" {
    ring
    python3 - <<'END'
import json
row = json.loads(open("run/metrics.jsonl").readlines()[-1])
assert row["step"] == 3000
# six seeds gave 8 modes, .78 to .91, below .008
assert row["modes"] == 8 and row["high_quality"] > 0.6 and row["reverse_kl"] < 0.05, row
END
}

@test "an untrained generator scores low" {
    ring --steps 1
    python3 - <<'END'
import json
row = json.loads(open("run/metrics.jsonl").readlines()[-1])
assert row["high_quality"] < 0.15, row  # three seeds gave .02 to .04
END
}

@test "metrics rows have scores at evaluations, once per step, in a fixed order" {
    ring --steps 200 --batch-size 100 --set data.count=1000 --set log.every_steps=20 \
        --set evaluate.every_epochs=3 --set sample.every_epochs=7
    python3 - <<'END'
import json
rows = [json.loads(line) for line in open("run/metrics.jsonl")]
steps = [r["step"] for r in rows]
scored = [r["step"] for r in rows if "modes" in r]
assert scored == list(range(30, 200, 30)) + [200], scored  # 10 steps an epoch; at the end
assert steps == sorted(set(range(20, 201, 20)) | set(scored)), steps
for r in rows:
    keys = list(r)
    if "modes" in r:
        at = keys.index("modes")
        assert keys[at - 1:at + 4] == ["sample_spread", "modes", "high_quality", "reverse_kl",
                                       "seconds"], keys
    assert "chi_square" not in r and "kl" not in r
END
    [ "$(ls run/samples | tr '\n' ' ')" = "epoch-0007.png epoch-0014.png epoch-0020.png " ]
}

@test "the progress line of an epoch has modes and the proportion of good samples" {
    needs_terminal
    run --separate-stderr "$GANTRAIN" --config ring.json --out run --steps 100 --batch-size 100 \
        --set data.count=5000 --set evaluate.every_epochs=1
    [ "$status" -eq 0 ]
    says "5000 points"
    local line
    for line in "epoch 1/2  step 50/100 " "epoch 2/2  step 100/100 "; do
        grep -qE "^$line.* [0-8]/8 modes [0-9]+%$" <<<"$stderr"
    done
    run script -qec "$GANTRAIN --config ring.json --out live --steps 100" /dev/null
    grep -qE "epoch 2/2 \[.* [0-8]/8 modes [0-9]+%" <<<"$output"
}

@test "a resumed run equals an uninterrupted one, rows of scores included" {
    local steps pieces=(--batch-size 100 --set data.count=1000 --set evaluate.every_epochs=1
        --set log.every_steps=20 --set checkpoint.every_steps=30)
    ring "${pieces[@]}" --steps 300
    mv run whole
    for steps in 40 200 300; do # multiples of log.every_steps: the last step has a row anyway
        ring "${pieces[@]}" --steps "$steps" --resume --threads $((steps % 3 + 1))
    done
    same_run whole run
    # without the last checkpoint, the rows after the one before it are written again
    rm "$(checkpoint_of run 300)"
    ring "${pieces[@]}" --steps 300 --resume
    same_run whole run
}

@test "a resumed run may change the evaluation, not the data" {
    ring --steps 20
    ring --steps 30 --resume --set evaluate.samples=100
    refuses 5 "data.std: 0.07 now" ring --steps 40 --resume --set data.std=0.07
    refuses 5 "data.count: 500 now" ring --steps 40 --resume --set data.count=500
    refuses 5 "seed: 2 now" ring --steps 40 --resume --seed 2
}

@test "scores equal those computed from the points that sample writes" {
    ring --steps 1500
    "$GANTRAIN" sample --checkpoint "$(newest_checkpoint run)" --out x.npy --count 2500
    "$GANTRAIN" sample --checkpoint "$(newest_checkpoint run)" --out same.npy # the default
    cmp x.npy same.npy
    python3 - <<'END'
import json, math, struct
row = json.loads(open("run/metrics.jsonl").readlines()[-1])
data = open("x.npy", "rb").read()
n = struct.unpack_from("<H", data, 8)[0]
head = eval(data[10:10 + n].decode())
assert head == {"descr": "<f4", "fortran_order": False, "shape": (2500, 2)}, head
x = struct.unpack_from("<5000f", data, 10 + n)
centres = [(math.cos(math.pi * k / 4), math.sin(math.pi * k / 4)) for k in range(8)]
count = [0] * 8
for i in range(2500):
    d, k = min((math.hypot(x[2 * i] - c[0], x[2 * i + 1] - c[1]), k)
               for k, c in enumerate(centres))
    count[k] += d < 3 * 0.05
good = sum(count)
kl = sum(t / good * math.log(8 * t / good) for t in count if t)
assert row["modes"] == sum(t > 0 for t in count), (row, count)
assert abs(row["high_quality"] - good / 2500) < 1e-8, (row, count)
assert abs(row["reverse_kl"] - kl) < 1e-8, (row, kl)
END
}

# Generates the data of a mixture from its definition (Philox included), and its histogram.
@test "chi_square and kl equal those computed from the histograms" {
    cat >mixture.json <<'JSON'
{ "data": { "kind": "mixture", "count": 3000 }, "seed": 7,
  "train": { "steps": 300, "batch_size": 100 } }
JSON
    "$GANTRAIN" --config mixture.json --out run --quiet
    "$GANTRAIN" sample --checkpoint "$(newest_checkpoint run)" --out x.npy
    python3 - <<'END'
import json, math, struct
M, W, MASK = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85), 0xFFFFFFFF

def philox(c, k):
    for _ in range(10):
        p, q = M[0] * c[0], M[1] * c[2]
        c = [q >> 32 ^ c[1] ^ k[0], q & MASK, p >> 32 ^ c[3] ^ k[1], p & MASK]
        k = [k[0] + W[0] & MASK, k[1] + W[1] & MASK]
    return c

def as_float(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]

RNG_DATA, means, stds = 8, (10, 20, 60, 80, 110), (3, 3, 2, 2, 1)
real = []
for i in range(3000):
    u = [(w + 0.5) / 2**32 for w in philox([0, i, 0, RNG_DATA << 26], [7, 0])]
    k = int(5 * u[2])
    z = math.sqrt(-2 * math.log(u[0])) * math.cos(2 * math.pi * u[1])
    real.append(as_float(means[k] / 100 + stds[k] / 100 * z) * 100)
x = struct.unpack("<2500f", open("x.npy", "rb").read()[-10000:])

def histogram(values):
    bins = {}
    for v in values:
        b = math.floor(v / 0.5)
        bins[b] = bins.get(b, 0) + 1
    return bins

p, q = histogram(real), histogram(x)
inside = sum(q.get(b, 0) for b in p)
chi = sum((q.get(b, 0) / 2500 - p[b] / 3000) ** 2 / (p[b] / 3000) for b in p)
kl = sum(q[b] / inside * math.log(q[b] / inside / (p[b] / 3000)) for b in p if b in q)
row = json.loads(open("run/metrics.jsonl").readlines()[-1])
assert abs(row["chi_square"] / chi - 1) < 1e-6, (row, chi)
assert abs(row["kl"] / kl - 1) < 1e-6, (row, kl)
assert list(row)[-7:] == ["modes", "high_quality", "reverse_kl", "chi_square", "kl", "seconds",
                          "examples_per_s"], row
END
}

@test "sample reproduces the picture of the run and draws other ones" {
    ring --steps 50
    sample() {
        "$GANTRAIN" sample --checkpoint "$(newest_checkpoint run)" "$@"
    }
    sample --out own.png
    cmp own.png "$(last_picture run)"
    sample --out few.png --count 10 --seed 4
    run ! cmp -s own.png few.png
    sample --out walk.npy --interpolate
    [ "$(stat -c %s walk.npy)" -eq $((128 + 64 * 2 * 4)) ]
    refuses 2 "makes points, not images: write a .png, .csv or .npy file" sample --out x.idx
    [ ! -e x.idx ]
}

@test "a checkpoint whose shape differs from its data" {
    ring --steps 5
    local checkpoint
    checkpoint=$(newest_checkpoint run)
    cp "$checkpoint" good
    alter "$checkpoint" '"2x1x1"' '"3x1x1"'
    refuses 5 "points of 3 values, its data have 2" \
        "$GANTRAIN" sample --checkpoint "$checkpoint" --out x.png
    cp good "$checkpoint"
    alter "$checkpoint" '"2x1x1"' '"1x1x1"'
    refuses 5 "points of 1 values, its data have 2" \
        "$GANTRAIN" sample --checkpoint "$checkpoint" --out x.png
}

@test "every kind trains from its name alone, the same for any number of threads" {
    local kind
    for kind in ring grid mixture swiss_roll two_moons; do
        echo "{ \"data\": \"$kind\", \"train\": { \"steps\": 20 } }" >"$kind.json"
        "$GANTRAIN" --config "$kind.json" --quiet --threads 1 --out one
        "$GANTRAIN" --config "$kind.json" --quiet --threads 3 --out three
        same_run one three
        rm -r one three
    done
    # the kind may come from the command line: default nets of points do not end in tanh
    echo '{}' >empty.json
    "$GANTRAIN" --config empty.json --set data=grid --steps 2 --quiet --out run
    run ! grep -q tanh run/config.json
}

@test "stacked images train in colour from a folder of grey ones" {
    cat >stacked.json <<'JSON'
{ "data": { "kind": "stacked", "count": 1000 }, "train": { "steps": 20, "batch_size": 32 },
  "sample": { "rows": 2, "cols": 4 }, "log": { "every_steps": 10 } }
JSON
    stacked() {
        "$GANTRAIN" --config stacked.json --data "${data:-data}" "$@"
    }
    stacked --quiet --out run
    stacked --quiet --out again --steps 10
    stacked --quiet --out again --steps 20 --resume --threads 3
    same_run run again
    python3 -c 'import sys; assert open(sys.argv[1], "rb").read()[25] == 2' "$(last_picture run)"
    "$GANTRAIN" sample --checkpoint "$(newest_checkpoint run)" --out x.idx --count 3
    [ "$(stat -c %s x.idx)" -eq $((20 + 3 * 3 * 64)) ]
    "$GANTRAIN" sample --checkpoint "$(newest_checkpoint run)" --out x.npy --count 3
    [ "$(stat -c %s x.npy)" -eq $((128 + 3 * 3 * 64 * 4)) ]
    run --separate-stderr stacked --dry-run
    says "1000 samples of 3x8x8"
    data=nowhere refuses 4 "train-images-idx3-ubyte: no such file" stacked
}

@test "invalid data configs" {
    while IFS=$'\t' read -r what text; do
        echo "$text" >bad.json
        refuses 3 "$what" "$GANTRAIN" --config bad.json --dry-run
    done <<'END'
bad.json:1:37: data.side: expected an integer 1..32, got 0	{ "data": { "kind": "grid", "side": 0 } }
bad.json:1:36: data.std: expected a number 1e-06..1e+06, got 0	{ "data": { "kind": "ring", "std": 0 } }
bad.json:1:36: data.std: expected a number 1e-06..1e+06, got -1	{ "data": { "kind": "ring", "std": -1 } }
data.modes: expected an integer 1..	{ "data": { "kind": "ring", "modes": 0 } }
data.count: expected an integer 1..	{ "data": { "kind": "ring", "count": 0 } }
data.noise: expected a number 0..	{ "data": { "kind": "two_moons", "noise": -1 } }
data.means: no numbers	{ "data": { "kind": "mixture", "means": [], "stds": [] } }
bad.json:1:11: data.stds: 5 numbers for 2 means: expected as many	{ "data": { "kind": "mixture", "means": [1, 2] } }
data.weights: 1 numbers for 2 means: expected as many, or none for equal ones	{ "data": { "kind": "mixture", "means": [1, 2], "stds": [1, 1], "weights": [1] } }
data.stds[1]: expected a number 1e-06..1e+06, got 0	{ "data": { "kind": "mixture", "means": [1, 2], "stds": [1, 0] } }
train.batch_size: 128 is more than the 100 samples	{ "data": { "kind": "ring", "count": 100 }, "train": { "batch_size": 128 } }
evaluate.samples: expected an integer 1..	{ "data": "ring", "evaluate": { "samples": 0 } }
evaluate.bin: 1e-09 makes	{ "data": "mixture", "evaluate": { "bin": 1e-9 } }
generator.layers: the last layer gives 3 values, a sample has 2	{ "data": "ring", "generator": { "layers": [ { "kind": "dense", "units": 3 } ] } }
data.dir: dataset "ring" has no such key; it belongs to idx, 	{ "data": { "kind": "ring", "dir": "x" } }
END
    echo '{ "data": { "kind": "mixture", "means": [1, 2], "weights": [1] } }' >bad.json
    refuses 3 "data.stds" "$GANTRAIN" --config bad.json --dry-run
    says "data.weights" # both errors in one run
}

@test "a picture that cannot be written: a warning, training continues, exit 6" {
    # a limit on file size acts like a disk that is full for large files only
    run --separate-stderr bash -c "ulimit -f 4
        exec $GANTRAIN --config ring.json --out run --steps 10 --set data.count=5000 --set log.every_steps=9"
    [ "$status" -eq 6 ]
    says "samples not written"
    says "training continues"
    grep -q '"step": 10, .*"modes": ' run/metrics.jsonl
}

@test "the PacGAN configs start" {
    local name
    for name in ring grid; do
        "$GANTRAIN" --config "$GANTRAIN_ROOT/configs/$name.json" --quiet --out "$name" --steps 30 \
            --set data.count=1000
        grep -q '"step": 30, .*"modes": ' "$name/metrics.jsonl"
    done
}

@test "a damaged or missing best state is reported on resume and dropped" {
    local ring=("$GANTRAIN" --config "$GANTRAIN_ROOT/configs/ring_fast.json" --out run --quiet
        --set evaluate.best=reverse_kl --set evaluate.every_epochs=1 --set data.count=2000)
    "${ring[@]}" --steps 200
    printf x >>run/checkpoints/best.safetensors
    run --separate-stderr "${ring[@]}" --steps 300 --resume
    [ "$status" -eq 0 ] && says "the best state up to now, of step" && says "is lost"
    "$GANTRAIN" inspect --checkpoint run/checkpoints/best.safetensors
    rm run/checkpoints/best.safetensors
    run --separate-stderr "${ring[@]}" --steps 300 --resume
    says "is lost" && [[ $output != *best.safetensors* ]] || { show && return 1; }
}
