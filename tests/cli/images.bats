# Folders and archives of pictures: the same bytes as IDX files, the cache, stopping, messages.
load helpers

make_pictures() { # OUT [OPTIONS]
    python3 "$GANTRAIN_ROOT/tests/cli/make_pictures.py" data "$@"
}

# The tensors and all metadata of a checkpoint but the config.
contents_of() { # CHECKPOINT
    python3 - "$1" <<'PY'
import hashlib, json, sys
whole = open(sys.argv[1], "rb").read()
n = int.from_bytes(whole[:8], "little")
header = json.loads(whole[8 : 8 + n])
facts = {k: v for k, v in header["__metadata__"].items() if "config" not in k and "crc32" not in k}
print(hashlib.sha256(whole[8 + n :]).hexdigest(), sorted(facts.items()))
PY
}

train() { # DATA RUN [OPTIONS]
    succeeds "$GANTRAIN" "$TINY" --data "$1" --out "$2" --steps 20 --quiet "${@:3}"
}

@test "pictures train to the same bytes as the IDX files they were made from" {
    train data idx
    make_pictures flat
    make_pictures flat.zip
    make_pictures colour --rgb
    train flat folder --set data.split=0
    train flat.zip archive --set data.split=0
    train colour luma --set data.split=0 --set data.channels=1
    local run expected
    expected=$(contents_of "$(newest_checkpoint idx)")
    for run in folder archive luma; do
        [ "$(contents_of "$(newest_checkpoint $run)")" = "$expected" ]
    done
}

@test "an archive and its folder are the same data, split and classes included" {
    make_pictures classes --classes
    make_pictures classes.zip --classes
    train classes folder --set data.classes=3,7 --set data.mirror=true --threads 2
    train classes.zip archive --set data.classes=3,7 --set data.mirror=true --threads 1
    [ "$(contents_of "$(newest_checkpoint folder)")" = "$(contents_of "$(newest_checkpoint archive)")" ]
}

@test "what takes long to decode comes from the cache the next time, until a file changes" {
    export GANTRAIN_CACHE=$PWD/cache
    mkdir large
    python3 - <<'PY'
import sys
sys.path.insert(0, __import__("os").environ["GANTRAIN_ROOT"] + "/tests/cli")
from make_pictures import png
for i in range(6):
    open(f"large/{i}.png", "wb").write(png(8000, 8000, 8, 2, [bytes([40 * i]) * 24000] * 8000))
PY
    dry() {
        run --separate-stderr "$GANTRAIN" "$TINY" --data large --set data.size=8 --set data.split=0 \
            --set train.batch_size=4 --quiet --dry-run
        [ "$status" -eq 0 ] || show
    }
    dry
    [ "$(ls cache | wc -l)" -eq 1 ]
    local file
    file=$(ls cache/images-*.bin)
    cp "$file" first
    dry
    cmp "$file" first
    touch large/3.png
    dry
    ! cmp "$file" first
    [ "$(ls cache | wc -l)" -eq 1 ]
    printf x | dd of="$file" bs=1 seek=700 conv=notrunc status=none
    dry
    says "images-"
    says "damaged; decoding the pictures again"
    rm -rf cache && touch cache # no folder
    dry
    says "the next command will decode the pictures again"
}

@test "a signal stops the decoding at once, and nothing is left" {
    mkdir slow
    python3 - <<'PY'
import sys, os
sys.path.insert(0, os.environ["GANTRAIN_ROOT"] + "/tests/cli")
from make_pictures import png
open("slow/0.png", "wb").write(png(8000, 8000, 8, 2, [bytes(24000)] * 8000))
for i in range(1, 100):
    os.link("slow/0.png", f"slow/{i}.png")
PY
    "$GANTRAIN" "$TINY" --data slow --set data.size=8 --out run 2>err &
    local pid=$! code=0 began=$SECONDS
    sleep 0.7
    kill -TERM $pid || true
    wait $pid || code=$?
    [ $code -eq 143 ] || { cat err; false; }
    [ $((SECONDS - began)) -lt 15 ]
    grep -q "stopped while decoding pictures; run the same command again" err
    [ ! -e run ]
}

@test "messages name the picture, whatever its name holds" {
    mkdir bad
    make_pictures bad
    printf 'GIF89a' >$'bad/00005\e[31m\n.png'
    refuses 4 'bad/00005\x1b[31m\x0a.png: is a GIF picture' "$GANTRAIN" "$TINY" --data bad --quiet --out run
    run --separate-stderr "$GANTRAIN" "$TINY" --data bad --quiet --steps 2 --out run --set data.skip_unreadable=true
    [ "$status" -eq 0 ]
    says 'data: 1 of 257 pictures cannot be read and are left out; the first: bad/00005\x1b[31m\x0a.png'
    python3 "$GANTRAIN_ROOT/tests/cli/make_data.py" other --side 9
    python3 "$GANTRAIN_ROOT/tests/cli/make_pictures.py" other bad
    rm bad/00005?*.png
    truncate -s 100 bad/00007.png
    refuses 4 "bad/00007.png: truncated" "$GANTRAIN" "$TINY" --data bad --quiet --out run2
    mkdir -p parts/train parts/test
    mkdir parts/train/a parts/test/b
    cp bad/00001.png parts/train/a && cp bad/00001.png parts/test/b
    refuses 4 "such as --data parts/train" "$GANTRAIN" "$TINY" --data parts --quiet --out run2
}

@test "other pictures are evaluated in the size of the model" {
    make_pictures small
    train small run --set data.size=8
    mkdir wide
    python3 - <<'PY'
import sys, os
sys.path.insert(0, os.environ["GANTRAIN_ROOT"] + "/tests/cli")
from make_pictures import grey
for i in range(40):
    open(f"wide/{i}.png", "wb").write(grey(20 + i, 16, [(i * x) % 256 for x in range((20 + i) * 16)]))
PY
    succeeds "$GANTRAIN" evaluate --checkpoint "$(newest_checkpoint run)" --data wide --count 20 --json
}
