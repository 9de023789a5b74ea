#!/usr/bin/env bats
# Command lines: a mistake ends in one line and exit 2, before anything is read or written.
load helpers

@test "no arguments" {
    run --separate-stderr "$GANTRAIN"
    [ "$status" -eq 2 ] && [ -z "$output" ]
    for word in "gantrain FILE.json" --resume "gantrain sample" "gantrain evaluate" "gantrain help COMMAND"; do
        says "$word"
    done
    [ "$(wc -l <<<"$stderr")" -le 15 ]
    run ! grep -E '.{101}' <<<"$stderr"
}

@test "a word that ends in .json is the config" {
    "$GANTRAIN" "$TINY" --data data --dry-run --quiet >one
    tiny --dry-run --quiet | diff one -
    "$GANTRAIN" --data data --dry-run --quiet "$TINY" | diff one -
    "$GANTRAIN" train "$TINY" --data data --dry-run --quiet | diff one -
    "$GANTRAIN" "$TINY" --data data --steps 3 --out run --quiet
    [ -s run/config.json ]
    refuses 3 "nowhere.json: cannot be opened" "$GANTRAIN" nowhere.json
    refuses 2 "--config is given twice" tiny other.json
}

commands() { # all but help
    "$GANTRAIN" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -v '^help$'
}

@test "help of a command, and what help does not know" {
    succeeds "$GANTRAIN" help
    diff <("$GANTRAIN" --help) - <<<"$output"
    diff <("$GANTRAIN" help --help) - <<<"$output"
    for command in $(commands); do
        diff <("$GANTRAIN" help $command) <("$GANTRAIN" $command --help)
    done
    refuses 2 'unknown command "smaple" (did you mean sample?)' "$GANTRAIN" help smaple
    refuses 2 "expected one command, got 2 words" "$GANTRAIN" help list layers
    refuses 2 'unknown command "hepl" (did you mean help?)' "$GANTRAIN" hepl
}

@test "unknown options and commands, with the nearest known one" {
    refuses 2 'unknown option "--epcohs" (did you mean --epochs?)' "$GANTRAIN" --epcohs 3
    refuses 2 'unknown option "-x"' "$GANTRAIN" -x
    refuses 2 'unknown option "--Epochs"' tiny --Epochs 3
    refuses 2 'unknown option "--epoch"' tiny --epoch 3 # no abbreviations
    refuses 2 'unknown command "trian" (did you mean train?)' "$GANTRAIN" trian
    refuses 2 'unknown command "smaple" (did you mean sample?)' "$GANTRAIN" smaple
    refuses 2 'unknown option "--chekpoint" (did you mean --checkpoint?)' "$GANTRAIN" inspect \
        --chekpoint x
    refuses 2 'unknown command ""' "$GANTRAIN" ""
}

@test "values: missing, or given to an option without one" {
    refuses 2 "--config needs a value" "$GANTRAIN" --config
    refuses 2 "--config is missing" "$GANTRAIN" train
    refuses 2 "--seed needs a value" tiny --seed
    refuses 2 "--out is missing; usage: gantrain sample" "$GANTRAIN" sample --checkpoint x
    [[ $stderr != *'\x0a'* && $stderr != *--animate* ]]
    refuses 2 '--quiet takes no value, got "maybe"' tiny --quiet=maybe
    refuses 2 "takes options only" tiny stray
}

@test "numbers are plain digits within their range" {
    local value
    for value in -1 +1 1e3 0x10 "" " 7" "7 " 7abc 1.0 9007199254740993 18446744073709551616; do
        refuses 2 "--seed: expected an integer 0..9007199254740992, got \"$value\"" \
            tiny --seed "$value"
    done
    for value in 0 -3 65 100000 two; do
        refuses 2 "--threads: expected an integer 1..64, got \"$value\"" tiny --threads "$value"
    done
    refuses 2 "--epochs: expected" tiny --epochs 0
    refuses 2 "--steps: expected" tiny --steps 1000000000001
    refuses 2 "--batch-size: expected" tiny --batch-size 65537
    refuses 2 "--rank-timeout: expected an integer 0..1000000" tiny --rank-timeout 1000001
}

@test "the same option twice" {
    refuses 2 '--epochs is given twice: "1" and "2"' tiny --epochs 1 --epochs 2
    tiny --steps 1 --steps 1 --dry-run --quiet # the same value is no contradiction
}

@test "options that exclude each other" {
    refuses 2 "--resume and --overwrite exclude each other" tiny --overwrite --resume
    refuses 2 "--epochs and --steps exclude each other" tiny --steps 2 --epochs 1
    refuses 2 "--resume and --resume-from exclude" tiny --resume --resume-from x
    refuses 2 "--resume-from and --overwrite exclude" tiny --resume-from x --overwrite
}

@test "--set: form, path, type" {
    local place
    for place in "" = =5 train.steps; do
        refuses 2 "expected key.path=VALUE" tiny --set "$place"
    done
    for place in train. .train train..steps "generator.layers[9].units" "generator.layers[-1].units" \
        "generator.layers[+0].units" "generator.layers[].units" "generator.layers[0]x" \
        "generator.layers[0][0].units" "generator.layers[0" "seed.x" \
        "generator.layers[99999999999999999999].units"; do
        refuses 2 "--set $place=4: invalid path" tiny --set "$place=4"
    done
    refuses 2 "expected a number 1e-12..10, got the string \"abc\"" tiny --set optimizer.generator.lr=abc
    refuses 2 "nope: unknown key" tiny --set nope.key=1
    refuses 2 'did you mean "generator.layers[0].units"?' tiny --set "generator.layers[0].unit=3"
    refuses 2 "lr: expected a number" tiny --set optimizer.generator.lr=1e999
    refuses 2 "lr: expected a number" tiny --set optimizer.generator.lr=1e-999
    refuses 2 "lr: expected a number" tiny --set optimizer.generator.lr=nan
    refuses 2 "put objects and arrays into the config file" tiny --set "generator.layers=[]"
}

@test "--set reaches elements of arrays and keys of short forms" {
    run --separate-stderr tiny --dry-run --set "generator.layers[0].units=9" \
        --set "generator.layers[0].activation.slope=0.5" --set penalty=none
    [ "$status" -eq 0 ]
    python3 - "$output" <<'END'
import json, sys
config = json.loads(sys.argv[1])
layer = config["generator"]["layers"][0]
assert layer["units"] == 9 and layer["activation"] == {"kind": "leaky_relu", "slope": 0.5}, layer
assert config["penalty"] == "none"
END
    echo '{ "data": "idx" }' >short.json
    "$GANTRAIN" --config short.json --data data --dry-run
}

@test "values may begin with a dash" {
    cp "$TINY" ./-x.json
    "$GANTRAIN" --config -x.json --data data --dry-run
    "$GANTRAIN" --config=-x.json --data=data --dry-run
    "$GANTRAIN" --data data --dry-run -- -x.json
    refuses 2 '"-x": gantrain train takes options only' "$GANTRAIN" --data data -- -x
}

@test "empty paths" {
    refuses 2 "--config: expected a path, got nothing" "$GANTRAIN" --config ""
    refuses 2 "--out: expected a path, got nothing" tiny --out ""
    refuses 2 "--data: expected a path, got nothing" "$GANTRAIN" --config "$TINY" --data ""
    refuses 2 "--resume-from: expected a path" tiny --resume-from ""
    refuses 2 "--checkpoint: expected a path" "$GANTRAIN" inspect --checkpoint ""
}

@test "paths that are too long" {
    local long
    long=$(printf '%05000d' 0)
    refuses 3 "000" "$GANTRAIN" --config "$long"
    refuses 6 "too long" tiny --out "$long"
    refuses 4 "000" "$GANTRAIN" --config "$TINY" --data "$long"
}

@test "control characters of names never reach a terminal" {
    refuses 3 'a\x1b[31m\x0ab: cannot be opened' "$GANTRAIN" --config $'a\e[31m\nb'
    refuses 2 '"\xff\xfe"' "$GANTRAIN" $'\xff\xfe'
    refuses 4 '\x1b[2J' "$GANTRAIN" --config "$TINY" --data $'\e[2J'
    succeeds tiny --out $'o\xff\n\e[31m' --quiet --steps 2
    succeeds tiny --set name=$'n\xff' --quiet --steps 2
    succeeds tiny --set name=$'n\xff' --quiet --steps 4 --resume
}

@test "folders and names that look like numbers" {
    ln -s data 2024
    data=2024 succeeds tiny --set name=1e3 --quiet --steps 2
    [ -s runs/1e3/checkpoints/ckpt-00000002.safetensors ]
    ln -s data true
    data=true succeeds tiny --out 7 --quiet --steps 2
}

@test "names that are no folder name" {
    for name in . .. a/b /tmp/x; do
        refuses 2 "is not the name of one folder" tiny --set "name=$name"
    done
    refuses 2 "at most 200" tiny --set "name=$(printf '%0201d' 0 | tr 0 n)"
}

@test "too many arguments, too long ones, no argv[0]" {
    python3 - "$GANTRAIN" <<'END'
import subprocess, sys
program = sys.argv[1]
for arguments, phrase in (
    (["x"] * 100000, "unknown command"),
    (["z" * 130000], "unknown command"),
    (["--config", "c"] + ["--set", "a.b=1"] * 300, "more than 256 --set"),
    (["--config", "c", "--set", "a" * 100000 + "=1"], "c: cannot be opened"),
):
    r = subprocess.run([program] + arguments, capture_output=True, text=True, timeout=5)
    assert r.returncode in (2, 3) and phrase in r.stderr, (r.returncode, r.stderr)
r = subprocess.run([], executable=program, capture_output=True, text=True, timeout=5)
assert r.returncode == 2, r
END
}

@test "help names commands, options, keys and exit codes, in 80 columns, keys in 100" {
    succeeds "$GANTRAIN" --help
    for word in train sample evaluate inspect report study bench data list --version "143  "; do
        [[ $output == *"$word"* ]]
    done
    run ! grep -E '.{81}' <<<"$output"
    for command in $(commands); do
        succeeds "$GANTRAIN" "$command" --help
        [[ $output == *"usage: gantrain "* ]]
        run ! grep -E '.{81}' <<<"${output%%$'keys'*}" # the reference of keys is wider:
        run ! grep -E '.{101}' <<<"$output"
    done
    succeeds "$GANTRAIN" train --help
    for word in --set --epochs --steps --batch-size --seed --threads --data --out --resume \
        --resume-from --overwrite --rank-timeout --dry-run --quiet --no-progress train.batch_size \
        checkpoint.every_steps checkpoint.keep sample.every_epochs log.every_steps; do
        [[ $output == *"$word"* ]]
    done
}

@test "environment variables of other programs do no harm" {
    OMP_NUM_THREADS=abc OPENBLAS_NUM_THREADS=-1 LC_ALL=junk TZ=junk tiny --out junk --quiet --steps 9
    tiny --out run --quiet --steps 9
    same_run junk run
}

@test "little address space: training works, bench ends with a message instead of a hang in OpenBLAS" {
    ! is_sanitized || skip "sanitizers need all of it"
    limited() { timeout 20 bash -c 'ulimit -v $((200 << 10)) && exec "$@"' - "$@"; }
    limited "$GANTRAIN" --config "$TINY" --data data --out run --quiet --steps 9 --threads 2
    refuses 7 "the address space is limited" limited "$GANTRAIN" bench --config "$TINY" --data data \
        --seconds 1
}

@test "--set and short options that contradict each other" {
    refuses 2 "train.epochs and train.steps exclude each other" tiny --steps 5 --set train.epochs=2
    refuses 2 "train.epochs and train.steps exclude each other" \
        tiny --set train.steps=2 --set train.epochs=2
    refuses 2 "seed is given twice: \"5\" and \"6\"" tiny --seed 5 --set seed=6
    tiny --seed 5 --set seed=5 --dry-run --quiet >/dev/null
}
