#!/usr/bin/env bats
# gantrain inspect and gantrain list: as text and as JSON.
load helpers
use_one_run

@test "inspect --json: step, config and tensors" {
    succeeds "$GANTRAIN" inspect --checkpoint "$checkpoint" --json
    python3 - "$output" "$checkpoint" <<'END'
import json, struct, sys
found = json.loads(sys.argv[1])
assert found["path"] == sys.argv[2] and found["step"] == 200
assert json.loads(found["metadata"]["gantrain.config"])["train"]["steps"] == 200
raw = open(sys.argv[2], "rb").read()
header = json.loads(raw[8:8 + struct.unpack("<Q", raw[:8])[0]])
header.pop("__metadata__")
tensors = {t["name"]: (t["dtype"], t["shape"]) for t in found["tensors"]}
assert tensors == {k: (v["dtype"], v["shape"]) for k, v in header.items()}, tensors
assert tensors["generator.0.weight"][1] == [32, 16]
END
}

@test "inspect as text: the same values" {
    succeeds "$GANTRAIN" inspect --checkpoint "$checkpoint"
    [[ $output == "$checkpoint"* ]]
    for word in gantrain.step generator.0.weight "[32, 16]" optimizer.generator.exp_avg values; do
        [[ $output == *"$word"* ]]
    done
}

@test "inspect shows parameters, their buffers and reparametrizations" {
    cd "$BATS_FILE_TMPDIR"
    tiny --out "$BATS_TEST_TMPDIR/run" --quiet --steps 2 \
        --set generator.layers[0].weight=weight_norm \
        --set discriminator.layers[2].weight=spectral_norm
    succeeds "$GANTRAIN" inspect --checkpoint "$(newest_checkpoint "$BATS_TEST_TMPDIR/run")"
    local row
    for row in 'generator.0.weight_v +F32 \[32, 16\]' 'generator.0.weight_g +F32 \[32, 1\]' \
        'optimizer.generator.exp_avg.0.weight_g +F32 \[32, 1\]' \
        'discriminator.3.weight_orig +F32 \[1, 32\]' 'discriminator.3.weight_u +F32 \[1\]' \
        'discriminator.3.weight_v +F32 \[32\]' 'generator_ema.0.weight_g +F32 \[32, 1\]'; do
        grep -qE "$row" <<<"$output"
    done
    run --separate-stderr tiny --dry-run --set generator.layers[0].weight=weight_norm
    [ "$status" -eq 0 ]
    grep -qE '0 dense +16 -> 32  weight_norm$' <<<"$output$stderr"
}

@test "control characters of a file are escaped" {
    cp "$checkpoint" steering
    alter steering '"generator.0.weight"' '"\u001b[31mweight"'
    alter steering '"gantrain.step"' '"\u001b[2Jkey":"\u001b[2Jvalue","gantrain.step"'
    succeeds "$GANTRAIN" inspect --checkpoint steering
    [[ $output == *'\x1b[31mweight'* && $output == *'\x1b[2Jkey'* && $output == *'\x1b[2Jvalue'* ]]
    [[ $output != *$'\e'* ]]
    succeeds "$GANTRAIN" inspect --checkpoint steering --json
    [[ $output != *$'\e'* ]]
}

@test "inspect of a file that is not a checkpoint: exit 5" {
    refuses 5 "nowhere: cannot be opened" "$GANTRAIN" inspect --checkpoint nowhere --json
    echo '{}' >text
    refuses 5 "text: " "$GANTRAIN" inspect --checkpoint text
}

@test "an argument without its option: a suggestion" {
    local run=${checkpoint%/checkpoints/*} command
    refuses 2 "takes options only; did you mean --run $run? See --help" "$GANTRAIN" inspect "$run"
    for command in inspect sample evaluate; do
        refuses 2 "did you mean --checkpoint $checkpoint?" "$GANTRAIN" $command "$checkpoint"
    done
    cp -r "$run" run
    for command in sample evaluate; do
        refuses 2 "did you mean --checkpoint run/checkpoints/ckpt-00000200.safetensors?" \
            "$GANTRAIN" $command run/
        refuses 2 "gantrain $command takes options only; see --help" "$GANTRAIN" $command nowhere
    done
    cp "$checkpoint" run/checkpoints/best.safetensors
    refuses 2 "did you mean --checkpoint run/checkpoints/best.safetensors?" "$GANTRAIN" sample run
}

@test "a truncated checkpoint, and a file that is not safetensors" {
    local bytes
    bytes=$(stat -c %s "$checkpoint")
    cp "$checkpoint" short
    truncate -s 10000 short
    refuses 5 "short: truncated: 10000 of $bytes bytes" \
        "$GANTRAIN" inspect --checkpoint short
    truncate -s 100 short
    refuses 5 "short: truncated: 100 bytes, its header alone has" \
        "$GANTRAIN" inspect --checkpoint short
    echo '<!DOCTYPE html><title>404</title>' >page
    refuses 5 "page: not a safetensors file" "$GANTRAIN" inspect --checkpoint page
}

@test "inspect of a safetensors file of another program: exit 5" {
    python3 - <<'END'
import struct
header = b'{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  '
open("other", "wb").write(struct.pack("<Q", len(header)) + header + bytes(4))
END
    refuses 5 "not a checkpoint of gantrain" "$GANTRAIN" inspect --checkpoint other
}

@test "list prints every topic, and every topic can be listed alone" {
    succeeds "$GANTRAIN" list
    local all=$output topic
    for topic in datasets models layers activations inits reparams objectives penalties optimizers schedules metrics causes; do
        succeeds "$GANTRAIN" list "$topic"
        [ "${lines[0]}" = "$topic" ]
        [ "${#lines[@]}" -gt 1 ]
        [[ $all == *"$output"* ]]
    done
}

@test "list models: inputs and refused settings with the reason" {
    succeeds "$GANTRAIN" list models
    [[ $output == *"inputs: latent; class"* ]]
    grep -q "refuses packing (discriminator.packing) with .*: a row of several samples has no single class" <<<"$output"
    "$GANTRAIN" list models --json | python3 -c 'import json, sys
gan = json.load(sys.stdin)["models"][0]
assert gan["inputs"].startswith("latent") and gan["refuses"] == [], gan'
}

@test "list --help names the topics; metrics include the scores of points" {
    succeeds "$GANTRAIN" list --help
    [[ $output == *$'\n  datasets models layers '*' metrics causes' ]]
    succeeds "$GANTRAIN" list metrics
    local name
    for name in fcd modes high_quality reverse_kl chi_square kl; do
        grep -qE "^    $name .*\[best: (higher|lower)\]$" <<<"$output"
    done
    "$GANTRAIN" list metrics --json | python3 -c 'import json, sys
values = [v["name"] for m in json.load(sys.stdin)["metrics"] for v in m["values"]]
assert len(set(values)) == len(values) and {"fcd", "modes", "chi_square", "kl"} <= set(values), values'
}

@test "list --json is one object; every row has a name, a summary, options" {
    succeeds "$GANTRAIN" list --json
    python3 - "$output" "$("$GANTRAIN" list layers --json)" <<'END'
import json, sys
topics = json.loads(sys.argv[1])
assert {"datasets", "layers", "activations", "inits", "reparams", "objectives", "penalties",
        "optimizers", "schedules"} <= set(topics), topics.keys()
for rows in topics.values():
    assert rows
    for row in rows:
        assert row["name"] and row["summary"] and row["source"], row
        assert all(o["name"] and o["help"] for o in row["options"]), row
adam = next(r for r in topics["optimizers"] if r["name"] == "adam")
assert "lr" in [o["name"] for o in adam["options"]]
assert json.loads(sys.argv[2]) == {"layers": topics["layers"]}
END
}

@test "list of an unknown topic names the known ones" {
    refuses 2 'unknown topic "layer" (did you mean layers?); known: datasets, models, layers' \
        "$GANTRAIN" list layer
    refuses 2 "expected one topic" "$GANTRAIN" list layers inits
}

@test "everything that list names can be trained" {
    cd "$BATS_FILE_TMPDIR"
    "$GANTRAIN" list --json >"$BATS_TEST_TMPDIR/all.json"
    python3 - "$BATS_TEST_TMPDIR/all.json" >"$BATS_TEST_TMPDIR/settings" <<'END'
import json, sys
topics = json.load(open(sys.argv[1]))
paths = {"activations": "generator.layers[0].activation", "inits": "generator.layers[0].init",
         "reparams": "generator.layers[0].weight",
         "objectives": "objective", "penalties": "penalty", "optimizers": "optimizer.generator",
         "schedules": "optimizer.generator.schedule"}
for topic, path in paths.items():
    for row in topics[topic]:
        print(f"{path}={row['name']}")
END
    local setting
    while read -r setting; do
        tiny --out "$BATS_TEST_TMPDIR/run" --overwrite --quiet --steps 3 --set "$setting"
    done <"$BATS_TEST_TMPDIR/settings"
}
