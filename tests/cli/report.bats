#!/usr/bin/env bats
# gantrain report, and the report that a run writes at its end.
load report_helpers

@test "a run writes a report and prints its path" {
    tiny --out new --quiet --epochs 2 >results
    [ "$(tail -n 1 results)" = new/report.html ]
    self_contained new/report.html
    has new/report.html "<title>tiny – gantrain</title>" 1
}

@test "the page has key figures, diagnosis, pictures, charts, settings and environment" {
    local page=run/report.html
    has $page '<html lang="en">' 1
    has $page '<meta name="viewport"' 1
    has $page "default-src 'none'" 1
    has $page "<h1>tiny</h1>" 1
    has $page '<div class="tile">' 4
    has $page "images per second"
    has $page '<section id="diagnosis">' 1
    has $page "data:image/png;base64," "$(ls run/samples | wc -l)"
    has $page "<h3>Losses</h3>" 1
    has $page "<h3>Accuracy of D</h3>" 1
    has $page "<h3>Gradient norms</h3>" 1
    has $page "<h3>Update ratios</h3>" 1
    has $page "Full config" 1
    has $page ">Kernels<" 1
    [ "$(grep -o 'role="img" aria-label="' $page | wc -l)" -eq "$(grep -o '<figure class="chart">' $page | wc -l)" ]
}

@test "pictures are embedded without change" {
    python3 - run <<'END'
import base64, pathlib, re, sys
run = pathlib.Path(sys.argv[1])
page = (run / "report.html").read_text()
found = [base64.b64decode(b) for b in re.findall(r'src="data:image/png;base64,([^"]*)"', page)]
assert found == [p.read_bytes() for p in sorted((run / "samples").iterdir())], len(found)
END
}

@test "scores of points have charts and key figures" {
    local page=ring/report.html
    has $page '<section id="scores">' 1
    has $page "<h3>Modes found</h3>" 1
    has $page "<h3>High-quality samples</h3>" 1
    has $page "points per second"
    has $page "at epoch"
}

@test "the command writes the same page again, here or elsewhere" {
    cp run/report.html before.html
    rm run/report.html
    succeeds "$GANTRAIN" report run
    [ "$output" = run/report.html ]
    cmp run/report.html before.html
    succeeds "$GANTRAIN" report run/ --out other.html
    [ "$output" = other.html ]
    cmp run/report.html other.html
}

@test "the security policy allows the script of the page" {
    python3 - run/report.html <<'END'
import base64, hashlib, re, sys
page = open(sys.argv[1], "rb").read()
script = re.search(rb"<script>(.*?)</script>", page, re.S).group(1)
allowed = re.search(rb"script-src 'sha256-([^']*)'", page).group(1)
assert base64.b64encode(hashlib.sha256(script).digest()) == allowed, allowed
END
}

@test "text from files is escaped everywhere" {
    python3 - run <<'END'
import json, pathlib, sys
run, bad = pathlib.Path(sys.argv[1]), "</script><img src=x onerror=alert(1)>\"'&"
config = json.loads((run / "config.json").read_text())
config["name"] = bad
config["data"]["dir"] = bad
(run / "config.json").write_text(json.dumps(config))
(run / "environment.json").write_text(json.dumps({"version": bad, "samples": bad, "threads": bad}))
rows = [json.loads(line) for line in open(run / "metrics.jsonl")]
for row in rows:
    row[bad] = 1
rows[-1]["score" + bad] = 2
(run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
END
    succeeds "$GANTRAIN" report run
    self_contained run/report.html
    has run/report.html "<img src=x" 0
    has run/report.html "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"
    succeeds "$GANTRAIN" report run ring --out both.html
    self_contained both.html
    has both.html "<img src=x" 0
    with_chromium both.html
}

@test "several runs: charts, settings that differ, final numbers, pictures" {
    cp -r run other
    sed -i '0,/"lr": 0.001/s//"lr": 0.5/' other/config.json
    succeeds "$GANTRAIN" report run other --out both.html
    [ "$output" = both.html ]
    self_contained both.html
    has both.html "<h1>2 runs side by side</h1>" 1
    has both.html '<div class="pictures">' 2
    has both.html "<h3>Losses: Discriminator</h3>" 1
    has both.html "<h2>Final numbers</h2>" 1
    grep -A3 "<code>optimizer.generator.lr</code>" both.html | grep -q "<td>0.001</td><td>0.5</td>"
    has both.html "<code>optimizer.generator.beta1</code>" 0
    # runs of the same name are labelled with their folders
    has both.html "<title>run, other – gantrain</title>" 1
    succeeds "$GANTRAIN" report run run --out both.html
    has both.html "No known differences" 1
}

@test "several runs need --out: exit 2" {
    snapshot . >../before
    refuses 2 "with --out FILE" "$GANTRAIN" report run ring
    refuses 2 "RUN_DIR is missing" "$GANTRAIN" report
    refuses 2 "expected a path, got nothing" "$GANTRAIN" report ""
    refuses 2 "expected a path, got nothing" "$GANTRAIN" report run --out ""
    refuses 2 "more than 16 arguments" "$GANTRAIN" report run{,,,,,,,,,,,,,,,,} --out x.html
    snapshot . | diff ../before -
}

@test "a folder that is not a run: exit 4 and nothing written" {
    mkdir -p empty/samples
    echo text >file
    refuses 4 "none: no such folder" "$GANTRAIN" report none
    refuses 4 "file: is a file: expected the folder of a run" "$GANTRAIN" report file
    refuses 4 "empty: holds no run: expected config.json, metrics.jsonl or samples" "$GANTRAIN" report empty
    refuses 4 "empty: holds no run" "$GANTRAIN" report run empty --out both.html
    [ ! -e empty/report.html ] && [ ! -e both.html ]
}

@test "a page that cannot be written: exit 6" {
    refuses 6 "none/x.html" "$GANTRAIN" report run --out none/x.html
    mkdir taken
    refuses 6 "taken: is a folder" "$GANTRAIN" report run --out taken
}

@test "missing or damaged files are listed, the rest is shown" {
    local part
    for part in config.json environment.json metrics.jsonl; do
        cp -r run short
        rm short/$part
        run --separate-stderr "$GANTRAIN" report short
        [ "$status" -eq 0 ]
        [[ "$stderr" == "gantrain: warning: short/$part: missing; "* ]]
        has short/report.html "Missing or damaged files" 1
        has short/report.html "short/$part: missing"
        has short/report.html "<h1>"
        echo "{ not JSON" >short/$part
        run --separate-stderr "$GANTRAIN" report short
        [ "$status" -eq 0 ]
        [[ "$stderr" == *"short/$part:1"* ]]
        has short/report.html "short/$part:1"
        rm -r short
    done
    rm -r run/samples
    run --separate-stderr "$GANTRAIN" report run
    [ "$status" -eq 0 ]
    [[ "$stderr" == *"run/samples: contains no epoch-"* ]]
    has run/report.html "data:image" 0
    has run/report.html "<h3>Losses</h3>" 1
}

@test "a damaged picture is skipped and listed" {
    head -c 100 ring/samples/epoch-0001.png >run/samples/epoch-0002.png
    echo "no picture" >run/samples/epoch-0003.png
    run --separate-stderr "$GANTRAIN" report run
    [ "$status" -eq 0 ]
    has run/report.html "samples/epoch-0002.png: not a complete PNG; skipped" 1
    has run/report.html "samples/epoch-0003.png: not a complete PNG; skipped" 1
    has run/report.html "data:image/png;base64," 2
}

@test "of many pictures an evenly spaced subset is shown, with a note" {
    local i
    for ((i = 5; i <= 203; i++)); do
        cp run/samples/epoch-0001.png "run/samples/epoch-$(printf %04d "$i").png"
    done
    succeeds "$GANTRAIN" report run
    has run/report.html "data:image/png;base64," 40
    has run/report.html "40 of 203 pictures, evenly spaced" 1
    has run/report.html 'data-epoch="1"' 1
    has run/report.html 'data-epoch="203"' 1
    python3 - run/report.html <<'END'
import re, sys
epochs = [int(e) for e in re.findall(r'data-epoch="(\d+)"', open(sys.argv[1]).read())]
steps = {b - a for a, b in zip(epochs, epochs[1:])}
assert steps <= {5, 6}, steps
END
}

@test "of pictures that are too large few or none are shown, with a note" {
    local i
    for i in 1 2 3 4; do # padded with a tEXt chunk of 3 MiB
        python3 - "run/samples/epoch-000$i.png" <<'END'
import sys, zlib
path = sys.argv[1]
data = open(path, "rb").read()
body = b"tEXt" + b"x" * (3 << 20)
chunk = len(body[4:]).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
open(path, "wb").write(data[:-12] + chunk + data[-12:])
END
    done
    succeeds "$GANTRAIN" report run
    has run/report.html "data:image/png;base64," 2
    has run/report.html "2 of 4 pictures" 1
    succeeds "$GANTRAIN" report run run run --out three.html
    has three.html "data:image/png;base64," 0
    has three.html "The pictures are too large for this page" 3
}

@test "the page of a history of many rows stays small" {
    python3 - run <<'END'
import json, math, sys
with open(sys.argv[1] + "/metrics.jsonl", "w") as f:
    for i in range(1, 20001):
        f.write(json.dumps({"step": i, "epoch": 1 + i // 5000, "d_loss": math.sin(i), "g_loss": i,
                            "d_grad_norm": 1.5, "seconds": i, "examples_per_s": 7}) + "\n")
END
    rm -r run/samples
    "$GANTRAIN" report run
    [ "$(stat -c %s run/report.html)" -lt 150000 ]
    has run/report.html "Faint: every row; bold: moving mean over 555"
}

@test "a resumed run rewrites its report" {
    rm -r run
    tiny --out whole --quiet --epochs 4 --set log.every_steps=16
    tiny --out run --quiet --epochs 2 --set log.every_steps=16
    has run/report.html "epochs <small>of 2</small>" 1
    tiny --out run --quiet --epochs 4 --set log.every_steps=16 --resume
    has run/report.html "epochs <small>of 4</small>" 1
    has run/report.html "data:image/png;base64," 4
    # a complete run prints the path of its report
    tiny --out run --quiet --epochs 4 --set log.every_steps=16 --resume >results
    [ "$(tail -n 1 results)" = run/report.html ]
    same_run whole run
}

@test "--resume-from an earlier checkpoint: no pictures of later epochs" {
    rm -r run
    tiny --out run --quiet --epochs 4 --set checkpoint.keep=10 --set checkpoint.every_steps=8
    [ -e run/samples/epoch-0004.png ]
    local first
    first=$(printf '%s\n' run/checkpoints/* | head -n 1)
    tiny --out run --quiet --epochs 2 --resume-from "$first"
    [ "$(ls run/samples | tr '\n' ' ')" = "epoch-0001.png epoch-0002.png " ]
    has run/report.html "data:image/png;base64," 2
}

@test "the report of a run that diverges" {
    status=0
    cat >wild.json <<'END'
{
  "objective": "wasserstein",
  "optimizer": { "generator": { "kind": "sgd", "lr": 1 }, "discriminator": { "kind": "sgd", "lr": 1 } },
  "train": { "batch_size": 32, "recoveries": 0 }
}
END
    "$GANTRAIN" --config wild.json --data data --quiet --out bad 2>stderr || status=$?
    cat stderr
    [ "$status" -eq 8 ]
    has bad/report.html '<section id="diagnosis">' 1
    [ "$("$GANTRAIN" report bad 2>/dev/null)" = bad/report.html ]
}

@test "the report of a run that is stopped" {
    rm -r run
    (exec "$GANTRAIN" --config "$TINY" --data data --out run --quiet --steps 1000000) & # $! is the program
    local program=$!
    until [ -s run/metrics.jsonl ]; do
        kill -0 "$program"
        sleep 0.05
    done
    kill -TERM "$program"
    status=0
    wait "$program" || status=$?
    [ "$status" -eq 143 ]
    has run/report.html "steps <small>of 1,000,000</small>" 1
    has run/report.html "<h3>Losses</h3>" 1
}

@test "--overwrite removes the report and the environment of the earlier run" {
    tiny --out run --quiet --epochs 1 --overwrite
    has run/report.html "epochs <small>of 1</small>" 1
    [ "$(ls run | tr '\n' ' ')" = "checkpoints config.json environment.json metrics.jsonl report.html samples " ]
}

@test "in a browser: light, dark, on a phone, with slider and pointer" {
    with_chromium run/report.html
    with_chromium ring/report.html
    "$GANTRAIN" report run ring --out both.html
    with_chromium both.html
}
