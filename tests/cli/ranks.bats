#!/usr/bin/env bats
# Benchmarks of several ranks and the model of their scaling. Training on ranks: tests/trust/check_ranks.py.
load helpers

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none

need_ranks() {
    if ! command -v mpirun >/dev/null || "$GANTRAIN" --version | grep -q "MPI: none"; then
        skip "no mpirun, or a build without MPI"
    fi
}

# G 16-32-64, D 64-32-1. Every gradient is reduced; weights are all-gathered, except those of one row: biases and D's last.
@test "bench counts the collectives of a step on two ranks" {
    need_ranks
    mpirun -n 2 "$GANTRAIN" bench --config "$TINY" --data data --seconds 1 --threads 1 --batch-size 32 --json >bench.json
    python3 - <<'END'
import json
b = json.load(open("bench.json"))
t = b["traffic"]
weights, rest = [16 * 32, 32 * 64, 64 * 32], [32, 64, 32, 32, 1]
for key, sizes in ("sum", weights + rest), ("spread", weights):
    assert t[key + "s"] == len(sizes) and t[key + "_bytes"] == 4 * sum(sizes), (key, t)
assert t["small"] > 0
assert b["ranks"] == 2 and b["threads"] == 1 and abs(b["examples_per_s"] / b["steps_per_s"] - 32) < 1e-3
for kind in ("sums", "spreads"):
    assert [size for size, _ in b["link"][kind]] == [4096, 65536, 1048576, 4194304]
    assert all(0 < s < 10 for _, s in b["link"][kind])
assert 0 < b["link"]["small"] < 1 and b["phases"]["messages"] > 0
alone, ranks = [16 * 32 + 32 * 64, 64 * 32 + 32], b["flops_per_step"]
assert ranks > 2 * 32 * sum(alone)
END
}

@test "bench of two ranks prints one table, or one error" {
    need_ranks
    run --separate-stderr mpirun -n 2 "$GANTRAIN" bench --config "$TINY" --data data --seconds 1 --threads 1
    [ "$status" -eq 0 ]
    [ "$(grep -c "a step of 2 ranks" <<<"$output")" -eq 1 ]
    run --separate-stderr mpirun -n 2 "$GANTRAIN" bench --config "$TINY" --data nowhere --threads 1
    [ "$status" -eq 4 ]
    [ "$(grep -c "gantrain: error: " <<<"$stderr")" -eq 1 ]
}

@test "the scaling model recovers the parameters of synthetic measurements" {
    cd "$GANTRAIN_ROOT/scripts"
    python3 - <<'END'
import scaling_model as m
link = m.Link(alpha=3e-5, beta=8e-9, small=4e-5)
sizes = [4096, 65536, 1048576, 4194304]
for n in (2, 4):
    made = [[s, (n - 1) * link.alpha + link.beta * s * (n - 1) / n] for s in sizes]
    small = link.small * (1 if n == 2 else 2)
    found = m.fit_link({"ranks": n, "link": {"sums": made, "spreads": made, "small": small}})
    for one, other in zip((link.alpha, link.beta, link.small), (found.alpha, found.beta, found.small)):
        assert abs(other / one - 1) < 1e-9, (n, link, found)
alone = {b: {"steps_per_s": 1 / (1e-3 + 5e-5 * b), "phases": {"optimizer": 5e-4}} for b in (32, 64, 128)}
traffic = {"sums": 10, "sum_bytes": 1.1e6, "spreads": 5, "spread_bytes": 1.9e6, "small": 3}
net = m.fit_net("net", 128, alone, {"ranks": 2, "traffic": traffic})
assert abs(net.c0 / 1e-3 - 1) < 1e-9 and abs(net.c1 / 5e-5 - 1) < 1e-9 and net.messages == 15
# computed by hand: 64 rows, half of the optimizer, 15 collectives of 30 us, half of 3 MB at 8 ns, 3 small ones
assert abs(m.step(net, link, 2, 128) - (1e-3 + 64 * 5e-5 - 2.5e-4 + 15 * 3e-5 + 1.5e6 * 8e-9 + 3 * 4e-5)) < 1e-12
assert abs(m.step(net, link, 1, 128) - (1e-3 + 128 * 5e-5)) < 1e-12
# four ranks share two processors
assert abs(m.step(net, link, 4, 128, 2) - 2 * (m.compute(net, 32, 4) + m.exchange(net, link, 4))) < 1e-12
free = m.Link(0, 0, 0)
assert m.max_ranks(m.weak, net, free, 0.9) == m.MAX_RANKS and m.strong(net, free, 1) == 1
few = m.max_ranks(m.strong, net, free, 0.5)
assert m.strong(net, free, few) >= 0.5 > m.strong(net, free, few + 1)
assert m.batch_for(net, free, 8, 0.7) > 128 and m.batch_for(net, m.Link(1e9, 1e9, 1e9), 8, 0.7) is None
END
}

@test "scaling.py measures and predicts" {
    need_ranks
    run --separate-stderr "$GANTRAIN_ROOT/scripts/scaling.py" --gantrain "$GANTRAIN" --data data \
        --seconds 1 --rounds 1 tiny
    [ "$status" -eq 0 ]
    [[ $output == *"| tiny | 32 |"*"| memory |"*"| TCP on this machine |"*"| tiny | 4 | memory |"* ]]
    [[ $output == *"| tiny | 100 Gbit/s |"* ]]
}
