#!/usr/bin/env bats
# Output: full disks, closed descriptors, folders in use, two processes.
load helpers

@test "stdout is full: exit 6, the training is complete" {
    tiny --out good --quiet
    status=0
    tiny --out run --quiet >/dev/full 2>stderr || status=$?
    [ "$status" -eq 6 ]
    grep -q "^gantrain: error: standard output: No space left on device" stderr
    same_run good run
}

@test "help and lists on a full stdout: exit 6" {
    local arguments
    for arguments in --help --version "train --help" list "list --json"; do
        status=0
        # shellcheck disable=SC2086
        "$GANTRAIN" $arguments >/dev/full 2>stderr || status=$?
        [ "$status" -eq 6 ]
        grep -q "standard output: No space left" stderr
        status=0
        # shellcheck disable=SC2086
        "$GANTRAIN" $arguments >&- 2>stderr || status=$?
        [ "$status" -eq 6 ]
        grep -q "standard output: " stderr
    done
}

@test "stderr is a closed pipe: the training is complete" {
    tiny --out good --quiet
    tiny --out full 2>/dev/full
    same_run good full
    tiny --out pipe 2>&1 | head -n 1 || true
    same_run good pipe
}

@test "closed descriptors: no message is written into a file" {
    tiny --out good --quiet
    status=0
    tiny --out run <&- >&- 2>&- || status=$?
    [ "$status" -eq 6 ]
    same_run good run
}

@test "folders that cannot be created: exit 6 before any training" {
    refuses 6 "/proc/run: mkdir failed" tiny --out /proc/run
    refuses 6 "/dev/null: mkdir failed: Not a directory" tiny --out /dev/null/run
    refuses 6 "data/train-images-idx3-ubyte: mkdir failed" tiny \
        --out data/train-images-idx3-ubyte
    echo mine >file
    refuses 6 "file: mkdir failed" tiny --out file
    [ "$(cat file)" = mine ]
}

@test "parent folders are created" {
    succeeds tiny --out "$(printf 'd/%.0s' {1..50})run with spaces é" --quiet --steps 2
}

@test "a folder that holds a run: exit 6, nothing is changed" {
    tiny --out run --quiet --steps 5
    snapshot run >before
    refuses 6 "--resume to continue it, another --out to keep it" tiny --out run
    snapshot run | diff before -
    mkdir mine && echo '{ "seed": 3 }' >mine/config.json
    refuses 6 "holds an earlier run" "$GANTRAIN" --config mine/config.json --data data --out mine
    [ "$(cat mine/config.json)" = '{ "seed": 3 }' ]
}

@test "--overwrite removes the files of the run and no other" {
    tiny --out new --quiet --steps 9
    tiny --out run --quiet
    local mine=(notes.txt checkpoints/notes checkpoints/ckpt-1.safetensors
        checkpoints/ckpt-0000000200.safetensors checkpoints/ckpt-00000200.safetensors.bak
        samples/epoch-1.png samples/mine.png)
    local file
    for file in "${mine[@]}"; do
        echo mine >"run/$file"
    done
    mkdir run/checkpoints/ckpt-00009999.safetensors
    ln -s "$TINY" run/checkpoints/ckpt-00009998.safetensors
    tiny --out run --quiet --steps 9 --overwrite
    for file in "${mine[@]}"; do
        [ "$(cat "run/$file")" = mine ]
        rm "run/$file"
    done
    rmdir run/checkpoints/ckpt-00009999.safetensors
    rm run/checkpoints/ckpt-00009998.safetensors
    diff <(cd run && find . | sort) <(cd new && find . | sort)
    same_run run new
}

@test "an invalid config overwrites nothing" {
    tiny --out run --quiet --steps 9
    snapshot run >before
    refuses 2 "generator.latent" tiny --out run --overwrite --set generator.latent=0
    data=nowhere refuses 4 "nowhere" tiny --out run --overwrite
    snapshot run | diff before -
}

@test "a second process in the same folder: exit 9, the first continues" {
    (exec "$GANTRAIN" --config "$TINY" --data data --out run --steps 100000000 --quiet \
        2>stderr) &
    local first=$!
    while [ ! -s run/metrics.jsonl ]; do
        sleep 0.01
    done
    refuses 9 "another gantrain is training in this folder" tiny --out run --resume
    refuses 9 "another gantrain" tiny --out ./run/ --overwrite
    kill -0 "$first"
    kill -TERM "$first"
    status=0
    wait "$first" || status=$?
    [ "$status" -eq 143 ]
    tiny --out run --resume --steps 1 --quiet # the lock went with the process
}

@test "temporary files of a killed process are removed, others stay" {
    tiny --out run --quiet --steps 5
    touch run/checkpoints/.tmp-0123456789abcdef-ckpt-00000009.safetensors
    touch run/checkpoints/.tmp-mine
    tiny --out run --quiet --steps 9 --resume
    [ ! -e run/checkpoints/.tmp-0123456789abcdef-ckpt-00000009.safetensors ]
    [ -e run/checkpoints/.tmp-mine ]
}

@test "stopped by a signal: what could not be written is reported again" {
    (exec "$GANTRAIN" --config "$TINY" --data data --out run --steps 100000000 --quiet \
        2>stderr) &
    local program=$!
    while [ ! -s run/metrics.jsonl ]; do
        sleep 0.01
    done
    until [ -f run/samples ]; do # a folder that is missing would be made again
        rm -rf run/samples || true
        : >run/samples || true
    done 2>rm
    while ! grep -q "samples not written: .*; training continues" stderr; do
        sleep 0.01
    done
    kill -TERM "$program"
    status=0
    wait "$program" || status=$?
    [ "$status" -eq 143 ]
    grep -Eq "^gantrain: warning: samples not written .*run/samples/epoch-.*(Not a directory|No such file)" stderr
    tail -n 1 stderr | grep -q "^gantrain: stopped at step"
}

@test "files that cannot grow: a warning, training continues, exit 6" {
    # a limit on the size of files is a disk that is full for large files only; SIGXFSZ does not kill
    run --separate-stderr bash -c "ulimit -f 8; exec $GANTRAIN --config $TINY --data data --out run"
    [ "$status" -eq 6 ]
    [ -z "$output" ]
    says "checkpoint not written"
    says "training continues"
    says "step 200/200"
    [ -s run/samples/epoch-0025.png ]
    [ -z "$(find run -name '.tmp*')" ]
    [ -z "$(ls run/checkpoints)" ]
}
