#!/usr/bin/env bats
# Studies: the grid and its results, which depend neither on kills nor on the number of processes.
load study_helpers

# ---- results --------------------------------------------------------------------------------------

@test "a grid has a run folder for every cell and seed, and their statistics" {
    run --separate-stderr grid --metrics d_loss:lower,high_quality
    [ "$status" -eq 0 ] && [ "$(wc -l <<<"$stderr")" -eq 1 ] # a warning of the losses, see below
    [ "$(find D -name metrics.jsonl | wc -l)" -eq 8 ]
    [ -s D/report.html ]
    for cell in hinge+lr_1e-3 hinge+lr_1e-2 least_squares+lr_1e-3 least_squares+lr_1e-2; do
        [ -s "D/$cell/config.json" ] && [ -s "D/$cell/2/checkpoints/ckpt-00000200.safetensors" ]
    done
    printf '%s\n' "$output" >table
    python3 - <<'END'
import csv, json, statistics as st
rows = list(csv.DictReader(open("D/study.csv")))
assert list(rows[0]) == ["cell", "objective", "optimizer.generator.lr", "seed", "status", "step", "d_loss",
                         "high_quality", "seconds"], list(rows[0])
assert [(r["objective"], r["optimizer.generator.lr"], r["seed"]) for r in rows] == [
    (o, lr, s) for o in ("hinge", "least_squares") for lr in ("1e-3", "1e-2") for s in "12"]
cells = {}
for r in rows:
    last = json.loads(open(f"D/{r['cell']}/{r['seed']}/metrics.jsonl").readlines()[-1])
    assert r["status"] == "done" and r["step"] == "200" == str(last["step"])
    assert float(r["d_loss"]) == last["d_loss"] and float(r["high_quality"]) == last["high_quality"]
    cells.setdefault(r["cell"], []).append(last["d_loss"])
order = sorted(cells, key=lambda c: st.mean(cells[c]))
lines = open("table").read().splitlines()
assert lines[0].split() == ["cell", "n", "d_loss", "high_quality"], lines[0]
assert lines[1].startswith("* ") and lines[5].startswith("mean ± standard deviation"), lines
assert [l.removeprefix("* ").split()[0] for l in lines[1:5]] == order, (lines, order)
for l in lines[1:5]:
    cell, n, mean, _, deviation = l.removeprefix("* ").split()[:5]
    assert n == "2"
    unit = 10.0 ** -len(mean.partition(".")[2])
    assert abs(float(mean) - st.mean(cells[cell])) <= 0.51 * unit, l
    assert abs(float(deviation) - st.stdev(cells[cell])) <= 0.51 * unit, l
END
}

@test "results are reproducible and independent of the number of processes and threads" {
    grid --jobs 1
    without_clock D/study.csv >one && mv D one_job
    grid --jobs 3 --threads-per-job 2 2>/dev/null
    diff one <(without_clock D/study.csv)
    for seed in 1 2; do
        same_run "one_job/hinge+lr_1e-2/$seed" "D/hinge+lr_1e-2/$seed"
    done
    snapshot D >before
    grid # all runs are complete: no file changes
    diff before <(snapshot D)
}

@test "a run of a study is an ordinary run" {
    grid
    "$GANTRAIN" --config D/hinge+lr_1e-2/config.json --seed 2 --out by_hand --quiet
    same_run by_hand D/hinge+lr_1e-2/2
    cmp by_hand/config.json D/hinge+lr_1e-2/2/config.json
}

@test "a study file has named points, exclusions and the best row; study.json repeats it" {
    mkdir files && mv small.json files/
    cat >files/s.json <<'JSON'
{
  "base": "small.json",
  "set": { "train.steps": 300, "data.std": 0.1 },
  "axes": {
    "player": { "slow one": { "optimizer.generator.lr": 1e-3, "optimizer.discriminator.lr": 1e-3 },
                "fast": { "optimizer": { "generator": { "lr": 0.01 }, "discriminator": "sgd" } } },
    "penalty": [ "none", { "kind": "r1", "gamma": 0.5 } ]
  },
  "exclude": [ { "player": ["fast"], "penalty": "none" } ],
  "seeds": [3, "5-6"],
  "metrics": ["modes", "d_loss:lower"],
  "rank": "high_quality",
  "count": "best"
}
JSON
    "$GANTRAIN" study --config files/s.json --out D --quiet
    python3 - <<'END'
import csv, json
rows = list(csv.DictReader(open("D/study.csv")))
assert [(r["cell"], r["player"], r["penalty"], r["seed"]) for r in rows] == [
    (c, p, q, s) for c, p, q in (("slow_one+none", "slow one", "none"), ("slow_one+r1", "slow one", "r1"),
                                 ("fast+r1", "fast", "r1")) for s in "356"], rows
for r in rows:
    folder = f"D/{r['cell']}/{r['seed']}"
    history = [json.loads(l) for l in open(folder + "/metrics.jsonl")]
    best = max((h for h in history if "high_quality" in h), key=lambda h: h["high_quality"])
    assert int(r["step"]) == best["step"] and float(r["high_quality"]) == best["high_quality"]
    assert float(r["modes"]) == best["modes"] and float(r["d_loss"]) == best["d_loss"]
    c = json.load(open(folder + "/config.json"))
    fast = r["player"] == "fast"
    assert c["train"]["steps"] == 300 and c["seed"] == int(r["seed"]) and c["data"]["std"] == 0.1
    assert c["optimizer"]["generator"]["lr"] == (0.01 if fast else 1e-3)
    assert c["optimizer"]["discriminator"]["kind"] == ("sgd" if fast else "adam")
    assert r["penalty"] == (c["penalty"] if c["penalty"] == "none" else c["penalty"]["kind"])
    assert r["penalty"] == "none" or c["penalty"]["gamma"] == 0.5
END
    cp D/study.json again.json
    "$GANTRAIN" study --config again.json --out E --quiet
    diff <(without_clock D/study.csv) <(without_clock E/study.csv)
    cmp D/study.json E/study.json
}

@test "losses of different objectives: the study says that they do not compare" {
    local note="losses of different objectives do not compare; rank by a score, such as modes"
    run --separate-stderr study --vary objective=hinge,least_squares --seeds 1 --rank d_loss:lower \
        --set train.steps=20
    [ "$status" -eq 0 ]
    says "warning: d_loss and g_loss are values of each cell's own objective: $note"
    [[ $output == *"$note"* ]]
    grep -q "$note" D/report.html
    run --separate-stderr study --vary objective.label_smoothing=0,0.1 --rank g_loss:lower --dry-run
    [[ $output == *"$note"* ]]
    for rank in "--rank d_loss:lower --vary optimizer.generator.lr=1e-3,1e-2" \
        "--rank modes --vary objective=hinge,minimax"; do
        run --separate-stderr study $rank --dry-run
        [ "$status" -eq 0 ] && [[ $output != *"do not compare"* ]]
    done
    echo '{ "data": { "dir": "mnist" } }' >images.json
    make_data mnist --count 200
    run --separate-stderr "$GANTRAIN" study images.json --vary objective=hinge,minimax --dry-run
    [[ $output == *"such as fcd with evaluate.classifier=true"* ]]
}

@test "the page has every cell, dot and median picture, working links and no network" {
    put '{ "base": "small.json", "name": "<b>&", "seeds": [1, 2, 3], "rank": "d_loss:lower",
           "axes": { "a<x>": { "p<i>": {}, "q": { "objective": "hinge" } } } }'
    "$GANTRAIN" study --config study.json --out D --quiet
    python3 - <<'END'
import base64, csv, html.parser, os, re
page = open("D/report.html", encoding="utf-8").read()
rows = list(csv.DictReader(open("D/study.csv")))
class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.words = [], []
    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
    def handle_data(self, data):
        self.words.append(data)
p = Page()
p.feed(page)
assert "<b>&" in p.words and "a<x>" in p.words and "p<i>" in p.words and "<i>" not in page
links = [a["href"] for t, a in p.tags if t == "a"]
assert sorted(links) == sorted(f"{r['cell']}/{r['seed']}/report.html" for r in rows)
assert all(os.path.getsize("D/" + l) for l in links)
dots = sum(t == "circle" for t, a in p.tags)
assert dots == sum(r[m] != "" for r in rows for m in list(r)[5:-1]), dots
assert not re.search(r"https?:|<script|url\(", page)
pictures = [base64.b64decode(a["src"].split(",")[1]) for t, a in p.tags if t == "img"]
cells = sorted({r["cell"] for r in rows},
               key=lambda c: sum(float(r["d_loss"]) for r in rows if r["cell"] == c))
for cell, picture in zip(cells, pictures, strict=True):
    runs = sorted((float(r["d_loss"]), r["seed"]) for r in rows if r["cell"] == cell)
    median = f"D/{cell}/{runs[1][1]}/samples/"
    assert picture == open(median + sorted(os.listdir(median))[-1], "rb").read()
END
}

@test "Markdown" {
    run --separate-stderr study --seeds 1,2 --markdown --rank modes
    [ "${lines[0]:0:6}" = "| cell" ]
    [[ ${lines[1]} =~ ^(\|---)+\|$ ]]
    [[ ${lines[2]} == "| **base** | 2 "* ]]
}

@test "messages: where runs stopped, what is started, which other runs the folder holds" {
    exec_long() { # as begin_long, with messages
        exec env --default-signal=INT "$GANTRAIN" study --config small.json --out D \
            --set train.steps=6000 --set log.every_steps=100 --vary objective=hinge,minimax \
            --seeds 1-2 --jobs 2 2>stderr
    }
    (exec_long) &
    program=$!
    until [ -s D/hinge/1/metrics.jsonl ] && [ -s D/minimax/1/metrics.jsonl ]; do
        sleep 0.01
        kill -0 "$program"
    done
    kill -s INT "$program"
    status=0 && wait "$program" || status=$?
    [ "$status" -eq 130 ]
    grep -qE "hinge, seed 1: stopped at step [1-9][0-9]* of 6000$" stderr
    run ! grep -q missing stderr
    "$GANTRAIN" study --config small.json --out D --set train.steps=6000 --set log.every_steps=100 \
        --vary objective=hinge --seeds 1 2>stderr
    grep -q "1 cells x 1 seeds, 0 of 1 runs done, 1 started" stderr
    grep -q "^note: D also holds 1 run with other seeds or points" stderr
}

@test "the table says which values are missing" {
    study --seeds 1-2 --metrics modes,reverse_kl --rank reverse_kl --set train.steps=1 \
        --set data.std=1e-4 >table
    grep -qE "^base +2" table # one step finds no mode, so reverse_kl is undefined
    grep -q "last row of each run; no run has a value of reverse_kl, so the cells are not ordered" table
    run ! grep -q "lowest first" table D/report.html
    run ! grep -q "^(k)" table
}

@test "more seeds and more points: only the new runs are trained" {
    grid
    snapshot D/hinge+lr_1e-3/1 >before
    study --vary objective=hinge,minimax --vary optimizer.generator.lr=1e-3,1e-2 --seeds 1-3
    diff before <(snapshot D/hinge+lr_1e-3/1)
    [ "$(tail -n +2 D/study.csv | wc -l)" -eq 12 ]
    run ! grep -q least_squares D/study.csv
    [ -d D/least_squares+lr_1e-2/1 ] # completed runs stay
}

# ---- interruptions -----------------------------------------------------------------------------------

long() { # [OPTIONS]: four runs of a few seconds
    study --set train.steps=6000 --set log.every_steps=100 --vary objective=hinge,minimax --seeds 1-2 \
        --jobs 2 "$@"
}

begin_long() { # sets $program; returns when two runs train
    (exec env --default-signal=INT "$GANTRAIN" study --config small.json --out D --quiet --set train.steps=6000 \
        --set log.every_steps=100 --vary objective=hinge,minimax --seeds 1-2 --jobs 2 2>stderr) &
    program=$!
    # once there are children, exec has replaced the shell, which ignores INT; the files may be older
    until [ -n "$(children_of "$program")" ] && [ -s D/hinge/1/metrics.jsonl ] && [ -s D/minimax/1/metrics.jsonl ]; do
        sleep 0.01
        kill -0 "$program"
    done
}

children_of() { # PID
    cat "/proc/$1/task/$1/children"
}

wait_for_end() { # PID...: processes that are no children of this shell
    local pid
    for pid in "$@"; do
        for _ in {1..500}; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.02
        done
        ! kill -0 "$pid" 2>/dev/null
    done
}

@test "stopped by signals, killed, and started again: the same bytes as without interruption" {
    long && mv D straight
    begin_long
    children=$(children_of "$program")
    kill -s TERM "$program"
    status=0 && wait "$program" || status=$?
    [ "$status" -eq 143 ]
    grep -q "stopped with 0 of 4 runs done and 2 started; the same command continues" stderr
    wait_for_end $children
    [ ! -e D/study.csv ] && [ ! -e D/hinge/1/outcome.json ]
    ls D/hinge/1/checkpoints/ckpt-*.safetensors

    begin_long
    kill -s INT "$program"
    status=0 && wait "$program" || status=$?
    [ "$status" -eq 130 ]

    begin_long
    children=$(children_of "$program")
    kill -s KILL "$program"
    wait "$program" || true
    wait_for_end $children # the kernel sends them SIGTERM
    run ! grep -q "error" D/hinge/1/train.log

    begin_long
    kill -s KILL "$program" # kill again at once, while the children may still be saving
    wait "$program" || true
    long
    diff <(without_clock straight/study.csv) <(without_clock D/study.csv)
    for run in hinge/1 hinge/2 minimax/1 minimax/2; do
        same_run "straight/$run" "D/$run"
    done
}

@test "a killed child fails alone; the same command completes it" {
    begin_long
    child=$(children_of "$program")
    kill -s KILL ${child%% *}
    status=0 && wait "$program" || status=$?
    [ "$status" -eq 7 ] && grep -q "^gantrain: error: .*, seed 1: exit 7; its log: D/.*/1/train.log" stderr
    [ "$(grep -c ,done, D/study.csv)" -eq 3 ] && [ "$(grep -c ,failed, D/study.csv)" -eq 1 ]
    snapshot D/minimax/2 >before
    long
    [ "$(grep -c ,done, D/study.csv)" -eq 4 ]
    diff before <(snapshot D/minimax/2)
}

@test "one study per folder" {
    begin_long
    refuses 9 "another gantrain study works in this folder" long
    kill -s TERM "$program"
    wait "$program" || true
}

@test "a run that diverges is a result" {
    study --vary optimizer.generator.lr=1e-3,10 --seeds 1-2 --set train.recoveries=0 \
        --set optimizer.generator.kind=sgd --set objective=wasserstein --set train.steps=3000 \
        --set optimizer.discriminator.kind=sgd --set optimizer.discriminator.lr=10 \
        --vary optimizer.discriminator.lr=1e-3,10 --rank modes >table
    [ "$(grep -c '^lr_10+lr_10,.*,diverged,' D/study.csv)" -eq 2 ]
    grep -q '^lr_10+lr_10,10,10,1,diverged,[0-9]*,,,,' D/study.csv
    grep -q '"diverged"' D/lr_10+lr_10/1/outcome.json
    [ "$(grep -c ,done, D/study.csv)" -ge 2 ]
    head -n 1 table | grep -q "cell *n *diverged *modes"
    grep -q '^lr_10+lr_10 *0 *2$' table
    snapshot D/lr_10+lr_10 >before
    study --vary optimizer.generator.lr=1e-3,10 --seeds 1-2 --set train.recoveries=0 \
        --set optimizer.generator.kind=sgd --set objective=wasserstein --set train.steps=3000 \
        --set optimizer.discriminator.kind=sgd --set optimizer.discriminator.lr=10 \
        --vary optimizer.discriminator.lr=1e-3,10 --rank modes
    diff before <(snapshot D/lr_10+lr_10)
}

@test "other failures are reported, and the remaining runs continue" {
    mkdir -p D/hinge/1 && touch D/hinge/1/samples
    run --separate-stderr study --vary objective=hinge,minimax --seeds 1-2
    [ "$status" -eq 6 ]
    says "hinge, seed 1: exit 6; its log: D/hinge/1/train.log"
    says "warning: hinge, seed 1: exit 6: gantrain: error: D/hinge/1/samples"
    [ "$(grep -c ,done, D/study.csv)" -eq 3 ]
    rm D/hinge/1/samples
    study --vary objective=hinge,minimax --seeds 1-2
    [ "$(grep -c ,done, D/study.csv)" -eq 4 ]
}

@test "a run that is terminated does not hide the results of the others" {
    "$GANTRAIN" study --config small.json --out D --quiet --vary train.steps=100,100000000 --seeds 1 \
        --jobs 2 2>stderr &
    program=$!
    until [ -s D/steps_100/1/outcome.json ] && [ -s D/steps_100000000/1/metrics.jsonl ]; do
        sleep 0.01
        kill -0 "$program"
    done
    until [[ $(children_of "$program") =~ ^[0-9]+\ ?$ ]]; do sleep 0.01; done
    kill -s TERM "$(children_of "$program" | tr -d ' ')"
    status=0 && wait "$program" || status=$?
    [ "$status" -eq 143 ] && grep -q "steps_100000000, seed 1: exit 143" stderr
    grep -q "^steps_100,100,1,done,100," D/study.csv
    grep -q "^steps_100000000,100000000,1,failed," D/study.csv
}
