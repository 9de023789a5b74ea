#!/usr/bin/env bats
# Resuming: an interrupted run ends with the same bytes, wherever and however it was interrupted.
load helpers

# Epochs of 51.2 steps: runs stop inside an epoch, and batches straddle epochs.
options=(--batch-size 5 --set sample.every_epochs=10 --set log.every_steps=50
    --set checkpoint.every_steps=200 --quiet)

setup_file() { # also trains one uninterrupted run
    make_data "$BATS_FILE_TMPDIR/data" --side 8
    cd "$BATS_FILE_TMPDIR"
    long 3000 --out straight
}

long() { # STEPS [OPTIONS]
    tiny --steps "$1" "${options[@]}" "${@:2}"
}

rows_of() { # RUN: number of metrics rows
    { wc -l <"$1/metrics.jsonl" || echo 0; } 2>/dev/null
}

same_as_straight() {
    same_run "$BATS_FILE_TMPDIR/straight" run
}

stop_by() { # SIGNAL [SECONDS]: starts `long`, sends the signal during training, sets $status
    # background jobs of a script ignore SIGINT; exec, so that $! is the program
    (exec env --default-signal=INT "$GANTRAIN" --config "$TINY" --data data --steps 3000 \
        "${options[@]}" --out run --resume 2>stderr) &
    local program=$! before
    before=$(rows_of run)
    while [ "$(rows_of run)" -eq "$before" ] && kill -0 "$program" 2>/dev/null; do
        sleep 0.005
    done
    sleep "${2:-0}"
    kill -s "$1" "$program" 2>/dev/null || true # it may have ended by itself
    status=0
    wait "$program" || status=$?
}

@test "interrupted after whole epochs: the same bytes" {
    tiny --out whole --quiet --epochs 6
    for epochs in 1 3 6; do
        tiny --out run --quiet --epochs "$epochs" --resume
    done
    cmp "$(newest_checkpoint whole)" "$(newest_checkpoint run)"
    cmp whole/samples/epoch-0006.png run/samples/epoch-0006.png
    cmp whole/config.json run/config.json
}

@test "interrupted after any step: the same bytes, metrics included" {
    for steps in 50 1250 3000; do # multiples of log.every_steps: the last step has a row anyway
        long "$steps" --out run --resume
    done
    same_as_straight
}

@test "reparametrized weights: an interrupted run equals an uninterrupted one" {
    cat >made.json <<'END'
{
  "generator": { "latent": 16, "ema": 0.9, "layers": [
    { "kind": "dense", "units": 40, "weight": "spectral_norm", "activation": "leaky_relu" },
    { "kind": "dense", "units": 300, "weight": "equalized", "activation": "leaky_relu" },
    { "kind": "dense", "weight": "weight_norm", "activation": "tanh" }] },
  "discriminator": { "steps": 2, "layers": [
    { "kind": "dense", "units": 300, "weight": "weight_norm", "activation": "softplus" },
    { "kind": "dense", "units": 20, "weight": "equalized", "activation": "leaky_relu" },
    { "kind": "dense", "units": 1, "weight": { "kind": "spectral_norm", "iterations": 2 } }] },
  "penalty": { "kind": "r1", "every": 3 },
  "train": { "batch_size": 32 }
}
END
    local made=("$GANTRAIN" --config made.json --data data --quiet --set log.every_steps=10)
    "${made[@]}" --out whole --steps 160 --threads 2
    "${made[@]}" --out run --steps 10 --threads 1
    "${made[@]}" --out run --steps 70 --threads 3 --resume
    "${made[@]}" --out run --steps 160 --threads 1 --resume
    same_run whole run
    "$GANTRAIN" sample --checkpoint "$(newest_checkpoint run)" --grid 8x16 --out own.png
    cmp own.png "$(last_picture run)"
}

@test "optimizer states and learning-rate schedules are restored" {
    python3 - "$TINY" >moving.json <<'END'
import json, sys
config = json.load(open(sys.argv[1]))
common = {"schedule": {"kind": "linear", "begin": 40}, "warmup": 70, "clip_norm": 5,
          "clip_value": 0.5, "l1": 1e-5, "l2": 1e-4, "decay": 0.1, "historical_averaging": 1e-3}
config["checkpoint"]["keep"] = 9
config["optimizer"] = {"generator": {"kind": "amsgrad", "lr": 1e-3, **common},
                       "discriminator": {"kind": "rmsprop", "momentum": 0.5, **common}}
json.dump(config, sys.stdout)
END
    moving() { "$GANTRAIN" --config moving.json --data data --quiet "$@"; }
    moving --out whole
    for step in 50 150; do # before and after the end of the warm-up
        moving --out "from-$step" --resume-from "$(checkpoint_of whole $step)" --threads 1
        cmp "$(checkpoint_of whole 200)" "$(checkpoint_of "from-$step" 200)"
    done
    run --separate-stderr "$GANTRAIN" inspect --checkpoint "$(checkpoint_of whole 200)"
    for slot in generator.max_exp_avg_sq generator.theta_mean discriminator.square_avg \
        discriminator.momentum_buffer discriminator.theta_mean; do
        [[ $output == *"optimizer.$slot.0.weight"* ]]
    done
}

@test "SIGTERM: a checkpoint, exit 143, and the same final bytes" {
    stop_by TERM
    [ "$status" -eq 143 ]
    grep -q '^gantrain: stopped at step [0-9]* of 3000; continue with --resume$' stderr
    step=$(sed -E 's/.*at step ([0-9]+) of.*/\1/' stderr)
    [ -s "$(checkpoint_of run "$step")" ]
    long 3000 --out run --resume
    same_as_straight
}

@test "SIGINT: a checkpoint, exit 130, and the same final bytes" {
    stop_by INT
    [ "$status" -eq 130 ]
    grep -q '^gantrain: stopped at step' stderr
    long 3000 --out run --resume
    same_as_straight
}

@test "SIGHUP: exit 129; ignored when it was ignored before, as under nohup" {
    stop_by HUP
    [ "$status" -eq 129 ]
    trap '' HUP
    stop_by HUP
    trap - HUP
    [ "$status" -eq 0 ]
    same_as_straight
}

@test "stopped repeatedly, with other numbers of threads" {
    stop_by TERM
    stop_by INT 0.02
    stop_by TERM 0.05
    long 3000 --out run --resume --threads 3
    same_as_straight
}

@test "kill -9 at random moments" {
    stop_by KILL
    [ "$status" -eq 137 ]
    for _ in 1 2 3 4; do
        stop_by KILL "0.0$((RANDOM % 10))"
        [ "$status" -eq 137 ] || [ "$status" -eq 0 ]
    done
    long 3000 --out run --resume
    same_as_straight
    [ -z "$(find run -name '.tmp*')" ]
}

@test "a finished run: exit 0, already complete, no file changed" {
    cp -r "$BATS_FILE_TMPDIR/straight" run
    snapshot run >before
    run --separate-stderr tiny --batch-size 5 --steps 3000 --out run --resume
    [ "$status" -eq 0 ]
    says "already complete at step 3000"
    [ "${lines[1]}" = "$(checkpoint_of run 3000)" ]
    snapshot run | diff before -
}

@test "fewer epochs than a finished run has: the message counts those that were trained" {
    tiny --out run --quiet --epochs 3
    run --separate-stderr tiny --out run --epochs 1 --resume
    [ "$status" -eq 0 ]
    says "run: already complete at step 24 (epoch 3)"
}

@test "more epochs than before: the run continues" {
    tiny --out run --quiet --epochs 2
    run --separate-stderr tiny --out run --epochs 3 --resume
    [ "$status" -eq 0 ]
    says "resuming from step 16"
    [ "${lines[1]}" = "$(checkpoint_of run 24)" ]
}

@test "a damaged checkpoint is skipped with a warning" {
    long 1000 --out run
    for damage in 'truncate -s 5000' 'truncate -s 0' 'truncate -s +1' flip 'cp /dev/null'; do
        rm -rf hurt && cp -r run hurt
        $damage "$(checkpoint_of hurt 1000)"
        run --separate-stderr long 1000 --out hurt --resume
        [ "$status" -eq 0 ]
        says "gantrain: warning: $(checkpoint_of hurt 1000): "
        says "trying the checkpoint before it"
        cmp "$(checkpoint_of run 1000)" "$(checkpoint_of hurt 1000)"
    done
}

flip() { # FILE: flips one bit in the middle
    python3 - "$1" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    data = bytearray(f.read())
    data[len(data) // 2] ^= 16
    f.seek(0)
    f.write(data)
END
}

@test "all checkpoints damaged: exit 5, each is named, none is removed" {
    tiny --out run --quiet
    for file in run/checkpoints/*; do
        truncate -s -1 "$file"
    done
    snapshot run >before
    refuses 5 "none of its 3 checkpoints can be read" tiny --out run --resume
    for step in 100 150 200; do
        says "$(checkpoint_of run $step): "
    done
    snapshot run | diff before -
}

@test "config changes that would change results are refused with the key" {
    tiny --out run --quiet --steps 100
    snapshot run >before
    while read -r key value; do
        refuses 5 "$key: $value now" tiny --out run --resume --set "$key=$value"
    done <<'END'
generator.layers[0].units 33
generator.latent 17
discriminator.layers[1].rate 0.3
discriminator.steps 2
objective.kind minimax
penalty.gamma 2
optimizer.generator.lr 0.002
optimizer.generator.schedule cosine
optimizer.discriminator.historical_averaging 0.1
train.batch_size 16
seed 2
END
    data=$BATS_TEST_TMPDIR/other
    make_data "$data" --side 8 --count 255
    refuses 5 "other data" tiny --out run --resume
    snapshot run | diff before -
}

@test "config changes that do not change results are accepted" {
    tiny --out run --quiet --steps 100
    cp -r "$BATS_FILE_TMPDIR/data/" elsewhere
    data=elsewhere tiny --out run --quiet --steps 200 --resume --set log.every_steps=7 \
        --set checkpoint.keep=1 --set sample.zoom=2 --threads 1
    [ "$(ls run/checkpoints)" = ckpt-00000200.safetensors ]
}

@test "--resume without a checkpoint starts a run" {
    tiny --out run --quiet --resume
    mkdir empty
    run --separate-stderr tiny --out empty --resume
    says "empty: nothing to resume: starting at step 1"
    same_run run empty
}

@test "--resume-from continues a checkpoint in another folder" {
    tiny --out run --quiet
    tiny --out branch --quiet --resume-from "$(checkpoint_of run 150)"
    cmp "$(checkpoint_of run 200)" "$(checkpoint_of branch 200)"
    [ -s "$(checkpoint_of branch 150)" ] # the branch can be resumed by itself
}

@test "--resume-from does not mix two runs" {
    tiny --out run --quiet
    tiny --out other --quiet --seed 2
    snapshot other >before
    refuses 6 "holds an earlier run" tiny --out other --resume-from "$(checkpoint_of run 150)"
    snapshot other | diff before -
}

@test "resuming from an earlier step removes what was saved after it" {
    tiny --out whole --quiet
    cp -r whole run
    tiny --out run --quiet --steps 120 --resume-from "$(checkpoint_of run 100)"
    [ "$(ls run/checkpoints)" = "ckpt-00000100.safetensors
ckpt-00000120.safetensors" ]
    tiny --out run --resume 2>stderr
    grep -q "resuming from step 120" stderr
    same_run whole run
}

@test "nothing is removed when the run is already complete" {
    tiny --out run --quiet
    ls run/checkpoints >before
    tiny --out run --quiet --steps 100 --resume-from "$(checkpoint_of run 100)"
    ls run/checkpoints | diff before -
    [ "$(tail -n 1 run/metrics.jsonl | cut -c 1-12)" = '{"step": 200' ]
}

@test "other random numbers are refused, other kernels give a warning" {
    tiny --out run --quiet --steps 100
    local checkpoint
    checkpoint=$(checkpoint_of run 100)
    cp "$checkpoint" good
    alter "$checkpoint" "philox4x32-10 version " "philox4x32-10 version 9"
    refuses 5 "was trained with other random numbers (philox4x32-10 version 9" \
        tiny --out run --resume
    cp good "$checkpoint"
    alter "$checkpoint" '"gantrain.kernel":"' '"gantrain.kernel":"x'
    run --separate-stderr tiny --out run --resume
    [ "$status" -eq 0 ]
    says "warning: $checkpoint: made with the kernels for x"
}

@test "a tensor of another shape: the message has both shapes" {
    tiny --out run --quiet --steps 100
    alter "$(checkpoint_of run 100)" "[32,16]" "[16,32]"
    refuses 5 'tensor "generator.0.weight" is [16, 32], expected [32, 16]' tiny --out run --resume
}

@test "--resume-from reports the error of the file" {
    refuses 5 "nowhere: cannot be opened" tiny --out run --resume-from nowhere
    refuses 5 "data/train-images-idx3-ubyte" tiny --out run \
        --resume-from data/train-images-idx3-ubyte
    [ ! -e run/config.json ]
}

@test "a metrics.jsonl of another program is never changed" {
    mkdir run
    for text in 'my notes\n' 'my notes' '{"step": 1, "loss": 2}\nnotes\n' '\n'; do
        # shellcheck disable=SC2059
        printf "$text" >run/metrics.jsonl
        cp run/metrics.jsonl before
        refuses 6 "holds an earlier run" tiny --out run
        refuses 6 "is not a row of gantrain: move the file away" tiny --out run --resume
        cmp before run/metrics.jsonl
    done
    refuses 6 "run/metrics.jsonl: line 1 is not a row" tiny --out run --resume
    tiny --out good --quiet
    cp good/metrics.jsonl before
    echo notes >>good/metrics.jsonl
    refuses 6 "line 11 is not a row" tiny --out good --quiet --resume --steps 300
    head -n 10 good/metrics.jsonl | cmp before -
}

@test "rows after the last checkpoint and a truncated row are written again" {
    tiny --out run --quiet
    tiny --out damaged --quiet --steps 100
    { echo '{"step": 120, "epoch": 15, "d_loss": 9}' && printf '{"step": 140, "epo'; } \
        >>damaged/metrics.jsonl
    tiny --out damaged --quiet --resume
    same_run run damaged
}

@test "all features with state together: an interrupted run equals an uninterrupted one" {
    cat >all.json <<'END'
{
  "generator": { "latent": 16, "ema": 0.9, "steps": 2, "layers": [
    { "kind": "dense", "units": 40, "bias": false }, "batch_norm", "prelu",
    { "kind": "dense", "units": 30, "weight": "weight_norm" }, "virtual_batch_norm", "gelu",
    { "kind": "dense", "activation": "tanh" }] },
  "discriminator": { "steps": 2, "packing": 2, "label_flipping": 0.1, "drift": 0.01, "layers": [
    { "kind": "gaussian_noise", "std": 0.3, "until": 100 }, { "kind": "translate", "pixels": 1 },
    { "kind": "maxout", "units": 20, "weight": "spectral_norm" }, "layer_norm", "dropout",
    { "kind": "minibatch_discrimination", "kernels": 8 },
    { "kind": "dense", "units": 1, "weight": "spectral_norm" }] },
  "objective": "relativistic_average",
  "penalty": { "kind": "wgan_gp", "every": 3 },
  "optimizer": {
    "generator": { "kind": "amsgrad", "schedule": { "kind": "step", "every": 30, "factor": 0.9 },
                   "warmup": 20, "clip_norm": 5, "historical_averaging": 1e-3 },
    "discriminator": { "kind": "adamw", "schedule": { "kind": "inverse", "rate": 0.01 },
                       "historical_averaging": 1e-3, "clip_value": 1 } },
  "train": { "batch_size": 32, "accumulate": 2 },
  "log": { "every_steps": 10 }
}
END
    local all=("$GANTRAIN" --config all.json --data data --quiet)
    "${all[@]}" --out whole --steps 80 --threads 2
    "${all[@]}" --out run --steps 10 --threads 1
    "${all[@]}" --out run --steps 50 --threads 3 --resume
    "${all[@]}" --out run --steps 80 --threads 1 --resume
    same_run whole run
}

@test "OUT-06: rows that a power failure left as zeros are written again" {
    tiny --out whole --quiet
    for damage in '{"step": 120, "epoch": 15, "d_loss\0\0\0\0\0\0' '\0\0\0\0\0\0\0\0\0\0\0' \
        '{"st\0\0\0\0\0\0\0\0\0\0\n{"step": 140, "epoch": 15}\n' '{"step": 120\0\0\0\0\0\0\0\0}\n\0\0'; do
        rm -rf damaged
        tiny --out damaged --quiet --steps 100
        # shellcheck disable=SC2059
        printf "$damage" >>damaged/metrics.jsonl
        tiny --out damaged --quiet --resume
        same_run whole damaged
    done
    printf 'mine\0\0\0' >whole/metrics.jsonl
    refuses 6 "is not a row of gantrain" tiny --out whole --resume --steps 300
}
