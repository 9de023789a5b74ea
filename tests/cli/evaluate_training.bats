#!/usr/bin/env bats
# Evaluation of images during training: the classifier and its cache, metric columns, the best state, patience.
load helpers

# Epochs of 8 steps, each with an evaluation and a checkpoint.
scored=(--set evaluate.classifier=true --set evaluate.samples=200 --set checkpoint.every_steps=8)

train() { # STEPS [OPTIONS]
    tiny --steps "$1" --quiet "${scored[@]}" "${@:2}"
}

# The best checkpoints without their configs, which differ between parts of a run.
expect_same_best() { # RUN RUN
    diff <(state_of "$1") <(state_of "$2")
}

state_of() { # RUN
    "$GANTRAIN" inspect --checkpoint "$1/checkpoints/best.safetensors" |
        sed -n '/gantrain.config\|header_crc32\|safetensors$/d; /^  /p'
}

fact() { # KEY FILE: of the metadata of a checkpoint
    "$GANTRAIN" inspect --checkpoint "$2" --json |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["metadata"][sys.argv[1]])' "$1"
}

@test "only rows of evaluations have the columns of scores" {
    train 24 --out run --set log.every_steps=4
    python3 - <<'END'
import json
rows = [json.loads(line) for line in open("run/metrics.jsonl")]
scored = [r["step"] for r in rows if "fcd" in r]
assert [r["step"] for r in rows] == [4, 8, 12, 16, 20, 24] and scored == [8, 16, 24], rows
for r in rows:
    if "fcd" in r:
        assert 1 <= r["score"] <= 10.001 and r["fcd"] > 0 and 1 <= r["classes"] <= 10, r
        assert "label_agreement" not in r and "nearest_ratio" not in r, r
END
}

@test "evaluate.metrics: scores without labels and without a classifier, as gantrain evaluate finds them" {
    export GANTRAIN_CACHE=$PWD/none
    mkdir plain && cp data/*-images-* plain
    data=plain tiny --steps 40 --out run --no-progress --set evaluate.metrics=swd,ms_ssim_gap,memorisation \
        --set evaluate.best=swd --set evaluate.samples=150 2>log
    [ ! -e none ]
    grep -q "best swd: " log
    grep -qE "epoch 5/5 .* nearest_ratio [0-9.]+ copying [0-9.]+$" log
    "$GANTRAIN" evaluate --checkpoint "$(newest_checkpoint run)" --count 150 --json >evaluated
    python3 - <<'END'
import json
rows = [json.loads(line) for line in open("run/metrics.jsonl")]
names = ["nearest_ratio", "copying", "copies", "swd", "swd_16", "ms_ssim_gap"]
scored = [r for r in rows if "swd" in r]
assert len(scored) == 5 and all([k for k in r if k in names] == names for r in scored), rows
found = json.load(open("evaluated"))["samples"][0]["metrics"]
for k in names:
    assert scored[-1][k] == found[k]["value"], (k, scored[-1], found)
END
    data=plain tiny --steps 16 --out part --quiet --set evaluate.metrics=swd,ms_ssim_gap,memorisation \
        --set evaluate.best=swd --set evaluate.samples=150 --threads 3
    data=plain tiny --steps 40 --out part --quiet --set evaluate.metrics=swd,ms_ssim_gap,memorisation \
        --set evaluate.best=swd --set evaluate.samples=150 --resume --threads 1
    same_run run part
}

@test "evaluate.metrics beside a classifier, and of points" {
    train 8 --out run --set evaluate.metrics=swd,kid
    tail -1 run/metrics.jsonl | grep -q '"fcd": .*"kid": .*"swd": .*"swd_16": '
    "$GANTRAIN" --config "$TINY" --set data=swiss_roll --set data.count=500 --steps 8 --out roll --quiet \
        --set 'generator.layers[1].units=2' --set evaluate.samples=60 --set evaluate.metrics=marginals,c2st \
        --set evaluate.best=ks_max
    tail -1 roll/metrics.jsonl | grep -q '"ks_mean": .*"ks_max": .*"c2st": '
    [ -e roll/checkpoints/best.safetensors ]
    grep -q "Kolmogorov-Smirnov statistic" roll/report.html
}

@test "evaluation does not change the training" {
    train 40 --out run
    tiny --steps 40 --out plain --quiet
    [ "$(fact crc32 "$(newest_checkpoint run)")" = "$(fact crc32 "$(newest_checkpoint plain)")" ]
}

@test "gantrain evaluate gives the same scores for the checkpoint" {
    train 16 --out run
    "$GANTRAIN" evaluate --checkpoint "$(newest_checkpoint run)" --data data --count 200 --json >evaluated
    python3 - <<'END'
import json
row = json.loads(open("run/metrics.jsonl").readlines()[-1])
evaluated = json.load(open("evaluated"))["samples"][0]["metrics"]
names = set(row) & set(evaluated)
assert {"score", "fcd", "precision", "coverage", "class_kl", "classes"} <= names, names
for name in names:
    assert row[name] == evaluated[name]["value"], (name, row[name], evaluated[name])
END
}

@test "the classifier is trained once, with a message at the start and at the end" {
    export GANTRAIN_CACHE=$PWD/fresh/cache
    run --separate-stderr tiny --steps 8 --out run "${scored[@]}"
    [ "$status" -eq 0 ]
    says $'training a classifier of the data, once: it is cached for later runs\nclassifier trained: '
    says "scores by classifier "
    says ", test accuracy "
    [[ $stderr =~ "epoch 1/1  step 8/8  ".*" score "[0-9.]+" fcd "[0-9.]+ ]]
    [ "$(ls fresh/cache)" = "$(basename fresh/cache/classifier-*-*.safetensors)" ]
    run --separate-stderr tiny --steps 8 --out again "${scored[@]}"
    [ "$status" -eq 0 ]
    [[ $stderr != *"training a classifier"* ]]
    same_run run again
    expect_same_best run again
}

@test "a classifier with a high accuracy" {
    make_data easy --side 12 --count 1000 --test-count 200
    data=easy tiny --steps 8 --out run "${scored[@]}" 2>log
    grep -qE 'classifier trained: test accuracy (9[5-9]|100)\.[0-9]+ %' log
}

@test "a dry run trains nothing" {
    export GANTRAIN_CACHE=$PWD/fresh
    tiny --dry-run "${scored[@]}" >plan 2>log
    grep -q '"best": "fcd"' plan
    [ ! -e fresh ] && ! grep -q "training a classifier" log
}

@test "an interrupted run equals an uninterrupted one, for any number of threads, with the best state and another cache" {
    train 40 --out whole --threads 1
    train 8 --out run --threads 2
    train 24 --out run --threads 3 --resume
    GANTRAIN_CACHE=$PWD/other train 40 --out run --threads 1 --resume
    same_run whole run
    expect_same_best whole run
    cmp whole/config.json run/config.json
    local kept
    kept=$(basename other/classifier-*)
    cmp "other/$kept" "$GANTRAIN_CACHE/$kept"
}

@test "a killed and resumed run equals an uninterrupted one" {
    train 400 --out whole
    (exec "$GANTRAIN" --config "$TINY" --data data --steps 400 --quiet "${scored[@]}" --out run) &
    local program=$!
    until [ -e run/checkpoints/best.safetensors ]; do sleep 0.01; done
    kill -s KILL "$program"
    wait "$program" || true
    train 400 --out run --resume
    same_run whole run
    expect_same_best whole run
}

@test "a run that diverges and rolls back keeps its best state, also when interrupted" {
    cat >wild.json <<'END'
{
  "objective": "wasserstein",
  "optimizer": { "generator": { "kind": "sgd", "lr": 0.1 }, "discriminator": { "kind": "sgd", "lr": 0.1 } },
  "train": { "batch_size": 32, "recoveries": 12 },
  "log": { "every_steps": 8 }
}
END
    wild() { # STEPS [OPTIONS]
        "$GANTRAIN" --config wild.json --data data --quiet "${scored[@]}" --steps "$@"
    }
    wild 64 --out whole 2>log
    grep -q 'rolling back' log
    for steps in 8 24 40 64; do
        wild "$steps" --out run --resume 2>/dev/null
    done
    same_run whole run
    expect_same_best whole run
}

@test "the best state: rotation keeps it, it can be sampled and resumed from" {
    train 80 --out run --set checkpoint.keep=1
    local best=run/checkpoints/best.safetensors
    [ "$(ls run/checkpoints | wc -l)" -eq 2 ]
    python3 - "$(fact gantrain.best_step $best)" "$(fact gantrain.best_value $best)" <<'END'
import json, sys
rows = [json.loads(line) for line in open("run/metrics.jsonl")]
best = min((r for r in rows if "fcd" in r), key=lambda r: r["fcd"])
assert best["step"] == int(sys.argv[1]), (best, sys.argv)
assert abs(best["fcd"] - float(sys.argv[2])) < 1e-8 * best["fcd"], (best, sys.argv)
END
    [ "$(fact gantrain.step $best)" = "$(fact gantrain.best_step $best)" ]
    [ "$(fact gantrain.best_step "$(newest_checkpoint run)")" = "$(fact gantrain.best_step $best)" ]
    [[ $(fact gantrain.best $best) == "fcd, 200 samples, classifier "* ]]
    "$GANTRAIN" sample --checkpoint $best --count 4 --out x.png
    local key
    for key in value step since; do
        cp $best bad.safetensors
        alter bad.safetensors "\"gantrain.best_$key\":\"" "\"gantrain.best_$key\":\"x"
        refuses 5 "\"gantrain.best_$key\" is \"x" "$GANTRAIN" inspect --checkpoint bad.safetensors
    done
    train 80 --out further --resume-from $best --set checkpoint.keep=1
    tiny --steps 8 --quiet --out run --overwrite
    [ ! -e $best ]
}

@test "patience: the run ends with exit 0 and is complete until patience is raised" {
    local still=(--set optimizer.generator.lr=1e-12 --set optimizer.discriminator.lr=1e-12
        --set evaluate.best=classes)
    still() { # STEPS PATIENCE [OPTIONS]
        tiny --steps "$1" "${scored[@]}" "${still[@]}" --set evaluate.patience="$2" "${@:3}"
    }
    run --separate-stderr still 400 3 --out run
    [ "$status" -eq 0 ]
    says "early stopping at step 32: no better score in 3 evaluations (evaluate.patience)"
    [[ $output == *"ckpt-00000032.safetensors"* && $output == *"best.safetensors"* ]]
    [ "$(fact gantrain.best_step "$(checkpoint_of run 32)")" = 8 ]
    [ "$(fact gantrain.best_since "$(checkpoint_of run 32)")" = 3 ]
    [ "$(tail -n 1 run/metrics.jsonl | grep -c '"step": 32,')" -eq 1 ]
    [ -e run/samples/epoch-0004.png ]

    snapshot run >before
    run --separate-stderr still 400 3 --out run --resume
    [ "$status" -eq 0 ]
    says "already complete at step 32"
    says "no better score in 3 evaluations"
    snapshot run | diff before -

    still 400 5 --out run --resume --quiet
    [ "$(newest_checkpoint run)" = "$(checkpoint_of run 48)" ]
    still 16 5 --out other --quiet
    still 400 5 --out other --quiet --resume
    same_run run other
    expect_same_best run other
}

@test "an unwritable or missing cache is a warning" {
    echo x >file
    GANTRAIN_CACHE=$PWD/file/cache run --separate-stderr train 8 --out one
    [ "$status" -eq 0 ]
    says "warning: $PWD/file: mkdir failed"
    says "will train the classifier again"
    [ "$(grep -c warning <<<"$stderr")" -eq 1 ]
    run --separate-stderr env -u GANTRAIN_CACHE -u XDG_CACHE_HOME -u HOME \
        "$GANTRAIN" --config "$TINY" --data data --steps 8 --quiet "${scored[@]}" --out two
    [ "$status" -eq 0 ]
    says "set GANTRAIN_CACHE or HOME"
    same_run one two
}

@test "location of the cache" {
    env -u GANTRAIN_CACHE HOME="$PWD/home" XDG_CACHE_HOME="$PWD/xdg" \
        "$GANTRAIN" --config "$TINY" --data data --steps 8 --quiet "${scored[@]}" --out one
    [ -e xdg/gantrain/classifier-* ] && [ ! -e home ]
    env -u GANTRAIN_CACHE HOME="$PWD/home" XDG_CACHE_HOME=relative \
        "$GANTRAIN" --config "$TINY" --data data --steps 8 --quiet "${scored[@]}" --out two
    [ -e home/.cache/gantrain/classifier-* ] && [ ! -e relative ]
}

@test "a damaged cache is a warning, and is replaced" {
    export GANTRAIN_CACHE=$PWD/cache
    train 8 --out one
    local kept
    kept=$(echo cache/classifier-*)
    cp "$kept" valid
    truncate -s 100000 "$kept"
    run --separate-stderr train 8 --out two
    [ "$status" -eq 0 ]
    says "warning: $PWD/$kept: "
    says "training the classifier again"
    cmp valid "$kept"
    alter "$kept" '"gantrain.accuracy":"' '"gantrain.accuracy":"7'
    run --separate-stderr train 8 --out three
    says 'expected "gantrain.accuracy" in 0..1'
    cmp valid "$kept"
    same_run one three
}

@test "SIGTERM while the classifier is trained: no run folder is created" {
    make_data large --side 28 --count 4000 --test-count 100
    export GANTRAIN_CACHE=$PWD/cache
    (exec "$GANTRAIN" --config "$TINY" --data large --steps 8 "${scored[@]}" --out run 2>stderr) &
    local program=$! status=0
    until grep -q "training a classifier" stderr 2>/dev/null; do sleep 0.01; done
    kill -s TERM "$program"
    wait "$program" || status=$?
    [ "$status" -eq 143 ]
    grep -q "stopped while the classifier was trained" stderr
    [ ! -e cache ] && [ ! -e run/config.json ]
}

@test "a generator that trains on test images uses the same classifier" {
    export GANTRAIN_CACHE=$PWD/cache
    train 8 --out one
    train 2 --out two --set data.split=test
    [ "$(ls cache | wc -l)" -eq 1 ]
    grep -q '"fcd": ' two/metrics.jsonl
}

@test "the best state of points, by their own scores" {
    cat >ring.json <<'END'
{ "data": { "kind": "ring", "count": 1280 }, "train": { "steps": 40, "batch_size": 128 },
  "evaluate": { "best": "high_quality", "patience": 2 } }
END
    "$GANTRAIN" --config ring.json --out run --quiet --set train.steps=20
    "$GANTRAIN" --config ring.json --out run --quiet --resume
    "$GANTRAIN" --config ring.json --out whole --quiet
    [[ $(fact gantrain.best whole/checkpoints/best.safetensors) == "high_quality, 2500 samples" ]]
    same_run whole run
    expect_same_best whole run
}

@test "options that do not fit the data fail before training" {
    while IFS=$'\t' read -r what text; do
        echo "$text" >bad.json
        refuses 3 "$what" "$GANTRAIN" --config bad.json --data data --dry-run
    done <<'END'
bad.json:1:44: evaluate.best: unknown score "fdc" (did you mean "fcd"?): expected one of score, fcd	{ "evaluate": { "classifier":true, "best": "fdc" } }
evaluate.best: "fcd" is measured by a classifier of labelled images: needs evaluate.classifier=true	{ "evaluate": { "best": "fcd" } }
evaluate.best: unknown score "fdc": expected "", nothing is measured without evaluate.classifier=true	{ "evaluate": { "best": "fdc" } }
evaluate.best: "swd" is not measured: name it in evaluate.metrics, too	{ "evaluate": { "best": "swd" } }
evaluate.metrics: unknown metric "sdw" (did you mean swd?)	{ "evaluate": { "metrics": "ms_ssim,sdw" } }
evaluate.metrics: frechet needs a classifier, so labelled data, and 2 samples: set evaluate.classifier=true	{ "evaluate": { "metrics": "fcd" } }
evaluate.patience: no score to wait for: with evaluate.classifier=true it is fcd	{ "evaluate": { "patience": 3 } }
evaluate.patience: no score to wait for: set evaluate.best to one	{ "evaluate": { "patience": 3, "best": "", "classifier": true } }
evaluate.classifier: expected true or false, got 1	{ "evaluate": { "classifier": 1 } }
END
    while IFS=$'\t' read -r what text; do
        echo "$text" >bad.json
        refuses 3 "$what" "$GANTRAIN" --config bad.json --dry-run
    done <<'END'
evaluate.metrics: these samples cannot be measured by "swd"	{ "data": "ring", "evaluate": { "metrics": "swd" } }
evaluate.metrics: histogram needs points of one coordinate	{ "data": "ring", "evaluate": { "metrics": "histogram,modes" } }
evaluate.best: "c2st" is not measured: name it in evaluate.metrics, too	{ "data": "ring", "evaluate": { "best": "c2st" } }
evaluate.best: unknown score "fcd": expected one of modes, high_quality, reverse_kl	{ "data": "ring", "evaluate": { "best": "fcd" } }
evaluate.patience: no score to wait for: set evaluate.best to one	{ "data": "ring", "evaluate": { "patience": 3 } }
evaluate.best: unknown score "high_qualty" (did you mean "high_quality"?)	{ "data": "ring", "evaluate": { "best": "high_qualty" } }
bad.json:1:47: evaluate.classifier: a classifier needs labelled images, and ring gives points	{ "data": "ring", "evaluate": { "classifier": true } }
END
    mkdir bare
    cp data/*images* bare
    echo '{ "data": { "dir": "bare" }, "evaluate": { "classifier": true } }' >bare.json
    refuses 3 "evaluate.classifier: a classifier needs labels, and bare has none" \
        "$GANTRAIN" --config bare.json --dry-run
    cp data/train-labels* bare
    refuses 4 "evaluate.classifier: bare: a classifier needs labelled training and test images" \
        "$GANTRAIN" --config bare.json --out run --quiet
    cp data/t10k-labels* bare
    rm bare/t10k-images*
    refuses 4 "evaluate.classifier: bare/t10k-images-idx3-ubyte: no such file" \
        "$GANTRAIN" --config bare.json --dry-run
    make_data other --side 9
    cp other/t10k-* bare
    refuses 4 "evaluate.classifier: bare: training images are 1x8x8 and test images 1x9x9" \
        "$GANTRAIN" --config bare.json --out run --quiet
    [ ! -e run ] # nothing of this needed a run folder
}

@test "data that fit a config in no respect: all mistakes at once" {
    mkdir own
    make_data other --side 9 --count 100
    cp other/train-images* own
    sed 's|"dir": "[^"]*"|"dir": "own"|' "$GANTRAIN_ROOT/configs/mnist.json" >mnist.json
    refuses 3 "train.batch_size: 128 is more than the 100 samples" "$GANTRAIN" mnist.json --out run
    says "evaluate.classifier: a classifier needs labels, and own has none"
    says "the last layer gives 784 values, a sample has 81: set generator.layers[6].units to 0"
    [ "$(wc -l <<<"$stderr")" -eq 3 ]
    "$GANTRAIN" mnist.json --dry-run --quiet --batch-size 64 --set evaluate.classifier=false \
        --set "generator.layers[6].units=0"
    [ ! -e run ]
}
