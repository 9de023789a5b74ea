#!/usr/bin/env bats
# Studies: errors found before training, and runs that are not changed.
load study_helpers

@test "runs with other settings are not changed unless --overwrite is given" {
    grid
    snapshot D >before
    refuses 6 "D/hinge+lr_1e-3/1: was trained with other settings" grid --set train.batch_size=30
    diff before <(snapshot D)
    grid --set train.batch_size=30 --overwrite
    [ "$(grep -c ,done, D/study.csv)" -eq 8 ]
    grep -q '"batch_size": 30' D/hinge+lr_1e-3/1/config.json
    "$GANTRAIN" --config small.json --out run --quiet
    refuses 6 "run: holds a run, not a study" "$GANTRAIN" study --config small.json --out run
}

@test "every study in configs is valid" {
    make_data mnist --count 1000
    echo '{ "data": { "dir": "mnist" }, "train": { "steps": 2 } }' >images.json
    refuses 2 'no run here measures "fcd" without evaluate.classifier=true; known: d_loss' "$GANTRAIN" \
        study images.json --rank fcd --out D
    local config
    for config in "$GANTRAIN_ROOT"/configs/study_*.json; do
        local words=()
        if grep -q '"kind": "idx"' "$config"; then words=(--set data.dir=mnist); fi
        succeeds "$GANTRAIN" study --config "$config" "${words[@]}" --dry-run
        [[ ${lines[-5]} == *" runs, "*" steps in all, "* ]]
    done
    succeeds "$GANTRAIN" study --config "$GANTRAIN_ROOT/configs/study_objectives.json" \
        --set data.dir=mnist --dry-run
    [ "${lines[-5]}" = "24 cells x 3 seeds = 72 runs, 5688 steps in all, $(nproc) at a time" ]
}

@test "--dry-run prints cells, settings and steps and creates nothing" {
    run --separate-stderr grid --dry-run
    [ "$status" -eq 0 ] && [ ! -e D ]
    [[ ${lines[0]} =~ ^cell\ +objective\ +optimizer.generator.lr\ +steps$ ]]
    [[ ${lines[1]} =~ ^hinge\+lr_1e-3\ +hinge\ +1e-3\ +200$ ]]
    [ "${lines[5]}" = "4 cells x 2 seeds = 8 runs, 1600 steps in all, $(nproc) at a time" ]
    [ "${lines[6]}" = "folder   D" ] && [ "${lines[7]}" = "seeds    1-2" ]
    [ "${lines[8]}" = "metrics  all scores: modes, high_quality, reverse_kl; of the last row of each run" ]
    [ "${lines[9]}" = "rank     modes, highest first" ] && [ "${#lines[@]}" -eq 10 ]
    succeeds study --dry-run --seeds 3,1,5-6 --metrics d_loss,g_loss:lower,modes
    [[ $output == *"seeds    3, 1, 5-6"* && $output == *"metrics  d_loss, g_loss, modes; of"* ]]
    [ "${lines[-1]}" = "rank     g_loss, lowest first" ]
}

@test "every error of a study file has its location" {
    while IFS='~' read -r json phrase; do
        put "$json"
        refuses 3 "study.json:$phrase" "$GANTRAIN" study --config study.json --out D
        [ ! -e D ]
    done <<'END'
{"base": "small.json", "axis": {}}~1:24: axis: unknown key: did you mean "axes"?
{"axes": {}}~1:1: base: is missing
{"base": 3}~1:10: base: expected a path or an object
{"base": "small.json", "set": []}~1:31: set: expected an object
{"base": "small.json", "set": {"train.step": 3}}~1:32: train.step: unknown key: did you mean "train.steps"?
{"base": "small.json", "set": {"seed": 3}}~1:32: set: seed: the seeds of a study are named by "seeds"
{"base": "small.json", "set": {"generator.layers[9].units": 3}}~1:61: generator.layers[9].units: invalid path or no such array element
{"base": "small.json", "axes": []}~1:32: axes: expected an object
{"base": "small.json", "axes": {"objective": "hinge"}}~1:46: axes.objective: expected an array of values
{"base": "small.json", "axes": {"objective": []}}~1:46: axes.objective: expected an array of values, or an object of points, got an empty array
{"base": "small.json", "axes": {"objective": ["hinge", "hinges"]}}~1:56: objective: unknown objective "hinges" (did you mean "hinge"?)
{"base": "small.json", "axes": {"objective": ["hinge", "hinge"]}}~1:46: axes.objective: two points called "hinge"
{"base": "small.json", "axes": {"data.std": {"a b": {"data.std": 1}, "a_b": {}}}}~1:45: axes.data.std: "a b" and "a_b" are the same as file names
{"base": "small.json", "axes": {"generator.layers": [[]]}}~1:54: axes.generator.layers: a value without a name
{"base": "small.json", "axes": {"o": {"a": {"objective": {"kind": "hinge", "x": 1}}}}}~1:76: objective.x: unknown key
{"base": "small.json", "axes": {"a": {"b": 1}}}~1:44: axes.a.b: expected an object
{"base": "small.json", "axes": {"data.std": [0.1], "o": {"a": {"data": "ring"}}}}~1:72: axes: data of axis "o" replaces what axis "data.std" sets
{"base": "small.json", "seeds": []}~1:33: seeds: an empty array
{"base": "small.json", "seeds": "3-1"}~1:33: seeds: expected integers
{"base": "small.json", "seeds": [1, 2, 1]}~1:33: seeds: 1 is given twice
{"base": "small.json", "seeds": [1.5]}~1:34: seeds: expected integers
{"base": "small.json", "metrics": "fcd"}~1:35: metrics: expected an array of names
{"base": "small.json", "metrics": ["modes:up"]}~1:36: metrics: expected the name of a column
{"base": "small.json", "rank": "d_loss"}~1:32: rank: whether a high or a low "d_loss" is better is not known
{"base": "small.json", "count": "first"}~1:33: count: unknown way to count
{"base": "small.json", "axes": {"objective": ["hinge"]}, "exclude": [{"objectiv": "hinge"}]}~1:71: exclude: no axis is called "objectiv"
{"base": "small.json", "axes": {"objective": ["hinge"]}, "exclude": [{"objective": "hinges"}]}~1:84: exclude: no point of axis "objective": "hinges"; known: hinge
{"base": "small.json", "axes": {"objective": ["hinge"]}, "exclude": [{"objective": "hinge"}]}~1:69: exclude: nothing is left
{"base": "small.json", "name": "a/b"}~1:32: name: "a/b" is not the name of one folder
END
    put '{"base": "missing.json"}'
    refuses 3 "missing.json" "$GANTRAIN" study --config study.json --out D
}

@test "all errors are reported in one run, those common to all cells once" {
    put '{
  "base": "small.json",
  "set": { "train.batch_size": 0 },
  "axes": { "objective": ["hing", "minimax"], "penalty": ["r1", "r3"] }
}'
    refuses 3 "study.json:3:32: train.batch_size: expected an integer" "$GANTRAIN" study --config study.json --out D
    says 'study.json:4:27: objective: unknown objective "hing"'
    says 'study.json:4:65: penalty: unknown penalty "r3"'
    [ "$(wc -l <<<"$stderr")" -eq 3 ]
    put '{
  "base": "small.json",
  "axes": { "data": { "a": { "data.kind": "idx", "data.dir": "none", "data.std": 3 }, "b": {} } }
}'
    refuses 3 "study.json:3:70: data.std: dataset \"idx\" has no such key; it belongs to ring, grid" "$GANTRAIN" study --config study.json --out D
    # mistakes found when data and nets are built name the cell
    refuses 2 "cell hinge: " study --vary objective=hinge,minimax --set train.batch_size=5000
    says "train.batch_size: 5000 is more than the 2000 samples"
    [ "$(wc -l <<<"$stderr")" -eq 1 ] && [ ! -e D ]
}

@test "invalid command lines" {
    refuses 2 "--vary objective=hinge,hinges: objective: unknown objective" study --vary objective=hinge,hinges
    refuses 2 "expected key.path=VALUE" study --vary objective
    refuses 2 "--vary objective is given twice" study --vary objective=hinge --vary objective=minimax
    refuses 2 "--seeds: seeds: expected integers" study --seeds 3-x
    refuses 2 "--set train.steps=-1" study --set train.steps=-1
    refuses 2 "--jobs: expected an integer" study --jobs 0
    refuses 2 "--config is missing" "$GANTRAIN" study
    refuses 2 "unknown option" study --job 3
    refuses 2 "--rank: rank: whether a high or a low" study --rank g_loss
    refuses 2 "gantrain study takes --set train.steps=100" study --steps 100
    refuses 2 "gantrain study takes --set train.batch_size=8" study --batch-size=8
}

@test "metrics that no run will measure" {
    local words
    for words in "--metrics fdc" "--metrics modes,fdc --dry-run" "--metrics modes --rank fdc:lower"; do
        refuses 2 'unknown metric "fdc"; known: modes, high_quality, reverse_kl, d_loss' study $words
        [ ! -e D ]
    done
    refuses 2 '--metrics: metrics: no run here measures "fcd"; known: modes' study --metrics modes,fcd
    refuses 2 '--metrics: metrics: no run here measures "kl"' study --metrics kl
    refuses 2 '--rank: rank: unknown metric "modez" (did you mean "modes"?)' study --rank modez
    run ! says ":lower"
    refuses 2 '--rank: rank: unknown metric "modez" (did you mean "modes"?)' study --rank modez:lower
    put '{"base": "small.json", "metrics": ["d_los"]}'
    refuses 3 'study.json:1:36: metrics: unknown metric "d_los" (did you mean "d_loss"?)' \
        "$GANTRAIN" study --config study.json --out D
    # a score that needs labelled samples is not measured in training
    make_data mnist --count 1000
    refuses 2 'no run here measures "gan_train"; known: score, ' "$GANTRAIN" study --config \
        "$GANTRAIN_ROOT/configs/study_objectives.json" --set data.dir=mnist --metrics fcd,gan_train
    succeeds "$GANTRAIN" study --config "$GANTRAIN_ROOT/configs/study_objectives.json" \
        --set data.dir=mnist --metrics fcd --dry-run
}
