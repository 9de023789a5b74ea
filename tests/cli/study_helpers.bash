# Shared by the tests of studies.
load helpers

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    cat >small.json <<'JSON'
{
  "name": "small",
  "data": { "kind": "ring", "std": 0.05, "count": 2000 },
  "generator": {
    "latent": 2,
    "layers": [ { "kind": "dense", "units": 16, "activation": "relu" }, { "kind": "dense" } ]
  },
  "discriminator": {
    "layers": [ { "kind": "dense", "units": 16, "activation": "relu" }, { "kind": "dense", "units": 1 } ]
  },
  "train": { "steps": 200, "batch_size": 20 },
  "sample": { "every_epochs": 0 },
  "checkpoint": { "every_steps": 50 },
  "log": { "every_steps": 20 },
  "evaluate": { "samples": 500 }
}
JSON
}
setup_file() { :; }

study() { # [OPTIONS]
    "$GANTRAIN" study --config small.json --out D --quiet "$@"
}

grid() { # [OPTIONS]: four cells, two seeds
    study --vary objective=hinge,least_squares --vary optimizer.generator.lr=1e-3,1e-2 \
        --seeds 1-2 "$@"
}

without_clock() { # CSV
    sed -E 's/,[^,]*$//' "$1"
}

put() { # JSON: a study file
    printf '%s\n' "$1" >study.json
}
