#!/usr/bin/env bats
# Runs that are extended: schedules that follow the length of the run jump; the run says so and records it.
load helpers

options=(--set optimizer.generator.schedule=cosine --set optimizer.discriminator.schedule=linear --quiet)

sched() { # STEPS [OPTIONS]
    tiny --steps "$1" "${options[@]}" "${@:2}"
}

@test "a decaying rate jumps: a warning with both rates, and config.json tells the run apart" {
    sched 200 --out straight
    sched 100 --out run
    run --separate-stderr sched 200 --out run --resume
    [ "$status" -eq 0 ]
    says "warning: optimizer.generator.schedule (cosine) follows the length of the run, now 200 steps instead of 100"
    says "its rate was 2.47e-07 in step 100 and continues at 0.0005"
    says "warning: optimizer.discriminator.schedule (linear)"
    says "its rate was 1e-05 in step 100 and continues at 0.0005"
    ! cmp -s straight/config.json run/config.json
    grep -q '"earlier_lengths": \[100, 100\]' run/config.json
    grep -q '"earlier_lengths": \[\]' straight/config.json
    "$GANTRAIN" inspect --run run | grep -q "schedules followed a length of 100 steps up to step 100"
    "$GANTRAIN" inspect --checkpoint "$(checkpoint_of run 200)" | grep -q "a length of 100 steps up to step 100"
    grep -q "Earlier lengths: steps, up to step</dt><dd>100, 100<" run/report.html
    ! grep -q "Earlier lengths" straight/report.html
    # the record is complete: a new run by it has the same bytes
    "$GANTRAIN" --config run/config.json --out again --quiet
    same_run run again
    cmp run/config.json again/config.json
}

@test "an extended run that is interrupted ends with the same bytes, and warns once" {
    options+=(--set checkpoint.keep=9 --set log.every_steps=10)
    sched 60 --out whole
    sched 160 --out whole --resume 2>stderr
    [ "$(grep -c warning stderr)" -eq 2 ]
    for step in 60 100; do # where it was extended, and later
        rm -rf run && cp -r whole run
        for file in run/checkpoints/*; do
            [[ $file < $(checkpoint_of run $((step + 1))) ]] || rm "$file"
        done
        sched 160 --out run --resume --threads 1 2>stderr
        [ "$(grep -c warning stderr)" -eq $((step == 60 ? 2 : 0)) ]
        same_run whole run
        cmp whole/config.json run/config.json
    done
    sched 60 --out twice
    sched 80 --out twice --resume 2>/dev/null
    sched 160 --out twice --resume 2>stderr
    grep -q "now 160 steps instead of 80" stderr
    grep -q '"earlier_lengths": \[60, 60, 80, 80\]' twice/config.json
    sched 160 --out twice --resume 2>stderr
    ! grep -q warning stderr
    "$GANTRAIN" --config twice/config.json --out again --quiet
    same_run twice again
}

@test "stopped before the end of a recorded run and extended from there" {
    sched 60 --out run
    sched 100 --out run --resume 2>/dev/null
    "$GANTRAIN" --config run/config.json --out part --quiet
    rm "$(checkpoint_of part 100)" # to step 50, where the length was 60
    "$GANTRAIN" --config part/config.json --out part --resume --steps 120 --quiet 2>stderr
    grep -q "now 120 steps instead of 60" stderr
    grep -q '"earlier_lengths": \[60, 50\]' part/config.json
}

@test "what does not jump is not reported" {
    tiny --steps 50 --out constant --quiet
    run --separate-stderr tiny --steps 100 --out constant --resume --quiet
    [ -z "$stderr" ]
    grep -q '"earlier_lengths": \[\]' constant/config.json
    tiny --steps 50 --out step --quiet --set optimizer.generator.schedule=step
    run --separate-stderr tiny --steps 100 --out step --resume --quiet --set optimizer.generator.schedule=step
    [ -z "$stderr" ]
    sched 100 --out done
    run --separate-stderr sched 50 --out done --resume # complete: nothing continues
    [ -z "$stderr" ]
}

@test "a length or a file on the command line drops what an earlier run recorded" {
    sched 50 --out run
    sched 100 --out run --resume 2>/dev/null
    "$GANTRAIN" --config run/config.json --steps 100 --out new --quiet
    grep -q '"earlier_lengths": \[\]' new/config.json
    "$GANTRAIN" --config run/config.json --init-from "$(checkpoint_of run 100)" --out warm --quiet
    grep -q '"earlier_lengths": \[\]' warm/config.json
}

@test "a divergence in an extended run, interrupted or not" {
    cat >wild.json <<'EOF'
{
  "objective": "wasserstein",
  "optimizer": { "generator": { "kind": "sgd", "lr": 0.1, "schedule": "linear" },
    "discriminator": { "kind": "sgd", "lr": 0.1, "schedule": "linear" } },
  "train": { "batch_size": 32, "recoveries": 30 },
  "checkpoint": { "every_steps": 10, "keep": 5 },
  "log": { "every_steps": 5 }
}
EOF
    wild() { "$GANTRAIN" --config wild.json --data data --quiet "$@"; }
    wild --out first --steps 10 --set optimizer.generator.lr=1e-4 --set optimizer.discriminator.lr=1e-4
    wild --out whole --init-from "$(checkpoint_of first 10)" --steps 12 2>/dev/null
    cp -r whole run
    wild --out whole --resume --steps 60 2>stderr
    grep -q 'rolling back' stderr
    for signal in 30 40; do
        timeout -s KILL "0.0$signal" "$GANTRAIN" --config wild.json --data data --quiet --out run --resume \
            --steps 60 2>/dev/null || true
    done
    wild --out run --resume --steps 60 2>/dev/null
    cmp "$(newest_checkpoint whole)" "$(newest_checkpoint run)"
}

@test "an invalid list of earlier lengths" {
    for list in '[5]' '[5, 3, 7]' '[5, 3, 7, 3]' '[5.5, 3]'; do
        echo "{\"data\": {\"dir\": \"data\"}, \"train\": {\"steps\": 9, \"earlier_lengths\": $list}}" >bad.json
        refuses 3 "train.earlier_lengths: expected integers in pairs" "$GANTRAIN" --config bad.json --out x
    done
    python3 -c 'print({"train": {"steps": 9, "earlier_lengths": [x for i in range(1, 9) for x in (i, i)]}})' |
        tr "'" '"' >full.json
    "$GANTRAIN" --config full.json --data data --out x --quiet "${options[@]:0:4}"
    refuses 5 "extended 8 times" "$GANTRAIN" --config full.json --data data --out x --resume "${options[@]:0:4}" --steps 20
}
