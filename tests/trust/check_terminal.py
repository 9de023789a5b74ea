#!/usr/bin/env python3
"""Output: terminals of any width, files, full devices, closed descriptors, other locales.

The files of a run depend on none of these, and the exit code is right even if messages are lost.
"""

import ctypes
import fcntl
import itertools
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time

import disturbed
import toy


class Bench:
    def __init__(self, folder, long):
        self.folder, self.long = pathlib.Path(folder), long
        self.workdir = toy.make_workdir(self.folder / "workdir")
        self.run = self.workdir / "run"
        result = toy.run(disturbed.train(), self.workdir)
        assert result.code == 0, result.err
        self.reference = disturbed.state(self.run)

    def trained(self, what, program=None, env=None, before=None, code=0, args=None):
        """A training that must exit with `code` and write the same files; returns (result, errors)."""
        shutil.rmtree(self.run, ignore_errors=True)
        result = toy.run(args or disturbed.train(), self.workdir, program=program, env=env, before=before)
        wrong = [] if result.code == code else [f"{what}: exit {result.code}, expected {code}: {result.err}"]
        return result, wrong + [f"{what}: {line}" for line in disturbed.same(self.reference, self.run)]


def shell(redirections):
    """A shell that starts gantrain with these redirections."""
    return ["sh", "-c", f'exec "$0" "$@" {redirections}', toy.GANTRAIN]


# ---- terminals ------------------------------------------------------------------------------------------


def on_terminal(bench, columns, args, resize=(), **env):
    """Returns (exit code, output to the terminal)."""
    shutil.rmtree(bench.run, ignore_errors=True)
    ours, theirs = pty.openpty()

    def width(n):
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, n, 0, 0))

    width(columns)
    child = subprocess.Popen(
        [toy.GANTRAIN, *args], cwd=bench.workdir, env=toy.environment(**env), stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    output = []

    def read_terminal():
        try:
            while piece := os.read(ours, 65536):
                output.append(piece)
        except OSError:  # the other end is closed
            pass

    reader = threading.Thread(target=read_terminal)
    reader.start()
    for n in itertools.cycle(resize) if resize else ():
        if child.poll() is not None:
            break
        width(n)
        child.send_signal(signal.SIGWINCH)
        time.sleep(0.01)
    try:
        code = child.wait(timeout=60)
    except subprocess.TimeoutExpired:
        child.kill()
        code = toy.HUNG
    reader.join()
    os.close(ours)
    return code, b"".join(output).decode()


def widths(bench):
    """OUT-04: terminals of any width, resized during the run: no line is longer, the run is the same."""
    wrong, n = [], 0
    for columns in (0, 1, 2, 19, 20, 40, 80, 300, 65535):
        code, output = on_terminal(bench, columns, disturbed.train(), TERM="xterm")
        lines = [line for line in re.split(r"[\r\n]+|\x1b\[K", output) if re.match(r"epoch \d", line)]
        room = columns if columns >= 20 else 80
        if code != 0 or not lines or max(map(len, lines)) >= max(room, 1) or "\x1b[K" not in output:
            wrong.append(f"{columns} columns: exit {code}: {output[:200]!r}")
        wrong += disturbed.same(bench.reference, bench.run)
        n += 1
    args = [*disturbed.train(rows=50), "--steps", "5000", "--set", "checkpoint.every_steps=1000"]
    code, output = on_terminal(bench, 80, args, resize=(0, 1, 20, 65535, 80), TERM="xterm")
    return n + 1, wrong + ([] if code == 0 else [f"resized: exit {code}: {output[-200:]!r}"])


def plain(bench):
    """OUT-01: no terminal, or a dumb one: lines without \\r and escape sequences; no colours anywhere."""
    wrong = []
    result, failed = bench.trained("a pipe")
    wrong += failed
    code, dumb = on_terminal(bench, 80, disturbed.train(), TERM="dumb")
    _, live = on_terminal(bench, 80, disturbed.train(), TERM="xterm", NO_COLOR="1")
    for what, output in (("a pipe", result.err + result.out.decode()), ("TERM=dumb", dumb.replace("\r\n", "\n"))):
        if "\r" in output or "\x1b" in output or len(re.findall(r"^epoch .* step ", output, re.M)) < 10:
            wrong.append(f"{what}: {output[:300]!r}")
    if code != 0 or re.search(r"\x1b\[[0-9;]*m", live) or "\r" not in live:
        wrong.append(f"a terminal: {live[:300]!r}")
    return 3, wrong


def escapes(bench):
    """OUT-05: control characters of config strings, paths and tensor names are printed as \\xNN."""
    evil = "a\x1b]0;owned\x07\x9b31m\r"
    wrong = []
    (bench.workdir / "evil.json").write_text('{"name": "\\u001b[31m\\u0007\\u009b", "objective": "\\u001b[2J"}')
    for args in (
        ["--config", evil],
        ["--config", "evil.json"],
        ["--config", "toy.json", "--set", f"objective={evil}"],
        ["--config", "toy.json", "--dry-run", "--set", f"name={evil}", "--set", f"data.dir={evil}"],
        ["--config", "toy.json", "--out", evil, "--set", f"name={evil}", "--steps", "2"],
        ["sample", "--checkpoint", evil, "--out", "x.png"],
        ["report", evil],
        ["inspect", "--run", evil],
        [evil],
        [f"--{evil}"],
    ):
        result = toy.run(args, bench.workdir)
        if result.crashed or re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.err):
            wrong.append(f"{args}: exit {result.code}: {result.err!r}")
    return 10, wrong


# ---- lost output ---------------------------------------------------------------------------------------


def full(bench):
    """OUT-02, 03: stdout or stderr is full or closed: the training completes; exit 6 if results are lost."""
    wrong, n = [], 0
    for redirections, code in (
        (">/dev/full", 6),
        (">&-", 6),
        ("2>/dev/full", 0),
        ("2>&-", 0),
        (">/dev/full 2>/dev/full", 6),
    ):
        result, failed = bench.trained(redirections, program=shell(redirections), code=code)
        wrong += failed
        if redirections == ">/dev/full" and "standard output: No space left" not in result.err:
            wrong.append(f"{redirections}: {result.err}")
        n += 1
    for args, code in ((["--config", "nowhere.json"], 3), (["nonsense"], 2)):
        for redirections in ("2>/dev/full", "2>&-"):
            result = toy.run(args, bench.workdir, program=shell(redirections))
            wrong += [] if result.code == code else [f"{args} {redirections}: exit {result.code}"]
            n += 1
    return n, wrong


def pages(bench):
    """CLI-17: output to a full or closed stdout is lost: exit 6."""
    wrong, n = [], 0
    commands = (["--help"], ["--version"], ["train", "--help"], ["list"], ["inspect", "--run", "run"])
    for args, redirections in itertools.product(commands, (">/dev/full", ">&-", ">&- 2>&-", "<&- >&-")):
        result = toy.run(args, bench.workdir, program=shell(redirections))
        if result.code != 6 or ("2>&-" not in redirections and "standard output: " not in result.err):
            wrong.append(f"{args} {redirections}: exit {result.code}: {result.err}")
        n += 1
    return n, wrong


def closed(bench):
    """CLI-20: standard descriptors closed at the start: no file of the run gets their numbers."""
    wrong, n = [], 0
    for some in itertools.product((0, 1), repeat=3):
        redirections = " ".join(word for word, shut in zip(("<&-", ">&-", "2>&-"), some) if shut)
        _, failed = bench.trained(redirections, program=shell(redirections), code=6 if some[1] else 0)
        wrong += failed
        n += 1
    for path in bench.run.rglob("*"):
        if path.is_file() and b"parameters, 256 images" in path.read_bytes():
            wrong.append(f"{path} contains a message")
    return n, wrong


def no_arguments(bench):
    """CLI-15: execve with an empty argv: the short help."""

    def bare():
        nothing = (ctypes.c_char_p * 1)(None)
        ctypes.CDLL(None).execve(toy.GANTRAIN.encode(), nothing, nothing)

    result = toy.run(["--version"], bench.workdir, before=bare)  # arguments if execve fails
    good = result.code == 2 and "gantrain help COMMAND" in result.err
    return 1, [] if good else [f"exit {result.code}: {result.err}"]


# ---- environment ----------------------------------------------------------------------------------------


def environments(bench):
    """OUT-13: locale, time zone, a large environment: the same files and messages."""
    wrong, n = [], 0
    for more in (
        {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "LC_NUMERIC": "de_DE"},
        {"LC_ALL": "\x01junk/../..", "TZ": ":junk/../../etc/passwd", "LANGUAGE": "x" * 5000},
        {"TZ": "Pacific/Kiritimati", "COLUMNS": "-1", "LINES": "x", "TERM": ""},
        {f"FILLER_{i}": "y" * 1000 for i in range(100)},
    ):
        _, failed = bench.trained(str(more)[:60], env=toy.environment(**more))
        wrong += failed
        if "," in (bench.run / "metrics.jsonl").read_text().split('"d_loss": ')[1].split(", ")[0]:
            wrong.append("a decimal comma")
        n += 1
    return n, wrong


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


def main():
    a = toy.parse(__doc__)
    if not has_terminals():
        toy.skip("no pseudo-terminals here (mount -t devpts devpts /dev/pts)")
    cases = [widths, plain, escapes, full, pages, closed, no_arguments, environments]
    with tempfile.TemporaryDirectory() as folder:
        disturbed.examine("terminal", cases, Bench(folder, a.long))


if __name__ == "__main__":
    main()
