# Shared by the tests of reports.
load helpers

# A run of 4 epochs with 32 rows, for all tests.
setup_file() {
    make_data "$BATS_FILE_TMPDIR/data" --side 8
    cd "$BATS_FILE_TMPDIR"
    tiny --out run --quiet --epochs 4 --set log.every_steps=1
    "$GANTRAIN" --config "$GANTRAIN_ROOT/configs/ring_fast.json" --out ring --quiet --steps 60 \
        --set data.count=2000 --set evaluate.every_epochs=1 --set sample.every_epochs=1 \
        --set log.every_steps=5
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    ln -s "$BATS_FILE_TMPDIR/data" data
    cp -r "$BATS_FILE_TMPDIR/run" "$BATS_FILE_TMPDIR/ring" .
}

# Fails unless FILE contains TEXT that many times (default: at least once).
has() { # FILE TEXT [TIMES]
    local n
    n=$(grep -oF -- "$2" "$1" | wc -l)
    if [ "${3:-}" ] && [ "$n" -ne "$3" ] || [ "$n" -eq 0 ] && [ "${3:-1}" -ne 0 ]; then
        printf '%s: "%s" %d times\n' "$1" "$2" "$n"
        return 1
    fi
}

# The page loads nothing and runs nothing but its one script.
self_contained() { # FILE
    python3 - "$1" <<'END'
import html.parser, sys
here = ("data:image/png;base64,", "data:,")
scripts = 0
class Page(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        global scripts
        scripts += tag == "script"
        assert tag not in ("iframe", "object", "embed", "form", "base", "audio", "video"), tag
        for name, value in attributes:
            assert not name.startswith("on"), (tag, name)
            assert name not in ("src", "href") or value.startswith(here), (tag, name, value[:60])
            assert name != "srcset" and name != "style", (tag, name)
text = open(sys.argv[1], encoding="utf-8").read()
Page().feed(text)
assert scripts == 1, scripts
style = text[text.index("<style>"):text.index("</style>")]
assert "url(" not in style and "@import" not in style
END
}

with_chromium() { # REPORT: checks the page with scripts/look_at_report.py
    run python3 "$GANTRAIN_ROOT/scripts/look_at_report.py" "$1"
    [ "$status" -ne 77 ] || skip "there is no Chromium on this machine"
    echo "$output"
    [ "$status" -eq 0 ]
}
