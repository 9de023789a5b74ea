#!/usr/bin/env bats
# The report of a run that trains: it reloads itself; the best epoch, and real samples beside generated ones.
load report_helpers

@test "a run that trains has a page from its start, which reloads itself until the run ends" {
    cp run/report.html final.html
    (exec "$GANTRAIN" --config "$TINY" --data data --out run --steps 100000000 --resume) 2>log &
    local program=$!
    until grep -q "report: file://" log; do
        kill -0 "$program"
        sleep 0.05
    done
    cp run/report.html running.html
    kill -TERM "$program"
    wait "$program" || true
    grep -qxF "report: file://$(realpath run)/report.html (open it in a browser; it reloads itself)" log
    self_contained running.html
    has running.html 'class="running"' 1
    has running.html '<noscript><meta http-equiv="refresh" content="30"></noscript>' 1
    for page in run/report.html final.html; do # stopped, complete
        has $page 'class="running"' 0
        has $page 'http-equiv="refresh"' 0
    done
    run python3 "$GANTRAIN_ROOT/tests/cli/watch_report.py" running.html final.html
    [ "$status" -ne 77 ] || skip "there is no Chromium on this machine"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "a page before the first row lists nothing as missing" {
    rm -r run
    (exec "$GANTRAIN" --config "$TINY" --data data --out "a b#" --quiet --steps 100000000 \
        --set log.every_steps=100000000 --set sample.every_epochs=0) &
    local program=$!
    until [ -s "a b#/report.html" ]; do
        kill -0 "$program"
        sleep 0.05
    done
    cp "a b#/report.html" first.html
    kill -TERM "$program"
    wait "$program" || true
    has first.html "curves follow with the first row, pictures with the first epoch" 1
    has first.html "Missing or damaged" 0
    (exec "$GANTRAIN" --config "$TINY" --data data --out "a b#" --steps 100000001 --resume) 2>log &
    program=$!
    until grep -q "a%20b%23/report.html" log; do
        kill -0 "$program"
        sleep 0.05
    done
    kill -TERM "$program"
    wait "$program" || true
}

@test "the best epoch stands beside the last, real samples have a line, fcd a logarithmic axis" {
    python3 - run <<'END'
import json, pathlib, sys
run = pathlib.Path(sys.argv[1])
rows = [json.loads(line) for line in open(run / "metrics.jsonl")]
ends = {row["epoch"]: row for row in rows}  # the last row of each epoch
for epoch, fcd in ((1, 90), (2, 0.5), (3, 4), (4, 2)):
    ends[epoch].update(fcd=fcd, class_kl=0.1 * epoch)
(run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
config = json.loads((run / "config.json").read_text())
config["evaluate"]["best"] = "fcd"
(run / "config.json").write_text(json.dumps(config))
environment = json.loads((run / "environment.json").read_text())
environment["real_scores"] = {"fcd": 0.05}
(run / "environment.json").write_text(json.dumps(environment))
END
    succeeds "$GANTRAIN" report run
    self_contained run/report.html
    has run/report.html "<small>at epoch 4; best 0.5 at epoch 2</small>" 1
    has run/report.html '<div class="best"><figure data-epoch="2">' 1
    has run/report.html "The epoch with the best fcd: 0.5." 1
    grep -oE 'data-y="[0-9.]+ [0-9.]+ log"' run/report.html >axes
    grep -q 'data-y="0.05 100 log"' axes
    grep -q 'text-anchor="end">real</text>' run/report.html
    with_chromium run/report.html
    cp -r run other
    sed -i 's/"fcd": 0.05/"fcd": 0.06/' other/environment.json
    succeeds "$GANTRAIN" report run run --out both.html
    has both.html '>real</text>' 1
    succeeds "$GANTRAIN" report run other --out both.html # of which one would it be?
    has both.html '>real</text>' 0
    sed -i 's/"fcd": 2,/"fcd": 0.4,/' run/metrics.jsonl
    succeeds "$GANTRAIN" report run
    has run/report.html "<small>at epoch 4, the best</small>" 1
    has run/report.html 'class="best"' 0
}

@test "training measures what real samples get" {
    "$GANTRAIN" --config "$GANTRAIN_ROOT/configs/ring_fast.json" --out points --quiet --steps 20 \
        --set data.count=2000 --set evaluate.samples=500
    grep -q '"real_scores": { "modes": 8, "high_quality": 0.9' points/environment.json
    has points/report.html '>real</text>'
    run ! grep real_scores ring/environment.json # fewer points than samples
    tiny --out scored --quiet --steps 8 --set evaluate.classifier=true --set evaluate.samples=100
    grep -qE '"real_scores": \{ "score": [0-9.]+, "fcd": [0-9.]+' scored/environment.json
}
