#!/usr/bin/env python3
"""Ranks that hang, die early, run another program, cannot write or have no MPI: one message, one exit code, no hang."""

import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import toy
from ranks import LONG, Job, go_on, has_rows, job, kill, need_mpi, train, until, words

#: the folder of the programs that tests/CMakeLists.txt builds
BUILT = pathlib.Path(toy.GANTRAIN).resolve().parent / "tests"

#: libraries to preload: MPI_Init_thread fails; it gives less than was requested; fsync is slow twice
LIBRARIES = {
    "fails": "int MPI_Init_thread(int *n, char ***words, int required, int *provided)\n{ return 16; }\n",
    "single": "int PMPI_Init_thread(int *n, char ***words, int required, int *provided);\n"
              "int MPI_Init_thread(int *n, char ***words, int required, int *provided)\n"
              "{ int code = PMPI_Init_thread(n, words, required, provided); *provided = 0; return code; }\n",
    "slow": "#include <unistd.h>\nint fsync(int fd)\n"
            "{ static int calls; calls++; if (calls == 1 || calls == 20) usleep(2500000); return 0; }\n",
}

#: a run with frequent checkpoints
SAVED = ["--steps", "1500", "--set", "checkpoint.every_steps=300", "--set", "checkpoint.keep=5",
         "--set", "log.every_steps=50", "--set", "sample.every_epochs=0"]


def fail(what, code, err):
    sys.exit(f"{what}: exit {code}: {err}")


def forget(place, name="run"):
    shutil.rmtree(place / name, ignore_errors=True)


def libraries(place):
    """{name: the command prefix that preloads it}; {} without a C compiler."""
    cc = shutil.which("cc")
    for name, text in LIBRARIES.items() if cc else ():
        (place / f"{name}.c").write_text(text)
        subprocess.run([cc, "-shared", "-fPIC", "-w", "-o", place / f"{name}.so", place / f"{name}.c"], check=True)
    return {name: ["env", f"LD_PRELOAD={place}/{name}.so"] for name in LIBRARIES} if cc else {}


# ---- ranks that hang ---------------------------------------------------------------------------------


def waits(text):
    return [line for line in text.splitlines() if " has waited " in line]


def stopped(place, n, victims, condition, *options):
    """(code, stderr) of a job whose ranks `victims` are stopped (SIGSTOP) until the condition is met. Tries again if it
    is not met: rank 0 may have been at its work between steps, for which the others wait longer."""
    code = err = None
    for _ in range(4):
        forget(place)
        running = Job(place, (n, words(*SAVED, *options)))
        until(lambda: has_rows(place / "run"), "it trains", running)
        time.sleep(0.05)  # rank 0 has written the row
        pids = [running.ranks()[i] for i in victims]
        for pid in pids:
            kill(pid, signal.SIGSTOP)
        met = toy.wait_for(lambda: condition(running), 8)
        for pid in pids:
            kill(pid, signal.SIGCONT)
        code, _, err = running.end()
        if met:
            return code, err
    sys.exit(f"ranks {victims} were stopped, and nothing happened: exit {code}: {err}")


def check_warned(place, whole):
    """A wait for a stopped rank is reported once; when the rank continues, so does the run, with the same bits."""
    code, err = stopped(place, 2, [1], lambda job: waits(job.text()), "--rank-timeout", "6")
    lines = (r"gantrain: warning: rank 0 of 2 has waited 3 s in an? [a-z-]+ \((.*)\): rank 1 has not arrived; .*\n"
             r"gantrain: warning: all ranks have arrived, after \d+ s \(\1\)\n")
    if code != 0 or not re.fullmatch(lines, err) \
            or toy.state(toy.checkpoints(place / "run")[-1]) != whole:
        fail("stopped and continued", code, err)
    forget(place)
    running = Job(place, (2, words(*SAVED, "--rank-timeout", "2")))
    until(lambda: has_rows(place / "run"), "it trains", running)
    first, second = running.ranks()
    for pid, number, seconds in ((first, signal.SIGSTOP, 0.3), (second, signal.SIGSTOP, 2.5),  # which waits now
                                 (second, signal.SIGCONT, 0.1), (first, signal.SIGCONT, 0)):
        kill(pid, number)
        time.sleep(seconds)
    code, _, err = running.end()
    if code != 0 or err or toy.state(toy.checkpoints(place / "run")[-1]) != whole:
        fail("all ranks stopped, as a batch system suspends a job", code, err)


def check_timeout(place, whole, everything):
    """With --rank-timeout the job ends with 10 and one message, whichever rank is stopped; --resume gives the same bits.
    With more than two ranks, those that wait for a stopped rank have not arrived either, and it may be unknown."""
    some = "(: ranks? [0-9, -]+ ha(s|ve) not arrived)?"
    rows = [(2, [0], ": rank 0 has not arrived"), (4, [1, 2], some)]
    if everything:
        rows += [(2, [1], ": rank 1 has not arrived"), (4, [0, 1, 3], some)]
    for n, victims, who in rows:
        code, err = stopped(place, n, victims, lambda job: job.child.poll() is not None, "--rank-timeout", "3")
        lines = toy.error_lines(err)
        line = rf"gantrain: error: rank \d of {n} has waited \d s in an? [a-z-]+ \(.*\){who}; the job ends.*--resume"
        if code != 10 or len(lines) != 1 or not re.match(line, lines[0]):
            fail(f"ranks {victims} stopped, and a time-out", code, err)
        if n == 2 and toy.state(go_on(place, 2, *SAVED, "--resume")) != whole:
            fail(f"ranks {victims} stopped: resumed, the run ends with other bits", code, err)
    return len(rows)


def check_long_stage(place, preload):
    """What rank 0 does alone may take longer than the limit of a step, without a message, but not for ever."""
    forget(place)
    same = words("--steps", "20", "--rank-timeout", "2")
    began = time.monotonic()
    if preload:
        code, _, err = job(place, [(preload["slow"], same), ([], same)])
        if code != 0 or err or time.monotonic() - began < 5:
            fail("rank 0 at work for 2.5 s, twice", code, err)
    for n, case, who, message in ((3, "long-stage", 1, r"a broadcast \(rank 0's work between steps\); the job ends"),
                                  (4, "late-shard", 0, r"an all-gather \(training\): rank 1 has not arrived; the job ends")):
        code, _, err = job(place, [([], [case], BUILT / "rank_program")] * n)
        lines = toy.error_lines(err)
        if code != 10 or len(lines) != 1 or not re.search(rf"rank {who} of {n} has waited \d s in {message}", lines[0]):
            fail(f"{case} on {n} ranks", code, err)


# ---- ranks that do not start -------------------------------------------------------------------------


def check_mpi(place, preload):
    """MPI that does not start, or without what threads need: exit 10 and the reason."""
    same = words()
    rows = [
        ("fails", [0, 1], r"^gantrain: error: MPI cannot start \(MPI_Init_thread: error 16, ."),
        ("fails", [1], r"^gantrain: error: MPI cannot start \(MPI_Init_thread: error 16, ."),
        ("single", [0, 1], r"^gantrain: error: this MPI does not support programs with threads \(level 0\)"),
        ("single", [1], r"^gantrain: error: rank 1 of 2: this MPI does not support programs with threads"),
    ]
    forget(place)
    for library, which, pattern in rows:
        code, _, err = job(place, [(preload[library] if i in which else [], same) for i in range(2)])
        most = len(which) if library == "fails" else 1  # ranks that have not joined report one by one
        lines = toy.error_lines(err)
        if code != 10 or not 1 <= len(lines) <= most or not re.match(pattern, lines[0]) or (place / "run").exists():
            fail(f"MPI_Init_thread {library} on {which}", code, err)
    code, _, err = job(place, (2, same), OMPI_MCA_btl="self")
    if code in (0, toy.HUNG) or (place / "run").exists():  # Open MPI prints the reason, or fails to
        fail("ranks that cannot reach each other", code, err)
    return len(rows) + 1


def check_early_deaths(place, times):
    """A rank that ends before it joins, or while it joins: the job ends, and nothing is half written."""
    for script in ("exit 127", "kill -9 $$"):
        forget(place)
        code, _, err = job(place, [([], words()), ([], ["-c", script], "/bin/sh")])
        if code in (0, toy.HUNG) or (place / "run").exists():
            fail(f"rank 1: {script}", code, err)
    chance = random.Random(1)
    for _ in range(times):
        forget(place)
        running = Job(place, (2, words(*LONG)))
        until(lambda: len(running.ranks()) == 2, "it starts", running)
        time.sleep(chance.uniform(0, 0.3))
        kill(running.ranks()[chance.randrange(2)], signal.SIGKILL)
        code, _, err = running.end()
        if code in (0, toy.HUNG) or toy.checkpoints(place / "run"):
            fail("killed while it starts", code, err)


def check_environment(place):
    """A launcher's variables in the environment of another process: the program runs alone, with the bits of one process."""
    alone = toy.digest(train(place, 0))
    rows = [{"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"}, {"OMPI_COMM_WORLD_SIZE": "many"},
            {"PMIX_RANK": "3", "PMIX_NAMESPACE": "gone"}, {"PMI_RANK": ""}]
    root = {key: "1" for key in ("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM")}
    for row in rows:
        forget(place)
        result = toy.run(words(), place, env=toy.environment(**row, **root))
        if result.code != 0 or result.err or toy.digest(toy.checkpoints(place / "run")[-1]) != alone:
            fail(f"alone with {row}", result.code, result.err)
    forget(place)
    twice = ["sh", "-c", '"$0" --version >&2 && exec "$0" "$@"']
    code, _, err = job(place, [(twice, words())] * 2)
    if code in (0, toy.HUNG) or err.count("2 ranks of") != 1 or (place / "run").exists():
        fail("a second program replaces a rank", code, err)
    return len(rows) + 1


# ---- ranks that differ ------------------------------------------------------------------------


def version(program):
    return toy.run(["--version"], ".", program=[str(program)]).out.decode()


def check_programs(place):
    """Another program is refused by name; another kernel is warned of, and trains."""
    forget(place)
    rows = [("other_version", r"rank 1 of 2: another program than rank 0: gantrain 0\.0\.9 .*; there: gantrain "),
            ("other_real", r"rank 1 of 2: another program than rank 0: .*real = double.*there: .*real = float")]
    for name, pattern in rows:
        if name == "other_real" and version(BUILT / name) == version(toy.GANTRAIN):
            continue
        code, out, err = job(place, [([], words()), ([], words(), BUILT / name)])
        lines = toy.error_lines(err)
        if code != 10 or len(lines) != 1 or not re.search(pattern, lines[0]) or out or (place / "run").exists():
            fail(f"rank 1 is {name}", code, err)
    if version(BUILT / "other_kernel") == version(toy.GANTRAIN):
        return "other kernels skipped: this processor has one"
    code, _, err = job(place, [([], words()), ([], words(), BUILT / "other_kernel")])
    if code != 0 or len(err.splitlines()) != 1 or not err.startswith("gantrain: warning: 1 of 2 ranks use other kernels"):
        fail("a rank with another kernel", code, err)
    return "another version, real and kernel reported"


def check_oversubscribed(place):
    """More ranks than processors work, with a thread each, and are warned of once."""
    forget(place)
    options = ["--config", "toy.json", "--out", "run", "--no-progress"]
    code, _, err = job(place, (2, options), before=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1]))
    if code != 0 or err.count("2 ranks share the 1 processor of one machine") != 1 or "2 ranks of 1 thread " not in err:
        fail("two ranks on one processor", code, err)


# ---- exchanges and writes -----------------------------------------------------------------------------


def check_full(place):
    """If rank 0 cannot write, all end with 6; the others write nothing."""
    full = ["sh", "-c", 'ulimit -f "$0"; "$@"; code=$?; echo $code >> /dev/fd/2; exit $code']
    for rank, expected in (0, 6), (1, 0):
        forget(place)
        limited = [[*full, "8" if i == rank else "unlimited"] for i in range(2)]
        # Open MPI's shared memory in files would be limited as well
        code, _, err = job(place, [(before, words()) for before in limited], OMPI_MCA_shmem="sysv")
        codes = {line for line in err.splitlines() if line.isdigit()}
        if code != expected or str(expected) not in codes or len(codes - {"137", "143"}) != 1:
            fail(f"a file-size limit for rank {rank}", code, err)
        if ("error: checkpoint not written" in err) != (expected != 0) or toy.temporaries(place / "run"):
            fail(f"a file-size limit for rank {rank}", code, err)


def check_exchanges(place, everything):
    """Every exchange against sums by hand; on more ranks than rows, too."""
    for n in (1, 2, 3, 4, 5, 8) if everything else (2, 3):
        code, out, err = job(place, [([], ["exchanges"], BUILT / "rank_program")] * n)
        if code != 0 or out != f"all right on {n} ranks\n":
            fail(f"exchanges on {n} ranks", code, out + err)


def main():
    a = toy.parse(__doc__)
    need_mpi()
    began = time.monotonic()
    with toy.temporary_place() as place:
        preload = libraries(place)
        whole = toy.state(train(place, 2, *SAVED))
        check_warned(place, whole)
        ended = check_timeout(place, whole, a.long)
        check_long_stage(place, preload)
        starts = f"{check_mpi(place, preload)} failures of MPI" if preload else "failures of MPI skipped: no C compiler"
        check_early_deaths(place, 20 if a.long else 2)
        inherited = check_environment(place)
        programs = check_programs(place)
        check_oversubscribed(place)
        check_full(place)
        check_exchanges(place, a.long)
    print(
        f"rank faults: a stopped rank was reported and continued with the same bits, {ended} time-outs ended the job; "
        f"{starts}; {inherited} environments; {programs}; {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
