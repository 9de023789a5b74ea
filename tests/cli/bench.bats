#!/usr/bin/env bats
# gantrain bench: times the training step, as a table and as JSON.
load helpers

bench() {
    "$GANTRAIN" bench --config "$TINY" --data data --seconds 1 "$@"
}

@test "--json prints one object with consistent numbers" {
    bench --json --threads 1 >bench.json
    python3 - <<'END'
import json
b = json.load(open("bench.json"))
assert b["threads"] == 1 and b["blas"]
assert abs(b["examples_per_s"] / b["steps_per_s"] - 32) < 1e-3
assert abs(b["flops_per_step"] * b["steps_per_s"] / 1e9 / b["gflops"] - 1) < 1e-3
assert 0 < b["utilization"] < 1 and abs(b["gflops"] / b["peak_gflops"] - b["utilization"]) < 1e-3
assert b["slowest_steps_per_s"] <= b["steps_per_s"] <= b["fastest_steps_per_s"]
assert set(b["phases"]) == {"gemm", "optimizer", "data", "noise", "elementwise"}
assert all(s >= 0 for s in b["phases"].values())
END
}

# G 16-32-64, D 64-32-1, batch 32, R1 every 4th update: 2 operations per weight and sample
@test "operation counts follow from the shapes" {
    bench --json >bench.json
    python3 - <<'END'
import json
G, D = [2 * 16 * 32, 2 * 32 * 64], [2 * 64 * 32, 2 * 32]
d_turn = sum(G) + 2 * (3 * sum(D) - D[0])  # G(z); D on 2B: forward, dW, dx but the first
g_turn = 2 * sum(D) + 2 * sum(G) - G[0]
want = 32 * (d_turn + g_turn + 4 * sum(D) / 4)
assert abs(json.load(open("bench.json"))["flops_per_step"] / want - 1) < 1e-5
END
}

@test "the default is a table on stdout; no file is written" {
    run bench
    [ "$status" -eq 0 ]
    [[ $output == *"utilization"* && $output == *"steps/s"* && $output == *"optimizer"* ]]
    [ "$(ls)" = "data" ]
}

@test "invalid options" {
    refuses 2 "--config is missing" "$GANTRAIN" bench
    refuses 2 "--seconds: expected an integer 1..3600, got \"0\"" "$GANTRAIN" bench --config "$TINY" \
        --seconds 0
    refuses 2 "is more than the 256 samples" bench --batch-size 300
}
