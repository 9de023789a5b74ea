#!/usr/bin/env bats
# Tables: training, resuming, samples in the units of the table, evaluation.
load helpers

setup_file() { # 600 rows of two correlated columns and a class, in very different units
    python3 - "$BATS_FILE_TMPDIR/people.csv" <<'END'
import random, sys
random.seed(1)
with open(sys.argv[1], "w") as f:
    f.write("height (cm),weight,city\n")
    for i in range(600):
        x = random.gauss(0, 1)
        f.write(f"{170 + 10 * x:.1f},{70000 + 12000 * (x + random.gauss(0, 0.5)):.0f},{'AB'[i % 2]}\n")
END
    echo '{ "name": "people", "data": { "kind": "csv", "file": "people.csv" } }' >"$BATS_FILE_TMPDIR/people.json"
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    cp "$BATS_FILE_TMPDIR/people.csv" "$BATS_FILE_TMPDIR/people.json" .
}

people() { # [OPTIONS]
    "$GANTRAIN" people.json --out run --quiet --batch-size 64 "$@"
}

names_of_samples() { # CHECKPOINT: the first line of samples as a table
    "$GANTRAIN" sample --checkpoint "$1" --out names.csv --count 2 >/dev/null
    head -n 1 names.csv
}

@test "a table is recognised, and the log says how it is read" {
    echo '{}' >empty.json
    run --separate-stderr "$GANTRAIN" empty.json --data people.csv --out run --steps 2
    [ "$status" -eq 0 ]
    says 'data: separator ",", a header, 2 columns: height (cm), weight; left out: city'
    says "540 points"
    gzip <people.csv >table # its contents decide
    run --separate-stderr "$GANTRAIN" empty.json --data table --out other --steps 2
    [ "$status" -eq 0 ]
    diff <(metrics_without_clock run) <(metrics_without_clock other)
}

@test "samples come back in the units of the table, without the table" {
    people --steps 1500
    rm people.csv
    local checkpoint
    checkpoint=$(newest_checkpoint run)
    "$GANTRAIN" sample --checkpoint "$checkpoint" --out x.csv --count 2000
    "$GANTRAIN" sample --checkpoint "$checkpoint" --out x.npy --count 2000
    python3 - <<'END'
import csv, struct
rows = list(csv.reader(open("x.csv")))
assert rows[0] == ["height (cm)", "weight"], rows[0]
x = [[float(v) for v in row] for row in rows[1:]]
assert len(x) == 2000
for j, low, high in ((0, 160, 180), (1, 60000, 80000)):
    mean = sum(row[j] for row in x) / 2000
    assert low < mean < high, (j, mean)
data = open("x.npy", "rb").read()
n = struct.unpack_from("<H", data, 8)[0]
y = struct.unpack_from("<4000f", data, 10 + n)
for i in range(2000):
    for j in range(2):
        assert abs(y[2 * i + j] - x[i][j]) < 1e-6 * abs(x[i][j]), (i, j)
END
    refuses 4 "people.csv: cannot be opened" "$GANTRAIN" sample --checkpoint "$checkpoint" --out x.png
    says "write a .csv or .npy file, which needs no data"
}

@test "a resumed run equals an uninterrupted one" { # epochs of 9 steps: the last of a part is scored anyway
    local often=(--batch-size 60 --set checkpoint.every_steps=9 --set log.every_steps=3 --set evaluate.every_epochs=1)
    nine() { "$GANTRAIN" people.json --out run --quiet "${often[@]}" "$@"; }
    nine --steps 63
    mv run whole
    nine --steps 27
    nine --steps 63 --resume --threads 1
    same_run whole run
    grep -q '"sliced_wasserstein": .*"ks_mean": .*"ks_max": .*"correlation_error": ' run/metrics.jsonl
    echo 1,2,A >>people.csv
    refuses 5 "was trained on other data" nine --steps 70 --resume
}

@test "columns and classes are chosen on the command line" {
    people --steps 2 --set data.columns=weight --set data.label=3
    [ "$(names_of_samples "$(checkpoint_of run 2)")" = weight ]
    people --overwrite --steps 2 --set data.label=city --set data.classes=B
    refuses 3 'data.classes: "C": no such class: expected a number 0..254, or a name: A, B' \
        people --overwrite --set data.label=city --set data.classes=C
    people --overwrite --steps 2 --set data.columns=2,1
    [ "$(names_of_samples "$(checkpoint_of run 2)")" = "weight,height (cm)" ]
}

@test "a model that reads the label writes it, too" {
    cat >by_city.json <<'END'
{ "data": { "kind": "csv", "file": "people.csv", "label": "city" },
  "generator": { "latent": 4, "layers": [ "label", { "kind": "dense", "units": 8 }, "relu", "dense" ] },
  "discriminator": { "layers": [ { "kind": "dense", "units": 8 }, "relu", "projection" ] } }
END
    "$GANTRAIN" by_city.json --out run --quiet --steps 5
    "$GANTRAIN" sample --checkpoint "$(checkpoint_of run 5)" --out x.csv --count 6
    [ "$(head -n 1 x.csv)" = "height (cm),weight,city" ]
    [ "$(cut -d, -f3 x.csv | sort | uniq -c | xargs)" = "3 A 3 B 1 city" ]
    "$GANTRAIN" sample --checkpoint "$(checkpoint_of run 5)" --out x.csv --count 6 --class 1
    [ "$(cut -d, -f3 x.csv | sort | uniq -c | xargs)" = "6 B 1 city" ]
    "$GANTRAIN" by_city.json --data x.csv --out again --quiet --steps 2 --batch-size 2 # a table again
}

@test "two checkpoints are compared in the same units" {
    people --steps 5
    python3 - "$(checkpoint_of run 5)" moved.safetensors <<'END'
import json, struct, sys
data = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:8 + n])
units = json.loads(header["__metadata__"]["gantrain.units"])
for column in units["columns"]:
    column["offset"] += 100 * column["scale"]
facts = {k: v for k, v in header["__metadata__"].items() if "crc32" not in k}
header["__metadata__"] = facts | {"gantrain.units": json.dumps(units)}
text = json.dumps(header).encode()
open(sys.argv[2], "wb").write(struct.pack("<Q", len(text)) + text + data[8 + n:])
END
    "$GANTRAIN" evaluate --checkpoint "$(checkpoint_of run 5)" --against moved.safetensors --json >two.json
    python3 - <<'END'
import json
one, moved = (s["metrics"]["ks_mean"]["value"] for s in json.load(open("two.json"))["samples"])
assert one < 0.9 and moved == 1, (one, moved)
END
}

@test "a table is evaluated elsewhere, or with rows that were kept apart" {
    head -n 401 people.csv >train.csv
    (head -n 1 people.csv && tail -n 200 people.csv) >test.csv
    people --steps 5
    "$GANTRAIN" evaluate --checkpoint "$(checkpoint_of run 5)" --json >here.json
    mkdir elsewhere && mv people.csv elsewhere/
    refuses 4 "people.csv" "$GANTRAIN" evaluate --checkpoint "$(checkpoint_of run 5)"
    "$GANTRAIN" evaluate --checkpoint "$(checkpoint_of run 5)" --data elsewhere/people.csv --json >there.json
    cmp here.json there.json
    people --overwrite --steps 5 --data train.csv --set data.split=0
    refuses 3 "or evaluate with other data (--data)" "$GANTRAIN" evaluate --checkpoint "$(checkpoint_of run 5)"
    "$GANTRAIN" evaluate --checkpoint "$(checkpoint_of run 5)" --data test.csv | grep -q ks_mean
    sed -i 1s/weight/mass/ test.csv
    refuses 4 'column 2 "mass", the checkpoint "weight"' "$GANTRAIN" evaluate \
        --checkpoint "$(checkpoint_of run 5)" --data test.csv
}

@test "a constant column is a warning" {
    sed -i '1s/$/,year/; 2,$s/$/,2020/' people.csv
    run --separate-stderr people --steps 2
    [ "$status" -eq 0 ]
    says 'warning: data: column "year" is 2020 in every row'
}

@test "faults name the line, the column and what to do" {
    sed -i '17s/[^,]*,/n.a.,/' people.csv
    refuses 4 'people.csv:17: column "height (cm)" (1): "n.a.": expected a number: correct it, or leave' people
    sed -i '17s/[^,]*,/,/' people.csv
    refuses 4 'people.csv:17: column "height (cm)" (1): "": a missing value: fill it in, remove the row' people
    sed -i '17s/.*/1,2/' people.csv
    refuses 4 'people.csv:17: 2 fields: expected 3, as on line 1' people
    refuses 3 'data.columns: "size": people.csv has no such column' people --set data.columns=size
}

@test "a table of one column, and one of a hundred" {
    cut -d, -f2 people.csv >one.csv
    "$GANTRAIN" people.json --data one.csv --quiet --out one --steps 2 --batch-size 64 --set evaluate.bin=1000
    sed -i 's/$/000000/; 1s/000000//' one.csv
    refuses 3 "are possible; 8e+08 makes about a hundred" \
        "$GANTRAIN" people.json --data one.csv --quiet --out large --batch-size 64
    python3 -c "
import random
print(','.join(f'c{i}' for i in range(100)))
for _ in range(200): print(','.join(f'{random.gauss(i, 1):.3f}' for i in range(100)))" >wide.csv
    "$GANTRAIN" people.json --data wide.csv --quiet --out wide --steps 2 --batch-size 64
    "$GANTRAIN" sample --checkpoint "$(checkpoint_of wide 2)" --out x.csv --count 3
    [ "$(wc -l <x.csv)" -eq 4 ]
    "$GANTRAIN" sample --checkpoint "$(checkpoint_of wide 2)" --out x.png
}

@test "bench, study, inspect and report take a table" {
    local short=(--set train.steps=3 --set train.batch_size=64)
    "$GANTRAIN" bench people.json --json | grep -q steps_per_s
    "$GANTRAIN" study people.json --vary penalty=none,r1 --seeds 1 --metrics d_loss --out study --quiet "${short[@]}"
    "$GANTRAIN" inspect --run study/r1/1 | grep -q verified
    [ -s study/r1/1/report.html ]
}

@test "samples of images are no table" {
    make_data data --side 8
    tiny --out pictures --quiet
    refuses 2 "a .csv file holds points" "$GANTRAIN" sample --out x.csv \
        --checkpoint "$(newest_checkpoint pictures)"
}

@test "a ring has a table, too" {
    "$GANTRAIN" "$GANTRAIN_ROOT/configs/ring_fast.json" --quiet --out ring --steps 5 --set data.count=1000
    [ "$(names_of_samples "$(newest_checkpoint ring)")" = x1,x2 ]
}

@test "the scores of a run are those of gantrain evaluate, in the units of training" {
    people --steps 20 --set evaluate.samples=300
    "$GANTRAIN" evaluate --checkpoint "$(newest_checkpoint run)" --json >out.json
    python3 - <<'EOF'
import json
row, o = json.loads(open("run/metrics.jsonl").readlines()[-1]), json.load(open("out.json"))
found, real = o["samples"][0]["metrics"], o["real"]["metrics"]
assert o["samples"][0]["n"] == o["real"]["n"] == 300, o
for name in ("sliced_wasserstein", "ks_mean", "ks_max", "correlation_error"):
    assert found[name]["value"] == row[name] > real[name]["value"], (name, found, row)
assert 0.3 < real["c2st"]["value"] < 0.7 and real["sliced_wasserstein"]["value"] < 0.3, real
EOF
    people --steps 20 --set data.split=0 --set evaluate.samples=300 --overwrite
    ! grep -q sliced run/metrics.jsonl # no test points, and nobody asked for scores
    refuses 3 "no samples of people.csv are kept for evaluation" people --steps 20 --set data.split=0 \
        --set evaluate.metrics=c2st --overwrite
}
