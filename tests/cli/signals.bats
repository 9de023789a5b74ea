#!/usr/bin/env bats
# Signals: a checkpoint now, a stop for requeueing, a snapshot. Each at every phase: tests/trust/check_signals.py.
load helpers

teardown() {
    [ -z "${program:-}" ] || kill -s KILL "$program" 2>/dev/null || true
}

begin() { # [OPTIONS]: `tiny` in the background into run; returns when it has a metrics row
    (exec env --default-signal=INT "$GANTRAIN" --config "$TINY" --data data --batch-size 5 --steps 100000000 \
        --set log.every_steps=50 --set checkpoint.every_steps=100000000 --out run "$@" 2>stderr) &
    program=$!
    until [ -s run/metrics.jsonl ]; do
        kill -0 "$program"
        sleep 0.01
    done
}

wait_until() { # COMMAND...
    for _ in {1..500}; do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.01
    done
    return 1
}

finish() { # sets $status
    status=0
    wait "$program" || status=$?
    program=
}

@test "USR1: a checkpoint at once, and the training continues" {
    begin
    kill -s USR1 "$program"
    wait_until grep 'saved at step' stderr
    local step
    step=$(sed -nE 's/^saved at step ([0-9]+) of 100000000$/\1/p' stderr)
    [ -s "$(checkpoint_of run "$step")" ]
    kill -0 "$program"
    kill -s TERM "$program"
    finish
    [ "$status" -eq 143 ]
    "$GANTRAIN" inspect --checkpoint "$(checkpoint_of run "$step")" ||
        [ ! -e "$(checkpoint_of run "$step")" ] # the extra one has been rotated out
}

@test "on_usr1=stop: a checkpoint, exit 75, and a requeued job continues" {
    begin --set checkpoint.on_usr1=stop
    kill -s USR1 "$program"
    finish
    [ "$status" -eq 75 ]
    grep -q '^gantrain: stopped at step [0-9]* of 100000000; continue with --resume$' stderr
    step=$(sed -nE 's/.*at step ([0-9]+) of.*/\1/p' stderr)
    [ -s "$(checkpoint_of run "$step")" ]
    "$GANTRAIN" --config "$TINY" --data data --batch-size 5 --out run --resume --steps $((step + 5)) 2>stderr
    grep -q "resuming from step $step" stderr # and the key may change
    grep -q '"on_usr1": "save"' run/config.json
}

@test "USR1 repeatedly, then TERM at the time limit: one stop" {
    begin --set checkpoint.on_usr1=stop
    kill -s USR1 "$program"
    kill -s USR1 "$program" 2>/dev/null || true
    kill -s TERM "$program" 2>/dev/null || true
    finish
    [ "$status" -eq 75 ]
    grep -q 'continue with --resume' stderr
}

@test "two signals 20 ms apart are one, a third after a second ends a long step at once" {
    (exec "$GANTRAIN" --config "$TINY" --data data --batch-size 256 --set train.accumulate=10000 --set discriminator.steps=20 \
        --steps 1000 --out run 2>stderr) &
    program=$!
    wait_until test -s run/environment.json
    sleep 0.5 # into the first step
    kill -s TERM "$program"
    sleep 0.02
    kill -s TERM "$program"
    sleep 1.2
    kill -0 "$program"
    kill -s TERM "$program"
    finish
    [ "$status" -eq 143 ]
    grep -q 'second signal: stopped at once, without a checkpoint' stderr
    tiny --out run --resume --quiet --steps 1
}

@test "GNU timeout signals twice: a checkpoint all the same" {
    for _ in 1 2 3; do
        status=0
        timeout 1 "$GANTRAIN" --config "$TINY" --data data --batch-size 256 --set train.accumulate=100 \
            --steps 1000000 --out run --overwrite 2>stderr || status=$?
        [ "$status" -eq 124 ]
        grep -q '^gantrain: stopped at step [0-9]* of 1000000; continue with --resume$' stderr
    done
}

@test "Ctrl-C twice on a terminal says when another one stops at once" {
    needs_terminal
    python3 - "$GANTRAIN" "$TINY" <<'END'
import os, pty, signal, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "--config", sys.argv[2], "--data", "data", "--batch-size", "256", "--set",
                           "train.accumulate=10000", "--set", "discriminator.steps=20", "--out", "run"])
while not os.path.exists("run/environment.json"):
    time.sleep(0.01)
time.sleep(0.5)  # into the first step
for pause in (0.1, 1.2, 0):
    os.kill(pid, signal.SIGINT)
    time.sleep(pause)
output = b""
try:
    while chunk := os.read(fd, 4096):
        output += chunk
except OSError:
    pass
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
assert b"send the signal again after a second to stop at once" in output, output
assert b"second signal: stopped at once" in output, output
END
}

@test "USR2: progress and samples, even with --quiet" {
    begin --quiet
    kill -s USR2 "$program"
    wait_until test -s run/samples/now.png
    grep -qE '^epoch [0-9]+/[0-9]+  step [0-9]+/100000000  [0-9]+ steps/s ETA .* D .* G ' stderr
    kill -s TERM "$program"
    finish
    cp run/samples/now.png now.png
    # reports, animations and --resume ignore it: it is not a picture of an epoch
    "$GANTRAIN" report run
    ! grep -q now.png run/report.html
    rm -f run/samples/epoch-*.png
    refuses 4 "no pictures" "$GANTRAIN" sample --animate run --out film.png
    tiny --batch-size 5 --out run --resume --quiet --steps "$(sed -nE 's/.*at step ([0-9]+) of.*/\1/p' stderr)"
    cmp now.png run/samples/now.png
    tiny --out run --overwrite --quiet --steps 5
    [ ! -e run/samples/now.png ]
}

@test "USR2 in a run on points draws their scatter plot" {
    (exec "$GANTRAIN" --config "$GANTRAIN_ROOT/configs/ring.json" --steps 100000000 --set log.every_steps=50 \
        --out run 2>stderr) &
    program=$!
    wait_until test -s run/metrics.jsonl
    kill -s USR2 "$program"
    wait_until test -s run/samples/now.png
    kill -s TERM "$program"
    finish
    [ "$status" -eq 143 ]
}

@test "an unknown value of on_usr1: exit 3 with the valid ones" {
    refuses 2 'checkpoint.on_usr1: unknown answer "halt"; known: save, stop' tiny --out run \
        --set checkpoint.on_usr1=halt
    [ ! -e run ]
}

@test "CPU time limit (ulimit -t): a checkpoint before the end, exit 143" {
    (ulimit -t 4 && exec "$GANTRAIN" --config "$TINY" --data data --steps 100000000 --threads 1 \
        --set log.every_steps=10000 --out run 2>stderr) &
    program=$!
    finish
    [ "$status" -eq 143 ]
    grep -q 'continue with --resume' stderr
    tiny --out run --resume --quiet --steps 1 # it is complete
}

study_begin() { # [OPTIONS]
    (exec env --default-signal=INT "$GANTRAIN" study --config "$TINY" --set data.dir="$PWD/data" \
        --set train.steps=1000000 --set log.every_steps=50 --seeds 1-2 --jobs 2 --out D "$@" 2>stderr >stdout) &
    program=$!
    wait_until test -s D/base/1/metrics.jsonl
    wait_until test -s D/base/2/metrics.jsonl
}

@test "a study forwards USR1 and USR2 to its runs" {
    study_begin
    kill -s USR1 "$program"
    wait_until grep 'saved at step' D/base/1/train.log
    wait_until grep 'saved at step' D/base/2/train.log
    kill -s USR2 "$program"
    wait_until test -s D/base/1/samples/now.png
    wait_until test -s D/base/2/samples/now.png
    grep -q '^0/2 runs  ETA ' stderr
    kill -s TERM "$program"
    finish
    [ "$status" -eq 143 ]
}

@test "a study whose runs stop at USR1 stops with them, exit 75" {
    study_begin --set checkpoint.on_usr1=stop
    kill -s USR1 "$program"
    finish
    [ "$status" -eq 75 ]
    grep -q 'stopped with 0 of 2 runs done and 2 started; the same command continues' stderr
    for seed in 1 2; do
        grep -q 'continue with --resume' D/base/$seed/train.log
        [ -n "$(ls D/base/$seed/checkpoints)" ]
    done
}

@test "the job script of src/train/README.md: saved and requeued at USR1, completed by the next job" {
    sed -n '/^#!\/bin\/bash$/,/^```$/{/^```$/!p}' "$GANTRAIN_ROOT/src/train/README.md" |
        sed "s#build/gantrain --config configs/mnist.json#'$GANTRAIN' --config '$TINY' --data data --out run --batch-size 5#" >job
    grep -q "gantrain' --config .*--resume" job
    printf '#!/bin/sh\necho "$@" >>requeued\n' >scontrol
    chmod +x scontrol
    sed 's/--resume/--resume --steps 100000000/' job >first
    PATH=$PWD:$PATH SLURM_JOB_ID=17 bash first 2>stderr &
    program=$!
    wait_until test -s run/metrics.jsonl
    kill -s USR1 "$program"
    finish
    [ "$status" -eq 75 ]
    [ "$(cat requeued)" = "requeue 17" ]
    step=$(sed -nE 's/.*at step ([0-9]+) of.*/\1/p' stderr)
    sed "s/--resume/--resume --steps $((step + 5))/" job >next
    PATH=$PWD:$PATH SLURM_JOB_ID=17 bash next 2>stderr
    grep -q "resuming from step $step" stderr
    [ "$(wc -l <requeued)" -eq 1 ]
}
