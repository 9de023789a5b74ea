#!/usr/bin/env bats
# A training that diverges rolls back to a good state and continues with half the learning rates.
load helpers

wild() { # LR [OPTIONS]: an unconstrained critic
    local lr=$1
    shift
    cat >wild.json <<END
{
  "objective": "wasserstein",
  "optimizer": { "generator": { "kind": "sgd", "lr": $lr }, "discriminator": { "kind": "sgd", "lr": $lr } },
  "train": { "batch_size": 32, "recoveries": 12 },
  "checkpoint": { "every_steps": 10, "keep": 5 },
  "log": { "every_steps": 5 }
}
END
    "$GANTRAIN" --config wild.json --data data --quiet "$@"
}

@test "it rolls back with a warning and reaches its end" {
    run --separate-stderr wild 0.1 --steps 60 --out run
    [ "$status" -eq 0 ]
    says "training diverged: the output of layer"
    says "learning rates times 0.5 (recovery 1 of 12)"
    [ -f "$(checkpoint_of run 60)" ]
    python3 - run/metrics.jsonl <<'END' # every step once, in order
import json, sys
steps = [json.loads(line)["step"] for line in open(sys.argv[1])]
assert steps == list(range(5, 61, 5)), steps
END
}

@test "an interrupted run recovers in the same way" {
    wild 0.1 --steps 60 --out whole 2>stderr
    [ "$(grep -c 'rolling back' stderr)" -ge 2 ]
    for steps in 4 14 25 37 60; do
        wild 0.1 --steps "$steps" --out run --resume 2>/dev/null
    done
    cmp "$(newest_checkpoint whole)" "$(newest_checkpoint run)"
    cmp "$(last_picture whole)" "$(last_picture run)"
}

@test "after the last recovery: exit 8 with the layer" {
    refuses 8 "is not finite" wild 10 --steps 60 --out run --set train.recoveries=2
    says "(recovery 2 of 2)"
    refuses 8 "of layer" wild 10 --steps 60 --out other --set train.recoveries=0
    [[ $stderr != *"rolling back"* ]]
}
