#!/usr/bin/env bats
# Diagnosis: broken runs are reported with their cause, healthy ones are not.
load helpers

setup() { # as in helpers, with a small GAN that learns the 8x8 images in a second
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    ln -s "$BATS_FILE_TMPDIR/data" data
    cat >small.json <<'JSON'
{
  "name": "small",
  "generator": {
    "latent": 16,
    "layers": [
      { "kind": "dense", "units": 64, "activation": "leaky_relu" },
      { "kind": "dense", "units": 64, "activation": "leaky_relu" },
      { "kind": "dense", "activation": "tanh" }
    ]
  },
  "discriminator": {
    "layers": [
      { "kind": "dense", "units": 64, "activation": "leaky_relu" },
      { "kind": "dense", "units": 1 }
    ]
  },
  "optimizer": {
    "generator": { "kind": "adam", "lr": 5e-4 },
    "discriminator": { "kind": "adam", "lr": 5e-4 }
  },
  "train": { "steps": 1000, "batch_size": 32 },
  "sample": { "every_epochs": 0 },
  "checkpoint": { "every_steps": 1000000 },
  "log": { "every_steps": 25 }
}
JSON
}

G=optimizer.generator.lr
D=optimizer.discriminator.lr

small() { # [OPTIONS]
    "$GANTRAIN" --config "${config:-small.json}" --data "${data:-data}" --out run --no-progress "$@"
}

# The run exits with CODE; its first finding, and that of inspect --run, has this cause and title.
expect_finding() { # CODE CAUSE TITLE [OPTIONS]
    local code=$1 cause=$2 title=$3 log
    shift 3
    run --separate-stderr small "$@"
    [ "$status" -eq "$code" ] || { show && return 1; }
    log=$stderr
    [[ $(grep -m 1 '^diagnosis: ' <<<"$log") == "diagnosis: $title"* ]] || { show && return 1; }
    succeeds "$GANTRAIN" inspect --run run --json
    python3 - "$output" "$cause" "$title" <<'END'
import json, sys
found = json.loads(sys.argv[1])["findings"]
assert found[0]["cause"] == sys.argv[2] and found[0]["title"] == sys.argv[3], found
severities = [f["severity"] for f in found]
assert severities == sorted(severities, reverse=True) and 0 <= severities[0] <= 1, found
END
    stderr=$log
}

@test "healthy runs: no findings" {
    expect_finding 0 healthy "nothing wrong found"
    rm -r run
    expect_finding 0 healthy "nothing wrong found" --set penalty.kind=r1 --seed 2
    [[ $stderr != *"diagnosis at"* ]] || { show && return 1; }
}

@test "learning rates a hundred times too high" {
    expect_finding 0 rate_too_high "learning rate too high" --set $G=0.05 --set $D=0.05
    [[ $stderr == *"$G=0.005 (now 0.05)"* ]]
    rm -r run
    expect_finding 8 rate_too_high "learning rate too high" --set $G=10 --set $D=10 --steps 100 \
        --set optimizer.generator.kind=sgd --set optimizer.discriminator.kind=sgd \
        --set objective=wasserstein
    says "rolling back from step"
    # the last row shows which value is not finite
    tail -n 1 run/metrics.jsonl | grep -q '"g_loss": null'
}

@test "a discriminator with 50 updates per step" {
    expect_finding 0 d_too_strong "D too strong" --set discriminator.steps=50 --steps 300
    says "discriminator.steps=1 (now 50)"
}

@test "a frozen discriminator" {
    expect_finding 0 d_too_weak "D too weak" --set $D=1e-12 --steps 400
    says "$D=0.0005 (now 1e-12)"
}

@test "latents without effect" {
    local i zero=()
    for i in 0 1 2; do
        zero+=(--set "generator.layers[$i].init.kind=constant")
    done
    expect_finding 0 no_noise "latents without effect" "${zero[@]}" --steps 500
    rm -r run
    # layer_norm of a single value is always 0
    sed 's|"latent": 16,|"latent": 1,|; 0,/"layers": \[/s||"layers": [ { "kind": "layer_norm" },|' \
        small.json >one.json
    config=one.json expect_finding 0 no_noise "latents without effect" --steps 500
    says "generator.latent=64 (now 1)"
}

# 1000 images, N of them different.
repeat_images() { # N
    mkdir copies
    python3 - "$1" <<'END'
import struct, sys
n = int(sys.argv[1])
images = open("data/train-images-idx3-ubyte", "rb").read()[16:16 + 64 * n]
head = struct.pack(">HBB3I", 0, 8, 3, 1000, 8, 8)
open("copies/train-images-idx3-ubyte", "wb").write(head + (images * 1000)[:64000])
END
}

@test "one image a thousand times" {
    repeat_images 1
    data=copies expect_finding 0 same_data "data set of identical samples" --steps 300
    says "gantrain: warning: data: all 1000 images are equal"
}

@test "few different images: a warning when the data set is opened" {
    repeat_images 9
    data=copies run --separate-stderr small --steps 2 --quiet
    says "gantrain: warning: data: 1000 images, but only 9 different ones"
    rm -r run copies
    repeat_images 10
    data=copies run --separate-stderr small --steps 2 --quiet
    says "gantrain: warning: data: 990 of 1000 images are copies of others"
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "non-finite values before the first update" {
    python3 - <<'END'
import json
config = json.load(open("small.json"))
wide = {"kind": "dense", "units": 64, "init": {"kind": "constant", "value": 100}}
config["discriminator"]["layers"][:1] = [wide] * 12
json.dump(config, open("huge.json", "w"))
END
    config=huge.json expect_finding 8 not_finite "non-finite from the start"
    says "check the data and the initial weights (init)"
    [[ $stderr != *"lower optimizer"* ]] || { show && return 1; }
}

@test "live diagnosis: each cause once, after some rows; nothing with --quiet" {
    run --separate-stderr small --set $D=1e-12
    [ "$(grep -c '^diagnosis at step ' <<<"$stderr")" -eq 1 ] || { show && return 1; }
    grep -q '^diagnosis at step 2[0-9][0-9]: D too weak: ' <<<"$stderr"
    [ "$(grep -c '^diagnosis: ' <<<"$stderr")" -eq 1 ]
    rm -r run
    run --separate-stderr small --set $D=1e-12 --quiet
    [ -z "$stderr" ]
}

@test "a resumed run on other threads has the same diagnosis" {
    small --set $D=1e-12 --quiet
    mv run whole
    small --set $D=1e-12 --quiet --steps 500
    small --set $D=1e-12 --quiet --resume --threads 3
    same_run run whole
    diff <("$GANTRAIN" inspect --run run --json | sed 's|"path": "[a-z]*"||; s|, "checkpoints".*||') \
        <("$GANTRAIN" inspect --run whole --json | sed 's|"path": "[a-z]*"||; s|, "checkpoints".*||')
}

@test "inspect --run as text; folders that are not runs" {
    small --quiet --set discriminator.steps=50 --steps 300
    succeeds "$GANTRAIN" inspect --run run
    [[ $output == "run: 12 rows of metrics up to step 300"*"D too strong: "*"seen"*"to do"* ]]
    refuses 4 "nowhere: no such folder: expected the folder of a run" "$GANTRAIN" inspect --run nowhere
    refuses 4 "small.json: is a file" "$GANTRAIN" inspect --run small.json
    mkdir empty
    refuses 4 "empty: holds no run: expected config.json" "$GANTRAIN" inspect --run empty/
    echo '{}' >empty/study.json
    refuses 4 "empty: holds a study: its runs are in CELL/SEED below" "$GANTRAIN" inspect --run empty
    refuses 4 "empty: holds a study: its runs are in CELL/SEED below" "$GANTRAIN" report empty
    refuses 2 "exclude each other" "$GANTRAIN" inspect --run run --checkpoint x
    cp run/metrics.jsonl whole.jsonl
    rm run/metrics.jsonl
    run --separate-stderr "$GANTRAIN" inspect --run run
    [ "$status" -eq 0 ] && says "gantrain: warning: run/metrics.jsonl: missing"
    : >run/metrics.jsonl
    succeeds "$GANTRAIN" inspect --run run
    [[ $output == *"too early to say"* ]]
    head -n 1 whole.jsonl >run/metrics.jsonl
    succeeds "$GANTRAIN" inspect --run run
    [[ $output == "run: 1 row of metrics up to step 25"* ]]
    "$GANTRAIN" report run
    grep -q '<li class="finding open"><h3>too early to say' run/report.html # not styled as healthy
}

@test "inspect --run and report: a damaged line of metrics is left out" {
    small --quiet --set discriminator.steps=50 --steps 300
    succeeds "$GANTRAIN" inspect --run run
    sed -i '3s/[0-9]/x/g' run/metrics.jsonl
    run --separate-stderr "$GANTRAIN" inspect --run run
    [ "$status" -eq 0 ]
    [[ $stderr == "gantrain: warning: run/metrics.jsonl:3: not a row of metrics: skipped" ]]
    [[ $output == "run: 11 rows of metrics up to step 300"*"D too strong: "* ]]
    run --separate-stderr "$GANTRAIN" report run
    [ "$status" -eq 0 ]
    says "run/metrics.jsonl:3: not a row of metrics: skipped"
    grep -q '<figure' run/report.html && grep -q "D too strong" run/report.html
    printf 'not a row\n{"step": 1, "d_loss": 1, "d_loss": }\n' >>run/metrics.jsonl
    run --separate-stderr "$GANTRAIN" inspect --run run
    [ "$status" -eq 0 ]
    says "run/metrics.jsonl:3: not a row of metrics: skipped, with 2 more"
}

@test "every row has data_spread and sample_spread" {
    small --quiet --steps 50 --batch-size 256 --set log.every_steps=50
    python3 - <<'END'
import json
row = json.loads(open("run/metrics.jsonl").readlines()[-1])
images = open("data/train-images-idx3-ubyte", "rb").read()[16:]
n, X = 256, 64  # the batch is the whole data set
total = 0
for j in range(X):
    v = [images[i * X + j] / 127.5 - 1 for i in range(n)]
    mean = sum(v) / n
    total += sum((x - mean) ** 2 for x in v) / n
assert abs(row["data_spread"] / (total / X) ** 0.5 - 1) < 1e-5, (row, (total / X) ** 0.5)
assert 0 < row["sample_spread"] < 2, row
END
}

@test "inspect --run: the only row of metrics has too many columns" {
    mkdir wide
    "$GANTRAIN" --config "$TINY" --data data --dry-run >wide/config.json 2>/dev/null
    python3 -c 'import json; print(json.dumps({"step": 1, **{f"c{i}": i for i in range(300)}}))' >wide/metrics.jsonl
    run "$GANTRAIN" inspect --run wide
    [ "$status" -eq 0 ]
    [[ $output == *"too early to say"* ]]
}
