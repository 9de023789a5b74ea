#!/usr/bin/env bats
# Reads a checkpoint with Python's standard library alone and generates the same images.

setup() {
    cd "$BATS_TEST_TMPDIR"
    python3 "$GANTRAIN_ROOT/tests/cli/make_data.py" data --side 8 --count 64
}

train() { # GENERATOR RANGE, both JSON: 20 steps; sets $checkpoint
    cat >config.json <<EOF
{
  "data": { "kind": "idx", "dir": "data", "range": $2 },
  "generator": $1,
  "discriminator": {
    "layers": [
      { "kind": "dense", "units": 16, "activation": "leaky_relu" },
      { "kind": "dense", "units": 1 }
    ]
  },
  "train": { "steps": 20, "batch_size": 16 }
}
EOF
    "$GANTRAIN" --config config.json --out run --quiet
    checkpoint=run/checkpoints/ckpt-00000020.safetensors
}

compare() {
    "$GANTRAIN" sample --checkpoint "$checkpoint" --count 4 --latents-out z.npy --out images.idx
    # -I -S: nothing outside the standard library can be imported
    run python3 -I -S "$GANTRAIN_ROOT/tests/cli/plain_generator.py" "$checkpoint" z.npy images.idx
    echo "$output"
}

agrees() { # NET: and the images are not constant
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^"$1: 4 images agree, "([0-9]+)" grey levels" ]]
    [ "${BASH_REMATCH[1]}" -gt 20 ]
}

@test "the generator, from the textbook definition" {
    train '{ "latent": 10, "layers": [
        { "kind": "dense", "units": 24, "activation": { "kind": "leaky_relu", "slope": 0.1 } },
        { "kind": "dense", "units": 20, "activation": "softplus" },
        { "kind": "dense", "units": 64, "activation": "tanh" } ] }' '"signed"'
    compare
    agrees generator
}

@test "the moving average, with dropout, in 0..1" {
    train '{ "latent": 10, "ema": 0.9, "layers": [
        { "kind": "dense", "units": 24 }, { "kind": "relu" }, { "kind": "dropout", "rate": 0.2 },
        { "kind": "dense", "activation": "sigmoid" } ] }' '"unit"'
    compare
    agrees generator_ema
}

@test "the comparison can fail: other latents, other images" {
    train '{ "latent": 10, "layers": [
        { "kind": "dense", "units": 24, "activation": "leaky_relu" },
        { "kind": "dense", "units": 64, "activation": "tanh" } ] }' '"signed"'
    compare
    agrees generator
    "$GANTRAIN" sample --checkpoint "$checkpoint" --count 4 --seed 99 --out images.idx
    run python3 -I -S "$GANTRAIN_ROOT/tests/cli/plain_generator.py" "$checkpoint" z.npy images.idx
    [ "$status" -eq 1 ]
    [[ "$output" == *"grey levels apart"* ]]
}
