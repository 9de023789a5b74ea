#!/usr/bin/env bats
# The run folder: write check before training, one process at a time, folders that are moved or removed
# during training, full disks.
load helpers

begin() { # [OPTIONS]: a long training in the background ($program), stopped after its first checkpoint
    (exec "$GANTRAIN" --config "$TINY" --data data --out run --steps 20000 --quiet \
        --set checkpoint.every_steps=50 --set sample.every_epochs=1000 "$@" 2>stderr >stdout) &
    program=$!
    until compgen -G "run/checkpoints/ckpt-*" >/dev/null; do
        sleep 0.01
    done
    kill -STOP "$program"
}

finish() { # continues to the end, sets $status
    kill -CONT "$program"
    status=0
    wait "$program" || status=$?
}

teardown() {
    [ -z "${program:-}" ] || kill -9 "$program" 2>/dev/null || true
}

@test "FS-02: a folder that cannot be written: exit 6 before any training" {
    tiny --out run --quiet --steps 100
    snapshot run >before
    unshare -m mount --bind run run 2>/dev/null || skip "mounts of its own are not allowed here"
    run unshare -m bash -c 'mount --bind run run && mount -o remount,ro,bind run &&
        exec "$0" --config "$1" --data data --out run --resume --steps 200' "$GANTRAIN" "$TINY"
    [ "$status" -eq 6 ]
    [[ $output == *"run: creating a file in it failed: Read-only file system"* ]]
    [[ $output != *"step "* ]]
    snapshot run | diff before -
}

@test "FS-02: no space for a single byte: exit 6 before any training" {
    run bash -c "ulimit -f 0; exec '$GANTRAIN' --config '$TINY' --data data --out run"
    [ "$status" -eq 6 ]
    [[ $output == *"run: writing a file in it failed: File too large"* ]]
    [[ $output != *"epoch "* ]]
    [ -z "$(find run -type f)" ]
}

@test "FS-02: no permission: exit 6 before any training" {
    local as=() place
    place=$(mktemp -d) # another user may not be able to enter the build folder
    cp -rL data "$GANTRAIN" "$TINY" "$place" && cd "$place"
    GANTRAIN=$place/${GANTRAIN##*/} TINY=$place/${TINY##*/}
    tiny --out run --quiet --steps 100
    chmod -R a+rX "$place" && chmod 555 run run/*/
    if [ "$(id -u)" -eq 0 ]; then # root ignores permissions
        as=(setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all)
        "${as[@]}" "$GANTRAIN" --version >/dev/null 2>&1 || skip "another user cannot start a program in $place"
    fi
    run "${as[@]}" "$GANTRAIN" --config "$TINY" --data data --out run --resume --steps 200
    chmod 755 run run/*/
    cd / && rm -r "$place"
    [ "$status" -eq 6 ]
    [[ $output == *"run: creating a file in it failed: Permission denied"* ]]
}

@test "FS-08: a folder that is moved during training: exit 6, and --resume continues at its new path" {
    begin
    mv run elsewhere
    finish
    [ "$status" -eq 6 ]
    grep -qE "^gantrain: error: run: the run folder was moved or removed: training stopped at step [0-9]+; its newest checkpoint is of step [0-9]+" stderr
    [ ! -e run ]
    tiny --out elsewhere --resume --quiet --steps 20000 --set checkpoint.every_steps=50 --set sample.every_epochs=1000
    tiny --out whole --quiet --steps 20000 --set checkpoint.every_steps=50 --set sample.every_epochs=1000
    same_run whole elsewhere
}

@test "FS-08: a folder that is removed during training: exit 6, nothing is written into another folder at its path" {
    begin
    rm -r run
    mkdir run # a new folder at the same path
    finish
    [ "$status" -eq 6 ]
    grep -q "^gantrain: error: run: the run folder was moved or removed: training stopped at step" stderr
    [ -z "$(ls run)" ]
}

@test "FS-08: a folder of checkpoints that is removed during training: exit 6, no step is saved, training continues" {
    begin
    rm -r run/checkpoints
    finish
    [ "$status" -eq 6 ]
    grep -q "^gantrain: error: checkpoint not written [0-9]* times" stderr
    grep -q "^gantrain: error: no state is saved: steps 1 to 20000 are lost" stderr
}

@test "FS-11: the message names the process that holds the lock" {
    begin
    refuses 9 "run: another gantrain is training in this folder" tiny --out run --resume
    says "(process $program on $(hostname))" || says "the process is not visible from here"
    kill -CONT "$program"
    kill -TERM "$program"
    wait "$program" || true
}

@test "FS-12: a file system without locks: exit 6, --no-lock trains with a warning" {
    command -v strace >/dev/null || skip "no strace"
    local without=(strace -o /dev/null -e inject=flock:error=ENOLCK "$GANTRAIN")
    "${without[@]}" --version >/dev/null 2>&1 || skip "strace cannot trace here"
    refuses 6 "No locks available: this file system has no locks; use another folder, or train with --no-lock" \
        "${without[@]}" --config "$TINY" --data data --out run
    run --separate-stderr "${without[@]}" --config "$TINY" --data data --out run --no-lock --quiet
    [ "$status" -eq 0 ]
    says "warning: run: is not locked: make sure that no other gantrain trains in it"
    # where locks work, --no-lock still takes them
    rm -r run
    begin
    refuses 9 "another gantrain" tiny --out run --resume --no-lock
    kill -9 "$program"
    wait "$program" 2>/dev/null || true
}

@test "FS-13: a new run in a folder that holds only checkpoints: exit 6" {
    tiny --out run --quiet --steps 50
    rm run/config.json run/metrics.jsonl
    snapshot run >before
    refuses 6 "holds an earlier run (1 checkpoint)" tiny --out run
    snapshot run | diff before -
}

@test "FS-09: symbolic links, FIFOs and hard links are replaced, their targets stay unchanged" {
    mkdir -p run/checkpoints run/samples
    echo mine >mine
    ln -s "$PWD/mine" run/checkpoints/ckpt-00000050.safetensors
    ln mine run/checkpoints/ckpt-00000100.safetensors.bak
    mkfifo run/checkpoints/ckpt-00000100.safetensors
    ln -s "$PWD/mine" run/samples/epoch-0001.png
    ln -s "$PWD/mine" run/config.json
    refuses 6 "holds an earlier run" tiny --out run
    timeout 60 "$GANTRAIN" --config "$TINY" --data data --out run --quiet --overwrite
    [ "$(cat mine)" = mine ]
    [ -f run/checkpoints/ckpt-00000100.safetensors ]
    [ ! -L run/samples/epoch-0001.png ]
    [ "$(cat run/checkpoints/ckpt-00000100.safetensors.bak)" = mine ]
}

@test "FS-15: files have the mode of the umask" {
    (umask 077 && tiny --out private --quiet --steps 50)
    (umask 022 && tiny --out public --quiet --steps 50)
    [ -z "$(find private -type f ! -perm 600 -o -type d ! -perm 700)" ]
    [ -z "$(find public -type f ! -perm 644 -o -type d ! -perm 755)" ]
}

@test "FS-16: very long names, and names that are not UTF-8" {
    local name
    name=$(printf 'n%.0s' {1..255})
    tiny --out "$name" --quiet --steps 50
    [ -s "$name/report.html" ]
    refuses 6 "File name too long" tiny --out "${name}n"
    tiny --out $'b\xff\xfed' --quiet --steps 50
    [ -s $'b\xff\xfed/config.json' ]
}

@test "FS-20: the newest checkpoint is that of the highest step, regardless of its mtime" {
    tiny --out run --quiet
    touch -d 1971-01-01 "$(checkpoint_of run 200)"
    touch -d 2037-01-01 "$(checkpoint_of run 100)"
    run --separate-stderr tiny --out run --resume --steps 210
    says "resuming from step 200"
}

@test "FS-04: no room for pictures alone: one warning, all else is written, exit 6 names what is missing" {
    mkdir -p run/samples run/checkpoints
    for epoch in {1..25}; do
        mkdir "$(printf 'run/samples/epoch-%04d.png' "$epoch")" # rename cannot replace a folder
    done
    run --separate-stderr tiny --out run
    [ "$status" -eq 6 ]
    [ "$(grep -c "warning: samples not written: " <<<"$stderr")" -eq 1 ]
    says "error: samples not written 25 times, at steps 8 to 200, the last time: run/samples/epoch-0025.png: is a folder"
    says "error: the state of the last step, 200, is saved: $(checkpoint_of run 200)"
    tiny --out good --quiet
    cmp "$(checkpoint_of good 200)" "$(checkpoint_of run 200)"
    [ "$(wc -l <run/metrics.jsonl)" -eq "$(wc -l <good/metrics.jsonl)" ]
}
