# Common helpers. GANTRAIN is the program, GANTRAIN_ROOT the source folder; ctest sets both, and without
# ctest the default is the program in build/.
bats_require_minimum_version 1.5.0
: "${GANTRAIN_ROOT:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${GANTRAIN:=$GANTRAIN_ROOT/build/gantrain}"
TINY=$GANTRAIN_ROOT/configs/tiny.json
export GANTRAIN_CACHE=${BATS_FILE_TMPDIR:-/nowhere}/cache # never the user's cache

# Creates 256 images of 8x8 once per file; every test gets them as ./data in its own folder.
setup_file() {
    make_data "$BATS_FILE_TMPDIR/data" --side 8
}

setup() {
    mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
    ln -s "$BATS_FILE_TMPDIR/data" data
}

make_data() { # DIR [OPTIONS]
    python3 "$GANTRAIN_ROOT/tests/cli/make_data.py" "$@"
}

tiny() { # [OPTIONS]: train configs/tiny.json on ./data, or on $data
    "$GANTRAIN" --config "$TINY" --data "${data:-data}" "$@"
}

# Runs a command that must fail with this exit code, a line of error that contains the phrase, and an
# empty stdout.
refuses() { # CODE PHRASE COMMAND...
    local code=$1 phrase=$2
    shift 2
    run --separate-stderr "$@"
    if [ "$status" -ne "$code" ] || [ -n "$output" ] ||
        [[ $'\n'$stderr != *$'\n'"gantrain: error: "*"$phrase"* ]]; then
        printf '%q ' "$@"
        printf '\nexpected exit %d and "%s"\n' "$code" "$phrase"
        show
        return 1
    fi
}

# Runs a command that must succeed with an empty stderr.
succeeds() { # COMMAND...
    run --separate-stderr "$@"
    if [ "$status" -ne 0 ] || [ -n "$stderr" ]; then
        printf '%q ' "$@"
        printf '\nexpected exit 0 without a message\n'
        show
        return 1
    fi
}

show() { # prints status and output of the last `run`
    printf 'exit %s\nstdout: %s\nstderr: %s\n' "$status" "$output" "$stderr"
}

says() { # PHRASE: stderr of the last `run` contains it
    [[ $stderr == *"$1"* ]] || { show && return 1; }
}

is_sanitized() { # sanitizers reserve terabytes of address space: no ulimit -v with them
    ldd "$GANTRAIN" | grep -q libasan
}

checkpoint_of() { # RUN STEP
    printf '%s/checkpoints/ckpt-%08d.safetensors\n' "$1" "$2"
}

newest_checkpoint() { # RUN
    printf '%s\n' "$1"/checkpoints/ckpt-*.safetensors | tail -n 1
}

last_picture() { # RUN
    printf '%s\n' "$1"/samples/epoch-*.png | tail -n 1
}

metrics_without_clock() { # RUN
    sed -E 's/"(seconds|examples_per_s)": [0-9.e+-]+/"\1": 0/g' "$1/metrics.jsonl"
}

# Two finished runs have the same last checkpoint, last picture and metrics, byte for byte.
same_run() { # RUN RUN
    cmp "$(newest_checkpoint "$1")" "$(newest_checkpoint "$2")"
    cmp "$(last_picture "$1")" "$(last_picture "$2")"
    diff <(metrics_without_clock "$1") <(metrics_without_clock "$2")
    [ "$(basename "$(newest_checkpoint "$1")")" = "$(basename "$(newest_checkpoint "$2")")" ]
}

# Replaces text in the header of a checkpoint without updating the checksums.
alter() { # FILE OLD NEW
    python3 - "$@" <<'END'
import re, struct, sys
path, old, new = sys.argv[1:]
data = open(path, "rb").read()
n = struct.unpack("<Q", data[:8])[0]
header, rest = data[8:8 + n].decode(), data[8 + n:]
assert old in header, header
header = re.sub(r'"(header_)?crc32":"[0-9a-f]{8}",?', "", header.replace(old, new))
header = re.sub(r",}", "}", header).encode()
open(path, "wb").write(struct.pack("<Q", len(header)) + header + rest)
END
}

snapshot() { # DIR: names and hashes of all files
    (cd "$1" && find . -type f -print0 | sort -z | xargs -0 -r sha256sum)
}

# For files that only read a finished run: trains one run for all tests; each test gets an empty folder
# and the newest $checkpoint.
use_one_run() {
    setup_file() {
        make_data "$BATS_FILE_TMPDIR/data" --side 8
        cd "$BATS_FILE_TMPDIR"
        tiny --out run --quiet
    }
    setup() {
        mkdir "$BATS_TEST_TMPDIR/here" && cd "$BATS_TEST_TMPDIR/here"
        checkpoint=$(newest_checkpoint "$BATS_FILE_TMPDIR/run")
    }
}

needs_terminal() { # a container may have no pseudo-terminals
    script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no pseudo-terminals here"
}
