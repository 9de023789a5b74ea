#!/usr/bin/env bats
# Configs: every error with its location, all of them in one run, exit 3.
load helpers

dry() { # FILE [OPTIONS]
    "$GANTRAIN" --config "$1" --data data --dry-run --quiet "${@:2}"
}

# One row per line: location, tab, phrase, tab, config.
expect_errors() {
    local place phrase text
    while IFS=$'\t' read -r place phrase text; do
        printf '%s' "$text" >bad.json
        refuses 3 "bad.json:$place: $phrase" dry bad.json
    done
}

@test "invalid JSON" {
    expect_errors <<'END'
1:1	empty	
1:2	unexpected end of text	{
1:1	found an array	[]
1:10	trailing comma	{"seed":1,}
1:13	text after the end	{"seed": 1} x
1:9	a number must not begin with 0	{"seed":01}
1:11	duplicate key "seed"	{"seed":1,"seed":2}
1:1	JSON has no comments	// no
1:11	\u0000	{"name":"a\u0000b"}
1:47	number out of range	{"optimizer":{"generator":{"kind":"adam","lr":1e999}}}
END
    printf '\xef\xbb\xbf{"sed":1}' >bad.json # a byte order mark has no column
    refuses 3 "bad.json:1:2: sed: unknown key" dry bad.json
    { printf '{"a":' && printf '%0100000d' 0 | tr 0 '['; } >bad.json
    refuses 3 "nested deeper" dry bad.json
}

@test "errors have line and column" {
    printf '{\n  "seed": 1,\n  "train": {\n    "epochs": "two"\n  }\n}\n' >bad.json
    refuses 3 'bad.json:4:15: train.epochs: expected an integer' dry bad.json
}

@test "keys and types" {
    expect_errors <<'END'
1:2	sed: unknown key: did you mean "seed"?	{"sed":1}
1:2	Seed: unknown key: did you mean "seed"?	{"Seed":1}
1:9	seed: expected an integer	{"seed":"1"}
1:9	seed: expected an integer	{"seed":null}
1:9	seed: expected an integer	{"seed":1.5}
1:9	seed: expected an integer	{"seed":9007199254740993}
1:10	train: expected an object	{"train":[]}
1:9	name: expected a string	{"name":5}
1:9	name: "a/b" is not the name	{"name":"a/b"}
1:13	penalty.gamma: penalty "none" has no such key; it belongs to r1, r2, r1_r2 (set penalty.kind)	{"penalty":{"gamma":5}}
1:27	penalty.gamma: penalty "none" has no such key; it belongs to r1, r2, r1_r2 (set penalty.kind)	{"penalty":{"kind":"none","gamma":5}}
1:41	generator.layers[0].unit: unknown key: did you mean "generator.layers[0].units"?	{"generator":{"layers":[{"kind":"dense","unit":5}]}}
1:25	penalty.gama: unknown key: did you mean "penalty.gamma"?	{"penalty":{"kind":"r1","gama":5}}
END
}

@test "integers may be written as 2.0 and 1e3; a length of 0 leaves it to the other key" {
    printf '\xef\xbb\xbf{"train":{"epochs":2.0,"steps":0.0,"batch_size":1e2}}' >good.json
    one_line() { tr -s '\n ' ' '; }
    dry good.json | one_line | grep -q '"epochs": 2, "steps": 0, .*"batch_size": 100'
    dry good.json --set train.steps=0 --set train.epochs=30 | one_line | grep -q '"epochs": 30, "steps": 0'
    dry good.json --set train.epochs=30 --set train.steps=0 | one_line | grep -q '"epochs": 30, "steps": 0'
    dry good.json --set train.epochs=0 --set train.steps=7 | one_line | grep -q '"epochs": 0, "steps": 7'
    refuses 2 "train.epochs and train.steps exclude each other" dry good.json \
        --set train.epochs=30 --set train.steps=1
}

@test "misplaced keys and those of other programs" {
    expect_errors <<'END'
1:2	batch_size: unknown key: did you mean "train.batch_size"?	{"batch_size":64}
1:2	batchSize: unknown key: did you mean "train.batch_size"?	{"batchSize":64}
1:2	lr: unknown key: did you mean "optimizer.generator.lr" or "optimizer.discriminator.lr"?	{"lr":1e-4}
1:15	optimizer.lr: unknown key: did you mean "optimizer.generator.lr" or "optimizer.discriminator.lr"?	{"optimizer":{"lr":1e-4}}
1:19	discriminator.lr: unknown key: did you mean "optimizer.discriminator.lr"?	{"discriminator":{"lr":1e-4}}
1:15	generator.latent_dim: unknown key: did you mean "generator.latent"?	{"generator":{"latent_dim":64}}
1:2	z_dim: unknown key: did you mean "generator.latent"?	{"z_dim":64}
1:2	learning_rate: unknown key: did you mean "optimizer.generator.lr" or	{"learning_rate":1e-4}
1:2	n_epochs: unknown key: did you mean "train.epochs"?	{"n_epochs":64}
1:2	beta1: unknown key: did you mean "optimizer.generator.beta1" or	{"beta1":0.5}
1:2	hidden: unknown key: did you mean "generator.layers[0].units" or	{"hidden":64}
1:9	log.every: unknown key: did you mean "log.every_steps"?	{"log":{"every":64}}
1:2	epcohs: unknown key: did you mean "train.epochs"?	{"epcohs":64}
1:2	loss: unknown key: did you mean "objective"?	{"loss":"hinge"}
1:2	image_size: unknown key: did you mean "data.size"?	{"image_size":64}
1:2	pretrained: unknown key: did you mean "init_from"?	{"pretrained":"x"}
1:2	device: unknown key: training runs on the processor	{"device":"cuda"}
END
    refuses 2 '--set batch_size=64: batch_size: unknown key: did you mean "train.batch_size"?' \
        tiny --set batch_size=64
    refuses 2 'optimizer.kind: unknown key: did you mean "optimizer.generator.kind" or' \
        tiny --set optimizer.kind=adam
    refuses 2 'learning_rate: unknown key: did you mean "optimizer.generator.lr"?' \
        tiny --set optimizer.generator.learning_rate=1
}

@test "numbers out of range" {
    expect_errors <<'END'
1:20	train.epochs: expected an integer	{"train":{"epochs":-1}}
1:20	train.epochs: 0 epochs and 0 steps	{"train":{"epochs":0}}
1:30	train.steps: train.epochs is given too	{"train":{"epochs":1,"steps":2}}
1:24	train.batch_size: expected an integer 1..65536	{"train":{"batch_size":0}}
1:24	train.batch_size: 512 is more than the 256 samples	{"train":{"batch_size":512}}
1:33	optimizer.generator.lr: expected a number	{"optimizer":{"generator":{"lr":-1}}}
1:36	optimizer.generator.beta1: expected a number	{"optimizer":{"generator":{"beta1":1}}}
1:37	optimizer.discriminator.lr: expected a number	{"optimizer":{"discriminator":{"lr":1e9}}}
1:24	generator.latent: expected an integer 1..	{"generator":{"latent":0}}
1:27	discriminator.steps: expected an integer 1..	{"discriminator":{"steps":0}}
1:33	penalty.every: expected an integer	{"penalty":{"kind":"r1","every":0}}
1:23	checkpoint.keep: expected an integer 1..	{"checkpoint":{"keep":0}}
1:23	log.every_steps: expected an integer 1..	{"log":{"every_steps":0}}
1:19	sample.rows: expected an integer 1..128	{"sample":{"rows":0}}
1:11	sample: 128 x 128 images of 8 x 8 pixels, zoom 16, are too large	{"sample":{"rows":128,"cols":128,"zoom":16}}
END
}

@test "the init depends on the weight parametrization and must match it" {
    printf '{"generator":{"layers":[{"kind":"dense","weight":"equalized"},"tanh"]}}' >good.json
    run --separate-stderr dry good.json
    [ "$status" -eq 0 ]
    [[ $output == *'"init": "standard_normal"'* ]]
    printf '{"generator":{"layers":[{"kind":"dense","weight":"weight_norm"},"tanh"]}}' >good.json
    run --separate-stderr dry good.json
    [ "$status" -eq 0 ]
    [[ $output != *standard_normal* ]]
    expect_errors <<'END'
1:25	generator.layers[0]: weight "equalized" needs init "standard_normal", not "he": leave init out	{"generator":{"layers":[{"kind":"dense","weight":"equalized","init":"he"}]}}
1:50	generator.layers[0].weight: unknown reparametrisation "spectral_nrm" (did you mean "spectral_norm"?)	{"generator":{"layers":[{"kind":"dense","weight":"spectral_nrm"}]}}
1:72	generator.layers[0].weight.gain: reparametrisation "weight_norm" has no such key; it belongs to equalized	{"generator":{"layers":[{"kind":"dense","weight":{"kind":"weight_norm","gain":1}}]}}
END
}

@test "unknown names are reported with the valid ones" {
    expect_errors <<'END'
1:33	generator.layers[0].kind: unknown layer "dens" (did you mean "dense"?); known: dense, 	{"generator":{"layers":[{"kind":"dens"}]}}
1:33	generator.layers[0].kind: unknown layer "Dense" (did you mean "dense"?)	{"generator":{"layers":[{"kind":"Dense"}]}}
1:14	objective: unknown objective "gan2"	{"objective":"gan2"}
1:32	objective.x: unknown key	{"objective":{"kind":"minimax","x":1}}
1:17	data.kind: unknown dataset "parquet"; known: idx	{"data":{"kind":"parquet"}}
1:31	data.range: unknown pixel range "x"; known: signed, unit	{"data":{"kind":"idx","range":"x"}}
1:35	optimizer.generator.kind: unknown optimizer	{"optimizer":{"generator":{"kind":"adm"}}}
1:25	generator.layers[0]: missing key "kind"	{"generator":{"layers":[{"units":5}]}}
END
}

@test "nets with incompatible shapes" {
    expect_errors <<'END'
1:24	generator.layers: expected an array of 1..64 layers, got an array of 0	{"generator":{"layers":[]}}
1:24	generator.layers: expected an array	{"generator":{"layers":5}}
1:33	generator.layers[1]: expected the name of one of the layers	{"generator":{"layers":["dense",5]}}
1:24	generator.layers: the last layer gives 5 values, a sample has 64	{"generator":{"layers":[{"kind":"dense","units":5}]}}
1:28	discriminator.layers: the last layer gives 2 values	{"discriminator":{"layers":[{"kind":"dense","units":2}]}}
1:40	generator.layers[0]: 1048576 x 65536 weights are more than 1e9	{"generator":{"latent":65536,"layers":[{"kind":"dense","units":1048576}]}}
END
}

@test "parameter counts that overflow" {
    python3 - >bad.json <<'END'
import json
layers = 5 * [{"kind": "dense", "units": 31000}] + [{"kind": "dense"}]
print(json.dumps({"generator": {"latent": 31000, "layers": layers}}))
END
    refuses 3 "generator.layers: 4.81e+09 parameters, at most 1e+09" dry bad.json
}

@test "all errors are reported in one run" {
    cat >bad.json <<'END'
{
  "seeed": 1,
  "train": { "epochs": -1 },
  "generator": { "ema": 2, "latent": 0, "layers": [ "dens" ] },
  "log": { "every_steps": "x" }
}
END
    refuses 3 "bad.json:2:3: seeed" dry bad.json
    for place in 3:24 4:25 4:38 4:53 5:27; do
        says "bad.json:$place: "
    done
    [ "$(grep -c '^gantrain: error: bad.json:' <<<"$stderr")" -eq 6 ]
}

@test "of very many errors the first ones are listed, with the number of the others" {
    python3 -c 'import json; print(json.dumps({f"k{i}": 1 for i in range(40000)}))' >bad.json
    refuses 3 "k0: unknown key" dry bad.json
    says "gantrain: error: and 39980 more"
}

@test "files that are not a config" {
    refuses 3 "nowhere.json: cannot be opened: No such file" dry nowhere.json
    refuses 3 "data: is a folder" dry data
    refuses 3 "not a regular file" dry /dev/zero
    mkfifo pipe
    refuses 3 "not a regular file" timeout 5 "$GANTRAIN" --config pipe
    head -c 1100000 /dev/zero >large.json
    refuses 3 "larger than 1 MiB" dry large.json
}

@test "every shipped config fits the shape of its data" {
    make_data mnist --count 1000
    "$GANTRAIN_ROOT/scripts/make_table.py" table.csv --rows 400
    python3 "$GANTRAIN_ROOT/tests/cli/make_pictures.py" mnist pictures
    local config data
    for config in "$GANTRAIN_ROOT"/configs/*.json; do
        [[ $config != */study_* ]] || continue # those are in study.bats
        echo "$config"
        data=()
        grep -q '"dir"' "$config" && data=(--data mnist) # others generate their data
        grep -q '"csv"' "$config" && data=(--data table.csv)
        grep -q '"images"' "$config" && data=(--data pictures)
        "$GANTRAIN" --config "$config" "${data[@]}" --dry-run --quiet >resolved.json
        "$GANTRAIN" --config resolved.json --dry-run --quiet | cmp resolved.json -
    done
}

@test "an empty config trains" {
    echo '{}' >empty.json
    succeeds "$GANTRAIN" --config empty.json --data data --steps 2 --quiet
    [ -s runs/empty/checkpoints/ckpt-00000002.safetensors ]
}

@test "default nets can be changed on the command line" {
    echo '{}' >empty.json
    dry empty.json --set "generator.layers[0].units=64" \
        --set "discriminator.layers[1].activation=relu" >resolved.json
    python3 - <<'END'
import json
config = json.load(open("resolved.json"))
assert config["generator"]["layers"][0]["units"] == 64
assert config["discriminator"]["layers"][1]["activation"] == "relu"
END
    refuses 2 "no such array element" dry empty.json --set "generator.layers[3].units=64"
}

@test "--steps and --epochs override each other" {
    dry "$TINY" --epochs 3 | tr -s '\n ' ' ' | grep -q '"epochs": 3, "steps": 0'
    dry "$TINY" --steps 7 | tr -s '\n ' ' ' | grep -q '"epochs": 0, "steps": 7'
}

@test "more memory than the address space limit: exit 7 with the size" {
    ! is_sanitized || skip "sanitizers ignore ulimit -v"
    ulimit -v 4000000
    refuses 7 "GiB): free some memory" dry "$TINY" --set generator.latent=500 \
        --set "generator.layers[0].units=1048576"
}
