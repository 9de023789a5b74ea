#!/usr/bin/env bats
# gantrain evaluate: metrics of samples, as a table and as JSON.
load helpers

# One run, one classifier, and samples with known defects for all tests.
setup_file() {
    export GANTRAIN_CACHE=$BATS_FILE_TMPDIR/cache
    make_data "$BATS_FILE_TMPDIR/data" --side 8 --count 400 --test-count 200
    cd "$BATS_FILE_TMPDIR"
    tiny --out run --quiet
    python3 "$GANTRAIN_ROOT/scripts/bad_samples.py" bad --data data --count 200
    "$GANTRAIN" evaluate --samples bad/test.idx --data data --metrics classes
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    ln -s "$BATS_FILE_TMPDIR"/{data,bad,run} .
    checkpoint=$(newest_checkpoint run)
}

evaluate() {
    "$GANTRAIN" evaluate "$@"
}

@test "the table: every metric of the samples and of real images" {
    succeeds evaluate --checkpoint "$checkpoint" --count 200
    local name
    for name in score fcd kid precision recall density coverage class_kl classes nearest_ratio copying \
        copies parzen; do
        grep -qE "^$name +-?[0-9.e+-]+( ± [0-9.e+-]+)? +-?[0-9.e+-]+( ± [0-9.e+-]+)? +(higher|lower|as real)$" \
            <<<"$output"
    done
    [[ $output == *"samples: $checkpoint, step "*", latents of seed 1"* ]]
    [[ $output == *"200 images against 200 test images of data; subsets of seed 1"* ]]
    [[ $output == *"classifier "*", accuracy "*" % on the test images"* ]]
    [[ $output == *"real: 200 training images instead of samples"* ]]
    [[ $output != *label_agreement* && $output != *gan_train* ]] # they need labels
    [[ $output != *"not measured"* ]]
    sed -n '/best$/,/^$/p' <<<"$output" >table
    [ "$(wc -L <table)" -le 60 ]
}

@test "metrics that need more samples are listed" {
    succeeds evaluate --checkpoint "$checkpoint" --count 5
    grep -qx "not measured: score (needs 10 samples); precision, recall, density, coverage (needs 6 samples)" \
        <<<"$output"
    evaluate --checkpoint "$checkpoint" --count 5 --json >few.json
    python3 - <<'END'
import json
o = json.load(open("few.json"))
left = o["not_measured"]
assert left["score"] == "needs 10 samples" and left["recall"] == "needs 6 samples", left
assert left["label_agreement"].startswith("needs the labels of the samples"), left
assert not set(left) & set(o["samples"][0]["metrics"])
END
    evaluate --checkpoint "$checkpoint" --count 6 --json >more.json
    grep -q '"precision": {"value"' more.json
}

@test "data in another folder" {
    mkdir away && cp "$checkpoint" away/c.safetensors && cd away
    refuses 4 "; or name them with --data" evaluate --checkpoint c.safetensors
    refuses 4 "; or name them with --data" "$GANTRAIN" sample --checkpoint c.safetensors \
        --beside-real --out x.png
    refuses 4 "no such file" evaluate --checkpoint c.safetensors --data nowhere
    [[ $stderr != *"or say with"* ]]
}

@test "on a terminal the current task is shown, and erased" {
    needs_terminal
    script -qec "'$GANTRAIN' evaluate --checkpoint '$checkpoint' --count 50 --json >out.json" seen </dev/null
    grep -q "drawing samples of " seen && grep -q "measuring frechet ..." seen
    python3 -m json.tool out.json >/dev/null
    run --separate-stderr evaluate --checkpoint "$checkpoint" --count 50
    [ "$status" -eq 0 ] && [ -z "$stderr" ]
}

@test "--json: one object with all results" {
    evaluate --checkpoint "$checkpoint" --count 100 --seed 7 --json >out.json
    python3 - "$checkpoint" <<'END'
import json, sys
o = json.load(open("out.json"))
s = o["samples"][0]
assert len(o["samples"]) == 1 and s["kind"] == "checkpoint" and s["path"] == sys.argv[1]
assert (s["n"], s["seed"], o["seed"]) == (100, 7, 7) and s["step"] > 0
assert (o["data"], o["split"], o["test_n"], o["real"]["n"]) == ("data", "test", 200, 100)
c = o["classifier"]
assert len(c["id"]) > 8 and 0.9 < c["accuracy"] <= 1 and c["trained"] is False
assert set(s["metrics"]) == set(o["real"]["metrics"]) == set(o["best"])
assert o["best"]["fcd"] == "lower" and o["best"]["copying"] == "as real"
real, ours = o["real"]["metrics"], s["metrics"]
assert real["fcd"]["value"] < ours["fcd"]["value"] and real["fcd"]["error"] is None
assert real["score"]["value"] > ours["score"]["value"] and real["score"]["error"] > 0
END
}

@test "a checkpoint and a file of its samples have the same metrics, for any number of threads" {
    "$GANTRAIN" sample --checkpoint "$checkpoint" --count 150 --out samples.idx
    evaluate --checkpoint "$checkpoint" --count 150 --json --threads 2 >drawn.json
    evaluate --samples samples.idx --data data --json --threads 3 >read.json
    evaluate --checkpoint "$checkpoint" --count 150 --json --threads 1 >one.json
    cmp drawn.json one.json
    python3 - <<'END'
import json
drawn, read = (json.load(open(f + ".json")) for f in ("drawn", "read"))
assert drawn["samples"][0]["metrics"] == read["samples"][0]["metrics"]
assert drawn["real"] == read["real"] and read["samples"][0]["n"] == 150
END
}

@test "real images compared with themselves are perfect" {
    evaluate --samples data/t10k-images-idx3-ubyte --data data --json >out.json
    python3 - <<'END'
import json
m = {k: v["value"] for k, v in json.load(open("out.json"))["samples"][0]["metrics"].items()}
assert abs(m["fcd"]) < 1e-6 and m["precision"] == m["recall"] == m["coverage"] == 1, m
assert m["nearest_ratio"] == 1 and m["copying"] == 0.5 and m["copies"] == 0, m
assert m["score"] > 7 and m["classes"] == 10 and m["class_kl"] < 0.01, m
END
}

@test "every known defect shows in the metrics made for it" {
    local name
    for name in test train half blurred ten one noise; do
        evaluate --samples "bad/$name.idx" --labels "bad/$name-labels.idx" --data data --json \
            >"$name.json"
    done
    python3 - <<'END'
import json
def of(name):
    return {k: v["value"] for k, v in json.load(open(name + ".json"))["samples"][0]["metrics"].items()}
test, train, half, blurred, ten, one, noise = map(of, "test train half blurred ten one noise".split())
fcd = [s["fcd"] for s in (test, train, half, one)]
assert fcd == sorted(fcd) and noise["fcd"] > half["fcd"] and blurred["fcd"] > train["fcd"], fcd
assert train["precision"] > 0.6 and train["recall"] > 0.6, train
assert half["recall"] < 0.75 * train["recall"] and half["precision"] > 0.6, half
assert half["classes"] <= 6 and abs(half["class_kl"] - 0.693) < 0.1 and half["score"] < 6, half
assert ten["recall"] < 0.1 and ten["classes"] >= 9, ten
assert one["recall"] < 0.1 and one["classes"] == 1 and abs(one["score"] - 1) < 1e-6, one
assert noise["precision"] < 0.1 and noise["nearest_ratio"] > 2 and noise["parzen"] < 0, noise
assert train["copies"] == half["copies"] == 1 and train["nearest_ratio"] == 0, train
assert test["copies"] == noise["copies"] == 0
assert train["label_agreement"] > 0.95 and noise["label_agreement"] < 0.3
assert train["gan_train"] > 0.9 and noise["gan_train"] < 0.5 and ten["gan_train"] < train["gan_train"]
END
}

@test "two sets compared" {
    succeeds evaluate --checkpoint "$checkpoint" --against bad/train.idx --against-labels \
        bad/train-labels.idx --count 100
    [[ $output == *"A: $checkpoint, step "* && $output == *"B: bad/train.idx, labels of bad/train-labels.idx"* ]]
    [[ $output == *"100 images each against 200 test images"* ]]
    grep -qE "^ +A +B +real +best$" <<<"$output"
    grep -qE "^label_agreement +- +(1|0\.9)" <<<"$output" # A has no labels
    evaluate --samples bad/half.idx --data data --against "$checkpoint" --json >two.json
    evaluate --samples bad/half.idx --data data --json >half.json
    python3 - "$checkpoint" <<'END'
import json, sys
two, half = (json.load(open(f + ".json")) for f in ("two", "half"))
assert two["samples"][0] == half["samples"][0] and two["real"] == half["real"]
assert two["samples"][1]["path"] == sys.argv[1] and two["samples"][1]["n"] == 200
assert two["samples"][1]["metrics"]["fcd"] != two["samples"][0]["metrics"]["fcd"]
END
}

@test "--metrics: by the name of a metric or of a value" {
    evaluate --checkpoint "$checkpoint" --count 50 --metrics fcd,precision_recall --json >some.json
    python3 - <<'END'
import json
found = json.load(open("some.json"))["samples"][0]["metrics"]
assert list(found) == ["fcd", "precision", "recall", "density", "coverage"], found
END
    refuses 2 'unknown metric "fdc" (did you mean fcd?)' evaluate --checkpoint "$checkpoint" \
        --metrics score,fdc
    refuses 2 'unknown metric ""' evaluate --checkpoint "$checkpoint" --metrics score,
    refuses 2 "label_agreement needs the labels of the samples (--labels)" evaluate \
        --checkpoint "$checkpoint" --metrics label_agreement
    refuses 2 "inception_score needs a classifier, so labelled data, and 10 samples" evaluate \
        --checkpoint "$checkpoint" --metrics score --count 5
}

@test "features and probabilities as NPY files" {
    evaluate --samples bad/test.idx --count 20 --data data --features-out f.npy \
        --probabilities-out p.npy --metrics classes
    python3 - <<'END'
import struct
def read(path):
    data = open(path, "rb").read()
    n = struct.unpack("<H", data[8:10])[0]
    shape = eval(data[10:10 + n])["shape"]
    values = struct.unpack("<%df" % (shape[0] * shape[1]), data[10 + n:])
    return [values[i * shape[1]:(i + 1) * shape[1]] for i in range(shape[0])]
f, p = read("f.npy"), read("p.npy")
labels = open("data/t10k-labels-idx1-ubyte", "rb").read()[8:]
assert len(f) == len(p) == 20 and len(p[0]) == 10 and len(set(f)) == 20
assert all(abs(sum(row) - 1) < 1e-5 for row in p)
assert sum(row.index(max(row)) == label for row, label in zip(p, labels)) >= 18
END
    refuses 6 "missing/f.npy" evaluate --samples bad/test.idx --data data --metrics classes \
        --features-out missing/f.npy
}

@test "the classifier is trained once, with a message" {
    export GANTRAIN_CACHE=$PWD/own
    run --separate-stderr evaluate --samples bad/test.idx --data data --metrics classes --json
    [ "$status" -eq 0 ]
    says "training a classifier of the data, once: it is cached for later runs"
    says "classifier trained: test accuracy "
    [[ $output == *'"trained": true'* ]]
    succeeds evaluate --samples bad/test.idx --data data --metrics classes --json
    [[ $output == *'"trained": false'* ]]
}

@test "data without labels: metrics that need a classifier are skipped" {
    mkdir plain
    cp data/*-images-* plain
    succeeds evaluate --checkpoint "$checkpoint" --data plain --count 100
    [[ $output == *"without labels there is no classifier"* && $output == *parzen* ]]
    [[ $output != *fcd* && $output != *score* ]]
    succeeds evaluate --checkpoint "$checkpoint" --data plain --count 100 --json
    [[ $output == *'"classifier": null'* ]]
    refuses 2 "frechet needs a classifier, so labelled data" evaluate --checkpoint "$checkpoint" \
        --data plain --metrics fcd
    refuses 4 "without labels there is no classifier" evaluate --checkpoint "$checkpoint" --data plain \
        --features-out f.npy
}

@test "metrics of pixels need no labels: not even a classifier is opened" {
    export GANTRAIN_CACHE=$PWD/none
    local name
    for name in test half noise one; do
        evaluate --samples "bad/$name.idx" --data data --metrics swd,ms_ssim,memorisation --json >"$name.json"
    done
    [ ! -e none ]
    python3 - <<'END'
import json
def of(name):
    return {k: v["value"] for k, v in json.load(open(name + ".json"))["samples"][0]["metrics"].items()}
test, half, noise, one = map(of, "test half noise one".split())
assert list(test) == ["nearest_ratio", "copying", "copies", "swd", "swd_16", "ms_ssim", "ms_ssim_gap"], test
assert test["swd"] == test["ms_ssim_gap"] == 0 and test["swd_16"] == test["swd"]
assert test["swd"] < half["swd"] < noise["swd"] and test["ms_ssim"] < half["ms_ssim"] < one["ms_ssim"]
assert abs(one["ms_ssim"] - 1) < 1e-9 and noise["ms_ssim"] < test["ms_ssim"]
END
}

@test "colour images, and labels of a single class" {
    make_data colours --side 30 --channels 3 --count 120 --test-count 60
    head -c 8 colours/t10k-labels-idx1-ubyte >labels
    head -c 60 /dev/zero >>labels && mv labels colours/t10k-labels-idx1-ubyte
    head -c 8 colours/train-labels-idx1-ubyte >labels
    head -c 120 /dev/zero >>labels && mv labels colours/train-labels-idx1-ubyte
    succeeds evaluate --samples colours/train-images-idx3-ubyte --count 50 --data colours
    [[ $output == *"expected two classes or more"*": metrics that need one are skipped"* ]]
    grep -qE "^swd_32 +[0-9.]+ +[0-9.]+ +lower$" <<<"$output"
    grep -qE "^nearest_ratio +0 ± 0 +[0-9.]+ ± " <<<"$output"
    [[ $output != *fcd* && $output != *swd_64* ]]
}

@test "points" {
    cat >ring.json <<'JSON'
{
  "name": "ring",
  "data": { "kind": "ring", "std": 0.05, "count": 3000 },
  "generator": { "latent": 2, "layers": [ { "kind": "dense", "units": 8, "activation": "relu" },
                                          { "kind": "dense" } ] },
  "discriminator": { "layers": [ { "kind": "dense", "units": 8, "activation": "relu" },
                                 { "kind": "dense", "units": 1 } ] },
  "train": { "steps": 20, "batch_size": 64 },
  "evaluate": { "samples": 500 }
}
JSON
    "$GANTRAIN" --config ring.json --out ring --quiet
    local points
    points=$(checkpoint_of ring 20)
    succeeds evaluate --checkpoint "$points"
    [[ $output == *"500 points against ring"* ]]
    grep -qE "^modes +[0-8] +8 +higher$" <<<"$output"
    grep -qE "^reverse_kl .* 0.00[0-9]+ +lower$" <<<"$output"
    evaluate --checkpoint "$points" --json >ring.json.out
    python3 - <<'END'
import json
o, row = json.load(open("ring.json.out")), json.loads(open("ring/metrics.jsonl").readlines()[-1])
found = o["samples"][0]["metrics"]
trained = {"modes", "high_quality", "reverse_kl"}
compared = {"sliced_wasserstein", "energy_distance", "ks_mean", "ks_max", "correlation_error", "c2st"}
assert set(found) == trained | compared and not compared & set(row), (found, row)
for k in trained:
    assert found[k]["value"] == row[k], (k, found, row)  # the points of training
for k in compared:
    assert found[k]["value"] > o["real"]["metrics"][k]["value"] >= 0, (k, o)
assert o["real"]["metrics"]["high_quality"]["value"] > 0.97 and o["classifier"] is None
END
    refuses 2 "its data are generated, not read: leave out --data" evaluate --checkpoint "$points" --data data
    succeeds evaluate --checkpoint "$points" --metrics high_quality,ks_max
    [ "$(grep -cE "^(high_quality|ks_max) .*(higher|lower)$" <<<"$output")" -eq 2 ]
    [[ $output != *modes* && $output != *ks_mean* ]]
    refuses 2 'unknown metric "ks" (did you mean kl?)' evaluate --checkpoint "$points" --metrics ks
    refuses 2 'these samples cannot be measured by "swd"' evaluate --checkpoint "$points" --metrics swd
    refuses 2 "--metrics: histogram needs points of one coordinate" evaluate --checkpoint "$points" \
        --metrics histogram
    refuses 2 "generates points" evaluate --checkpoint "$points" --against bad/test.idx
    refuses 2 "generates points" evaluate --checkpoint "$checkpoint" --against "$points"
}

@test "a single training image: no column of real images" {
    make_data single --side 8 --count 1 --test-count 20
    printf '\0\0\10\1\0\0\0\1\11' >single/train-labels-idx1-ubyte # a 9
    evaluate --samples bad/one.idx --data single --metrics classes &>/dev/null
    succeeds evaluate --samples bad/one.idx --labels bad/one-labels.idx --data single \
        --metrics gan_train,class_kl
    [[ $output == *"real: 0 training images"* ]]
    grep -qE "^class_kl .* - +lower$" <<<"$output"
}

@test "invalid options" {
    refuses 2 "expected --checkpoint FILE or --samples FILE.idx, got neither" evaluate --data data
    refuses 2 "got both" evaluate --checkpoint "$checkpoint" --samples bad/one.idx
    refuses 2 "--data is missing: the folder with the real images, such as --data data/mnist" evaluate --samples bad/one.idx
    refuses 2 "--data: expected a path, got nothing" evaluate --samples bad/one.idx --data ""
    refuses 2 "--labels needs an IDX file" evaluate --checkpoint "$checkpoint" --labels x.idx
    refuses 2 "--against-labels needs an IDX file" evaluate --checkpoint "$checkpoint" --against-labels x.idx
    refuses 2 "--count 201: bad/one.idx has 200 images" evaluate --samples bad/one.idx --data data \
        --count 201
    refuses 2 "--count: expected an integer 1..100000" evaluate --checkpoint "$checkpoint" --count 0
    refuses 2 "did you mean --samples" evaluate --sample bad/one.idx
}

@test "missing, damaged and incompatible files" {
    refuses 5 "nothing.safetensors" evaluate --checkpoint nothing.safetensors
    refuses 4 "nothing.idx" evaluate --samples nothing.idx --data data
    refuses 4 "nowhere/train-images-idx3-ubyte: no such file" evaluate --checkpoint "$checkpoint" \
        --data nowhere
    refuses 4 "scripts/get-data.sh" evaluate --samples bad/one.idx --data nowhere
    head -c 1000 "$checkpoint" >truncated.safetensors
    refuses 5 "truncated.safetensors" evaluate --checkpoint truncated.safetensors
    head -c 1000 bad/one.idx >truncated.idx
    refuses 4 "truncated.idx: byte 1000: truncated" evaluate --samples truncated.idx --data data
    make_data wide --side 9 --count 40 --test-count 20
    refuses 4 "wide/t10k-images-idx3-ubyte: images of 1x9x9, those of data are 1x8x8" evaluate \
        --samples wide/t10k-images-idx3-ubyte --data data
    refuses 5 "images of 1x8x8, those of wide are 1x9x9" evaluate --checkpoint "$checkpoint" --data wide
    refuses 4 "200 labels for the 20 images" evaluate --samples wide/t10k-images-idx3-ubyte \
        --labels bad/one-labels.idx --data wide
    printf '\0\0\10\1\0\0\0\310' >high.idx
    head -c 200 /dev/zero | tr '\0' '\12' >>high.idx
    refuses 4 "high.idx: label 0 is 10, the classes of data are 0 to 9" evaluate --samples bad/one.idx \
        --labels high.idx --data data
    mkdir half
    cp data/train-* half
    refuses 4 "half/t10k-images-idx3-ubyte: no such file" evaluate --checkpoint "$checkpoint" --data half
    [ -z "$(find . -name '*.tmp*')" ]
}

@test "little address space: a message instead of a hang in OpenBLAS" {
    ! is_sanitized || skip "sanitizers need all of it"
    limited() { timeout 20 bash -c 'ulimit -v $((180 << 10)) && exec "$@"' - "$@"; }
    refuses 7 "the address space is limited" limited "$GANTRAIN" evaluate --samples bad/one.idx \
        --data data
    limited "$GANTRAIN" evaluate --samples bad/one.idx --data data --metrics classes
}
