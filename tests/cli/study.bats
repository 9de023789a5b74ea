#!/usr/bin/env bats
# Studies: the grid, its results, and that neither kills nor the number of processes change them.
load helpers

setup() { # a ring that is trained in a fraction of a second
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

# ---- results --------------------------------------------------------------------------------------

@test "a grid: a run folder for every cell and seed, and their figures" {
    run --separate-stderr grid --metrics d_loss:lower,high_quality
    [ "$status" -eq 0 ] && [ -z "$stderr" ]
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

@test "results do not depend on the number of processes or threads, and repeat" {
    grid --jobs 1
    without_clock D/study.csv >one && mv D one_job
    grid --jobs 3 --threads-per-job 2 2>/dev/null
    diff one <(without_clock D/study.csv)
    for seed in 1 2; do
        same_run "one_job/hinge+lr_1e-2/$seed" "D/hinge+lr_1e-2/$seed"
    done
    snapshot D >before
    grid # all is done: nothing is touched, the seconds are those of the runs
    diff before <(snapshot D)
}

@test "a run of a study is a run as any other" {
    grid
    "$GANTRAIN" --config D/hinge+lr_1e-2/config.json --seed 2 --out by_hand --quiet
    same_run by_hand D/hinge+lr_1e-2/2
    cmp by_hand/config.json D/hinge+lr_1e-2/2/config.json
}

@test "a study file: named points, exclusions, the best row; study.json does the same" {
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

@test "the page: every cell, dot and median picture; links that lead somewhere; no network" {
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

@test "more seeds and more points: only they are trained" {
    grid
    snapshot D/hinge+lr_1e-3/1 >before
    study --vary objective=hinge,minimax --vary optimizer.generator.lr=1e-3,1e-2 --seeds 1-3
    diff before <(snapshot D/hinge+lr_1e-3/1)
    [ "$(tail -n +2 D/study.csv | wc -l)" -eq 12 ]
    run ! grep -q least_squares D/study.csv
    [ -d D/least_squares+lr_1e-2/1 ] # what was trained stays
}

# ---- being stopped -----------------------------------------------------------------------------------

long() { # [OPTIONS]: four runs of a few seconds
    study --set train.steps=6000 --set log.every_steps=100 --vary objective=hinge,minimax --seeds 1-2 \
        --jobs 2 "$@"
}

begin_long() { # sets $program once two runs train
    (exec env --default-signal=INT "$GANTRAIN" study --config small.json --out D --quiet --set train.steps=6000 \
        --set log.every_steps=100 --vary objective=hinge,minimax --seeds 1-2 --jobs 2 2>stderr) &
    program=$!
    until [ -s D/hinge/1/metrics.jsonl ] && [ -s D/minimax/1/metrics.jsonl ]; do
        sleep 0.01
        kill -0 "$program"
    done
}

children_of() { # PID
    cat "/proc/$1/task/$1/children"
}

wait_for_end() { # PID...: of processes that are not ours
    local pid
    for pid in "$@"; do
        for _ in {1..500}; do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.02
        done
        ! kill -0 "$pid" 2>/dev/null
    done
}

@test "stopped by signals, killed, and begun again: the same bytes as in one go" {
    long && mv D straight
    begin_long
    children=$(children_of "$program")
    kill -s TERM "$program"
    status=0 && wait "$program" || status=$?
    [ "$status" -eq 143 ] && grep -q "the same command goes on" stderr
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
    wait_for_end $children # the kernel tells them
    run ! grep -q "error" D/hinge/1/train.log

    begin_long
    kill -s KILL "$program" # and again at once, while they still save
    wait "$program" || true
    long
    diff <(without_clock straight/study.csv) <(without_clock D/study.csv)
    for run in hinge/1 hinge/2 minimax/1 minimax/2; do
        same_run "straight/$run" "D/$run"
    done
}

@test "a child that is killed fails alone; the same command finishes it" {
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

@test "one study a folder" {
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

@test "a run that fails otherwise is told, the others go on" {
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

# ---- what is refused ------------------------------------------------------------------------------------

@test "runs with other settings are left alone, unless --overwrite" {
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

@test "every study that is shipped fits" {
    make_data mnist --count 1000
    for config in "$GANTRAIN_ROOT"/configs/study_*.json; do
        succeeds "$GANTRAIN" study --config "$config" --set data.dir=mnist --dry-run
    done
    [ "${lines[-1]}" = "24 cells x 3 seeds = 72 runs, 5688 steps in all, $(nproc) at a time" ]
}

@test "--dry-run: the cells, their settings and steps; nothing is made" {
    run --separate-stderr grid --dry-run
    [ "$status" -eq 0 ] && [ ! -e D ]
    [[ ${lines[0]} =~ ^cell\ +objective\ +optimizer.generator.lr\ +steps$ ]]
    [[ ${lines[1]} =~ ^hinge\+lr_1e-3\ +hinge\ +1e-3\ +200$ ]]
    [ "${lines[5]}" = "4 cells x 2 seeds = 8 runs, 1600 steps in all, $(nproc) at a time" ]
}

@test "every mistake of a study file has its place" {
    while IFS='~' read -r json phrase; do
        put "$json"
        refuses 3 "study.json:$phrase" "$GANTRAIN" study --config study.json --out D
        [ ! -e D ]
    done <<'END'
{"base": "small.json", "axis": {}}~1:24: axis: unknown key (did you mean "axes"?)
{"axes": {}}~1:1: base: is missing
{"base": 3}~1:10: base: expected a path or an object
{"base": "small.json", "set": []}~1:31: set: expected an object
{"base": "small.json", "set": {"train.step": 3}}~1:32: train.step: unknown key (did you mean "steps"?)
{"base": "small.json", "set": {"seed": 3}}~1:32: set: seed: the seeds of a study are named by "seeds"
{"base": "small.json", "set": {"generator.layers[9].units": 3}}~1:61: generator.layers[9].units: no such place
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
{"base": "small.json", "seeds": [1, 2, 1]}~1:33: seeds: 1 is there twice
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

@test "all mistakes are told in one run, and what cells share once" {
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
    refuses 3 "study.json:3:70: data.std: unknown key" "$GANTRAIN" study --config study.json --out D
    # what only shows when nets and data meet tells the cell
    refuses 2 "cell hinge: " study --vary objective=hinge,minimax --set train.batch_size=5000
    says "train.batch_size: 5000 is more than the 2000 samples"
    [ "$(wc -l <<<"$stderr")" -eq 1 ] && [ ! -e D ]
}

@test "mistakes of the command line" {
    refuses 2 "--vary objective=hinge,hinges: objective: unknown objective" study --vary objective=hinge,hinges
    refuses 2 "expected key.path=VALUE" study --vary objective
    refuses 2 "--vary objective is given twice" study --vary objective=hinge --vary objective=minimax
    refuses 2 "--seeds: seeds: expected integers" study --seeds 3-x
    refuses 2 "--set train.steps=-1" study --set train.steps=-1
    refuses 2 "--jobs: expected an integer" study --jobs 0
    refuses 2 "--config is missing" "$GANTRAIN" study
    refuses 2 "unknown option" study --job 3
    refuses 2 "--rank: rank: whether a high or a low" study --rank g_loss
}
