#!/usr/bin/env python3
"""Signals: each at each phase of a run, once, twice, a hundred times; signal storms; inherited signal dispositions.

After every signal the resumed run ends with the same bytes as an undisturbed one.
"""

import itertools
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import time

import disturbed
import toy
from signal_bench import AFTER, BEFORE, Bench, DURING, ENDS, FORCING, PHASES, RESPONSE


# ---- each signal at each phase ------------------------------------------------------------------------


def expected_end(kind, phase):
    return 0 if phase in AFTER else ENDS[kind]


def check_folder(bench, kind, phase, result):
    """Returns the errors in the folder after the first process."""
    wrong = [f"{len(toy.temporaries(bench.workdir))} temporary files"] if toy.temporaries(bench.workdir) else []
    if result.code != 0 and phase in ("start", "load") and bench.run.exists():
        wrong.append("there is a run folder")
    if result.code != 0 and phase in BEFORE and toy.checkpoints(bench.run):
        wrong.append("a checkpoint before the first step")
    if result.code != 0 and phase == "folder" and (bench.run / "config.json").exists():
        wrong.append("a run that was not started")
    if result.code in ENDS.values() and result.code and phase in DURING:
        newest = toy.checkpoints(bench.run)[-1].stem.split("-")[1]
        if f"stopped at step {int(newest)} of 40; continue with --resume" not in result.err:
            wrong.append(f"newest checkpoint {newest}, but: {result.err}")
    if kind == "USR1" and phase == "row" and "saved at step 7 of 40" not in result.err:
        wrong.append(f"nothing saved: {result.err}")
    if kind == "USR1" and phase in BEFORE and "saved at" in result.err:
        wrong.append("saved before the first step")
    if kind == "USR2" and phase in DURING:
        if not (bench.run / "samples" / "now.png").exists() or "  step " not in result.err:
            wrong.append("no status, no samples")
    return wrong


def check_raised(bench, kind, phase, count):
    """One run with `count` signals at that phase, then resumed; returns the errors."""
    stops = kind == "USR1 stop"
    number = getattr(signal, "SIG" + kind.split()[0])
    mark = bench.folder / "raised"
    mark.unlink(missing_ok=True)
    bench.fresh()
    env = disturbed.environment(bench.preload, RAISE=f"{PHASES[phase]} {int(number)} {count}", RAISED=str(mark))
    result = toy.run(bench.args(stops), bench.workdir, env=env)
    wrong = [] if mark.exists() else ["the phase was never reached"]
    if result.code != expected_end(kind, phase):
        wrong.append(f"exit {result.code}, expected {expected_end(kind, phase)}: {result.err}")
    bench.slow += result.seconds > RESPONSE + 3 * bench.usual
    wrong += check_folder(bench, kind, phase, result)
    wrong += bench.resumed(stops)
    return [f"{count} x {kind} at {phase}: {line}" for line in wrong]


@disturbed.preloaded
def phases(bench):
    """SIG-01 to 06, 09, 14: each signal x each phase x 1, 2 and 100 of them (short tier: one count each)."""
    wrong, n, counts = [], 0, itertools.cycle((1, 2, 1, 100, 1))
    for kind in ENDS:
        for phase in PHASES:
            for count in (1, 2, 100) if bench.long else (next(counts),):
                wrong += check_raised(bench, kind, phase, count)
                n += 1
    if bench.slow > n // 50:  # occasional slow ones are due to a busy machine
        wrong.append(f"{bench.slow} of {n} took longer than {RESPONSE} s")
    return n, wrong


@disturbed.preloaded
def mixed(bench):
    """One request to stop: USR1 (stop) and then TERM, XCPU and INT; and TERM and INT within a second."""
    wrong, n = [], 0
    for first, second, code in (("USR1", "TERM", (75,)), ("XCPU", "INT", (143, 130)), ("TERM", "INT", (143, 130))):
        bench.fresh()
        child = disturbed.start(bench.args(True, "--steps", "100000000", rows=1000), bench.workdir)
        disturbed.wait_for(bench.run / "metrics.jsonl", child)
        child.send_signal(getattr(signal, "SIG" + first))
        got, err, _ = disturbed.signal_and_wait(child, getattr(signal, "SIG" + second))
        if got not in code or "continue with --resume" not in err:
            wrong.append(f"{first}, {second}: exit {got}: {err[-300:]}")
        n += 1
    return n, wrong


def insisting(bench):
    """SIG-03: a second signal within a second of the first changes nothing; a later one ends a long step at once."""
    long_step = ("--set", "train.accumulate=10000", "--set", "discriminator.steps=20", "--steps", "1000")
    wrong, kinds = [], ("INT", "TERM", "HUP")
    for first, second in zip(kinds, kinds[1:] + kinds[:1]):
        bench.fresh()
        child = disturbed.start(bench.args(False, *long_step), bench.workdir)
        disturbed.wait_for(bench.run / "environment.json", child)
        time.sleep(0.5)  # into the first step
        child.send_signal(getattr(signal, "SIG" + first))
        time.sleep(0.02)  # as GNU timeout signals its child, then the child's group
        child.send_signal(getattr(signal, "SIG" + second))
        time.sleep(1.2)
        if child.poll() is not None:
            wrong.append(f"{first}, {second} after 20 ms: exit {child.returncode}: {child.stderr.read()[-300:]}")
            continue
        code, err, took = disturbed.signal_and_wait(child, getattr(signal, "SIG" + second))
        if code != ENDS[second] or "second signal: stopped at once" not in err or took.late(RESPONSE):
            wrong.append(f"{first}, {second} after 1.2 s: exit {code} after {took}: {err[-300:]}")
        wrong += [f"{len(toy.checkpoints(bench.run))} checkpoints"] if toy.checkpoints(bench.run) else []
    return len(kinds), wrong


def moments(bench):
    """SIG-01, 02, 07, 11, 12, 18: from another process at any moment: response time and final bytes."""
    kinds = ["INT", "TERM", "HUP", "USR1 stop", "KILL", "SEGV", "STOP"] * (20 if bench.long else 1)
    steps = ("--steps", "1000", "--set", "checkpoint.every_steps=100")
    bench.fresh()
    result = toy.run(bench.args(True, *steps, rows=50), bench.workdir)
    reference, usual = disturbed.state(bench.run), result.seconds
    rng, wrong = random.Random(bench.seed), []
    for kind in kinds:
        bench.fresh()
        child = disturbed.start(bench.args(True, *steps, rows=50), bench.workdir)
        disturbed.wait_for(bench.run / "metrics.jsonl", child)
        time.sleep(rng.uniform(0, usual))
        number = getattr(signal, "SIG" + kind.split()[0])
        if kind == "STOP":
            child.send_signal(number)
            time.sleep(0.3)
            number = signal.SIGCONT
        code, err, took = disturbed.signal_and_wait(child, number)
        ends = {"KILL": -9, "SEGV": -11, "STOP": 0}
        if code not in (0, ends.get(kind, ENDS.get(kind))) or "Traceback" in err:
            wrong.append(f"{kind}: exit {code}: {err[-300:]}")
        if kind not in ends and took.late(RESPONSE + usual):
            wrong.append(f"{kind}: response after {took}")
        result = toy.run(bench.args(True, *steps, "--resume", rows=50), bench.workdir)
        wrong += [f"{kind}: {line}" for line in disturbed.same(reference, bench.run)]
    return len(kinds), [f"{line} (--seed {bench.seed})" for line in wrong]


def rollbacks(err):
    return re.findall(r"rolling back from step \d+ to step \d+", err)


def recovery(bench):
    """SIG-04: a run that diverges, with one checkpoint kept: extra ones after every step change no recovery."""
    sgd = {"kind": "sgd", "lr": 0.1}
    config = {
        "objective": "wasserstein",
        "data": {"dir": "data"},
        "optimizer": {"generator": sgd, "discriminator": sgd},
        "train": {"steps": 60, "batch_size": 32, "recoveries": 12},
        "checkpoint": {"every_steps": 10, "keep": 1},
        "log": {"every_steps": 1},
    }
    (bench.workdir / "wild.json").write_text(json.dumps(config))
    args, wrong = ["--config", "wild.json", "--out", "run"], []
    bench.fresh()
    undisturbed = toy.run(args, bench.workdir)
    reference = disturbed.state(bench.run)
    if undisturbed.code != 0 or len(rollbacks(undisturbed.err)) < 2:
        return 1, [f"it did not diverge: {undisturbed.err}"]
    for number, nth in ((signal.SIGUSR1, 0), (signal.SIGTERM, 9)):  # TERM: a few steps per process, after the first page
        bench.fresh()
        env = disturbed.environment(bench.preload, RAISE=f"open metrics.jsonl {nth} {int(number)} 1")
        code, pieces, err = 143, 0, ""
        while code == 143 and pieces < 100:
            result = toy.run([*args, "--resume"], bench.workdir, env=env)
            code, pieces, err = result.code, pieces + 1, err + result.err
        if code != 0 or (number == signal.SIGUSR1 and err.count("saved at step") < 50):
            wrong.append(f"{number.name}: exit {code}: {result.err[-300:]}")
        if rollbacks(err) != rollbacks(undisturbed.err):
            wrong.append(f"{number.name}: rolled back {rollbacks(err)}, undisturbed {rollbacks(undisturbed.err)}")
        wrong += [f"{number.name}, {pieces} pieces: {line}" for line in disturbed.same(reference, bench.run)]
    return 2, wrong


# ---- calls that are interrupted -------------------------------------------------------------------------


@disturbed.preloaded
def storm(bench):
    """SIG-08, 13: a thousand SIGALRM per second without SA_RESTART, and calls that fail with EINTR: the same bits."""
    wrong, alarms = [], bench.folder / "alarms"
    more = ({"STORM": str(alarms)}, {"EINTR": "2"}, {"EINTR": "3", "STORM": str(alarms)})
    for how in more:
        bench.fresh()
        env = disturbed.environment(bench.preload, **how)
        result = toy.run(bench.args(False, "--threads", "2"), bench.workdir, env=env)
        if result.code != 0:
            wrong.append(f"{how}: exit {result.code}: {result.err}")
        if "STORM" in how and int(alarms.read_text()) < 5:
            wrong.append("too few alarms")
        wrong += [f"{how}: {line}" for line in bench.resumed()]
    return len(more), wrong


@disturbed.preloaded
def clock(bench):
    """OUT-08: the wall clock jumps between 1970, 2038 and 2100: the same bits, no time below 0."""
    bench.fresh()
    result = toy.run(bench.args(), bench.workdir, env=disturbed.environment(bench.preload, JUMP="1"))
    wrong = disturbed.same(bench.reference[False], bench.run) if result.code == 0 else [result.err]
    seconds = [row["seconds"] for row in map(json.loads, (bench.run / "metrics.jsonl").open())]
    if seconds != sorted(seconds) or seconds[0] < 0 or seconds[-1] > 60 or "ETA -" in result.err:
        wrong.append(f"times: {seconds[:3]} ... {seconds[-1]}")
    return 1, wrong


# ---- other phases and processes -------------------------------------------------------------------------


@disturbed.preloaded
def classifier(bench):
    """A stop while the classifier of evaluate.classifier is trained, before the GAN."""
    data, wrong, n = bench.folder / "many", [], 0
    toy.make_data(data, "--count", "6000")
    env = toy.environment(GANTRAIN_CACHE=str(bench.folder / "cache"))
    for kind in ("TERM", "INT", "USR1 stop"):
        bench.fresh()
        args = bench.args(True, "--data", data, "--set", "evaluate.classifier=true", "--threads", "1")
        child = disturbed.start(args, bench.workdir, env=env)
        while (line := child.stderr.readline()) and b"training a classifier" not in line:
            pass
        time.sleep(0.2)  # it takes several seconds
        code, err, took = disturbed.signal_and_wait(child, getattr(signal, "SIG" + kind.split()[0]))
        if code != ENDS[kind] or took.late(RESPONSE) or "stopped while the classifier was trained" not in err:
            wrong.append(f"{kind}: exit {code} after {took}: {err}")
        if (bench.run / "config.json").exists() or toy.temporaries(bench.folder):
            wrong.append(f"{kind}: files remain")
        n += 1
    return n, wrong


def inherited(bench):
    """SIG-06, 15: INT and HUP ignored at the start stay ignored; TERM works even if it was ignored or blocked."""
    wrong, n = [], 0

    def hostile():
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD])

    for number, code in ((signal.SIGTERM, 143), (signal.SIGUSR1, 75)):
        bench.fresh()
        args = bench.args(True, "--steps", "100000000", rows=1000)
        child = disturbed.start(args, bench.workdir, preexec_fn=hostile)
        disturbed.wait_for(bench.run / "metrics.jsonl", child)
        child.send_signal(signal.SIGINT)
        child.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        if child.poll() is not None:
            wrong.append(f"ended by an ignored signal: {child.returncode}")
        got, err, took = disturbed.signal_and_wait(child, number)
        if got != code or took.late(RESPONSE):
            wrong.append(f"{number.name}: exit {got} after {took}: {err[-300:]}")
        n += 1
    return n, wrong


def worker_threads(bench):
    """SIG-13: worker threads block every signal; the main thread blocks none that gantrain handles."""
    bench.fresh()
    args = bench.args(False, "--steps", "100000000", "--threads", "4", rows=1000)
    child = disturbed.start(args, bench.workdir)
    disturbed.wait_for(bench.run / "metrics.jsonl", child)
    ours = sum(1 << (getattr(signal, "SIG" + kind) - 1) for kind in ("INT", "TERM", "HUP", "XCPU", "USR1", "USR2"))
    wrong, tasks = [], list(pathlib.Path(f"/proc/{child.pid}/task").iterdir())
    for task in tasks:
        text = (task / "status").read_text()
        blocked = int(re.search(r"^SigBlk:\s+(\w+)", text, re.M).group(1), 16) & ours
        if blocked != (0 if task.name == str(child.pid) else ours):
            wrong.append(f"thread {task.name} blocks {blocked:x}")
    code, err, _ = disturbed.signal_and_wait(child, signal.SIGTERM)
    wrong += [] if len(tasks) == 4 and code == 143 else [f"{len(tasks)} threads, exit {code}: {err[-200:]}"]
    return 1, wrong


def process_1(bench):
    """SIG-16: TERM works for process 1 of a container."""
    if subprocess.run(["unshare", "-rpf", "true"], capture_output=True, check=False).returncode:
        print("skipped: no PID namespaces here")
        return 0, []
    bench.fresh()
    args = ["unshare", "-rpf", toy.GANTRAIN, *bench.args(False, "--steps", "100000000", rows=1000)]
    child = subprocess.Popen(args, cwd=bench.workdir, env=toy.environment(), stderr=subprocess.PIPE)
    disturbed.wait_for(bench.run / "metrics.jsonl", child)
    inner = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()[0]
    os.kill(int(inner), signal.SIGTERM)
    _, err = child.communicate(timeout=30)
    wrong = [] if child.returncode == 143 else [f"exit {child.returncode}: {err[-300:]}"]
    return 1, wrong + ([] if toy.checkpoints(bench.run) else ["no checkpoint"])


def pipes(bench):
    """SIG-10: a closed pipe: training continues; lost results of other commands are an error."""
    wrong = []
    for command, code in (
        (f"{toy.GANTRAIN} {' '.join(bench.args())} | head -c 0", 0),
        (f"{toy.GANTRAIN} {' '.join(bench.args())} 2>&1 | head -1", 0),
        (f"{toy.GANTRAIN} list | sleep 0", 6),
        (f"{toy.GANTRAIN} inspect --run run | sleep 0", 6),
    ):
        if "list" not in command and "inspect" not in command:
            bench.fresh()
        slow = f"set -o pipefail; (sleep 0.1; {command.split(' | ')[0]}) | {command.split(' | ')[1]}"
        result = toy.run(["-c", slow], bench.workdir, program=["bash"])
        if result.code != code:
            wrong.append(f"{slow}: exit {result.code}: {result.err}")
        wrong += disturbed.same(bench.reference[False], bench.run)
    return 4, wrong


def others(bench):
    """A sample or a report that is terminated while writing leaves neither a partial nor a temporary file."""
    bench.fresh()
    toy.run(bench.args(), bench.workdir)
    checkpoint = toy.checkpoints(bench.run)[-1].relative_to(bench.workdir)
    wrong, n = [], 0
    before = toy.manifest(bench.workdir)
    commands = {
        "out.png": ["sample", "--checkpoint", checkpoint, "--out", "out.png", "--count", "9"],
        "out.npy": ["sample", "--checkpoint", checkpoint, "--out", "out.npy", "--count", "9"],
        "report.html": ["report", "run"],
    }
    for (name, args), kind in itertools.product(commands.items(), ("INT", "TERM", "HUP", "XCPU")):
        for call in ("open", "write", "fsync", "rename"):
            number = getattr(signal, "SIG" + kind)
            env = disturbed.environment(bench.preload, RAISE=f"{call} {name} 1 {int(number)} 1")
            result = toy.run(args, bench.workdir, env=env)
            if result.code != (7 if kind == "XCPU" else -number) or toy.manifest(bench.workdir) != before:
                wrong.append(f"{kind} at {call} of {name}: exit {result.code}: {result.err}")
            n += 1
    return n, wrong


def main():
    for name in FORCING:  # undo ignored signals, such as by nohup
        signal.signal(getattr(signal, "SIG" + name), signal.SIG_DFL)
    a = toy.parse(__doc__, seed=(1, "of the random moments"))
    cases = [phases, mixed, insisting, moments, recovery, storm, clock, classifier]
    cases += [inherited, worker_threads, process_1, pipes, others]
    with tempfile.TemporaryDirectory() as folder:
        disturbed.examine("signals", cases, Bench(folder, a.long, a.seed))


if __name__ == "__main__":
    main()
