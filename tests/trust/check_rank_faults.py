#!/usr/bin/env python3
"""Ranks that hang, die early, are other programs, have no room or no MPI: told, ended alike, never waited for in vain."""

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

#: beside the program: those of tests/CMakeLists.txt
BUILT = pathlib.Path(toy.GANTRAIN).resolve().parent / "tests"

#: MPI_Init_thread that does not begin; or that gives less than was asked for; and an fsync that takes its time
LIBRARIES = {
    "fails": "int MPI_Init_thread(int *n, char ***words, int asked, int *given)\n{ return 16; }\n",
    "single": "int PMPI_Init_thread(int *n, char ***words, int asked, int *given);\n"
              "int MPI_Init_thread(int *n, char ***words, int asked, int *given)\n"
              "{ int code = PMPI_Init_thread(n, words, asked, given); *given = 0; return code; }\n",
    "slow": "#include <unistd.h>\nint fsync(int fd)\n"
            "{ static int calls; calls++; if (calls == 1 || calls == 20) usleep(2500000); return 0; }\n",
}

#: a run of which there are checkpoints at any time
SAVED = ["--steps", "1500", "--set", "checkpoint.every_steps=300", "--set", "checkpoint.keep=5",
         "--set", "log.every_steps=50", "--set", "sample.every_epochs=0"]


def fail(what, code, err):
    sys.exit(f"{what}: exit {code}: {err}")


def forget(place, name="run"):
    shutil.rmtree(place / name, ignore_errors=True)


def libraries(place):
    """{name: what loads it}; none without a C compiler."""
    cc = shutil.which("cc")
    for name, text in LIBRARIES.items() if cc else ():
        (place / f"{name}.c").write_text(text)
        subprocess.run([cc, "-shared", "-fPIC", "-w", "-o", place / f"{name}.so", place / f"{name}.c"], check=True)
    return {name: ["env", f"LD_PRELOAD={place}/{name}.so"] for name in LIBRARIES} if cc else {}


# ---- ranks that hang ---------------------------------------------------------------------------------


def told(text):
    return [line for line in text.splitlines() if "not come for" in line]


def stopped(place, n, victims, condition, *options):
    """How a job ended of which ranks were stopped until the condition was met: (code, stderr). Another one where
    rank 0 happened to be at work of its own, for which the others are patient."""
    code = err = None
    for _ in range(4):
        forget(place)
        running = Job(place, (n, words(*SAVED, *options)))
        until(lambda: has_rows(place / "run"), "it trains", running)
        time.sleep(0.05)  # rank 0 is done with the row
        pids = [running.ranks()[i] for i in victims]
        for pid in pids:
            kill(pid, signal.SIGSTOP)
        met = toy.wait_for(lambda: condition(running), 5)
        for pid in pids:
            kill(pid, signal.SIGCONT)
        code, _, err = running.end()
        if met:
            return code, err
    sys.exit(f"ranks {victims} were stopped in vain: exit {code}: {err}")


def check_comes_back(place, whole):
    """A rank that is stopped is told of, once; when it goes on, so does the run, in the same bits."""
    code, err = stopped(place, 2, [1], lambda job: told(job.said()), "--rank-timeout", "6")
    lines = (r"gantrain: warning: rank 1 of 2 has not come for 3 s to (.*): stopped, or a machine or network that hangs; .*\n"
             r"gantrain: warning: all have come to \1, after \d+ s\n")
    if code != 0 or not re.fullmatch(lines, err) \
            or toy.state(toy.checkpoints(place / "run")[-1]) != whole:
        fail("stopped and woken", code, err)
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
        fail("all stopped, as a batch system suspends a job", code, err)


def check_ended(place, whole, everything):
    """With --rank-timeout the job ends with 10, rank 0 stopped or another; what was saved goes on in the same bits."""
    rows = [(2, [0], "rank 0 of 2 has")]
    if everything:
        rows += [(2, [1], "rank 1 of 2 has"), (4, [1, 2], "ranks 1-2 of 4 have"), (4, [0, 1, 3], "ranks 0-1, 3 of 4 have")]
    for n, victims, who in rows:
        code, err = stopped(place, n, victims, lambda job: job.child.poll() is not None, "--rank-timeout", "3")
        lines = toy.error_lines(err)
        line = f"gantrain: error: {who} not come for 3 s to .*--resume"
        if code != 10 or len(lines) != 1 or not re.match(line, lines[0]) or len(told(err)) != 2:
            fail(f"ranks {victims} stopped, and a timeout", code, err)
        if n == 2 and toy.state(go_on(place, 2, *SAVED, "--resume")) != whole:
            fail(f"ranks {victims} stopped: begun again the run ends in other bits", code, err)
    return len(rows)


def check_long_work(place, preload):
    """What rank 0 does alone may take longer than the patience for a step: nothing is told, nothing ends."""
    forget(place)
    same = words("--steps", "20", "--rank-timeout", "2")
    began = time.monotonic()
    code, _, err = job(place, [(preload["slow"], same), ([], same)])
    if code != 0 or err or time.monotonic() - began < 5:
        fail("rank 0 at work for 2.5 s, twice", code, err)
    code, _, err = job(place, [([], ["work"], BUILT / "rank_program")] * 3)
    if code != 10 or not re.search(r"rank 0 of 3 has not come for 1 s to the end of what it does alone: much work", err):
        fail("rank 0 at work for ever", code, err)


# ---- ranks that do not begin -------------------------------------------------------------------------


def check_mpi(place, preload):
    """MPI that does not begin, or not as it must: 10, and why."""
    same = words()
    rows = [
        ("fails", [0, 1], r"^gantrain: error: MPI cannot begin \(MPI_Init_thread: error 16, ."),
        ("fails", [1], r"^gantrain: error: MPI cannot begin \(MPI_Init_thread: error 16, ."),
        ("single", [0, 1], r"^gantrain: error: this MPI cannot be used by programs with threads \(level 0\)"),
        ("single", [1], r"^gantrain: error: rank 1 of 2: this MPI cannot be used by programs with threads"),
    ]
    forget(place)
    for library, which, pattern in rows:
        code, _, err = job(place, [(preload[library] if i in which else [], same) for i in range(2)])
        most = len(which) if library == "fails" else 1  # ranks that have not met cannot agree on who tells
        lines = toy.error_lines(err)
        if code != 10 or not 1 <= len(lines) <= most or not re.match(pattern, lines[0]) or (place / "run").exists():
            fail(f"MPI_Init_thread {library} on {which}", code, err)
    code, _, err = job(place, (2, same), OMPI_MCA_btl="self")
    if code in (0, toy.HUNG) or (place / "run").exists():  # Open MPI says why, or fails at that as well
        fail("ranks that cannot reach each other", code, err)
    return len(rows) + 1


def check_early_deaths(place, times):
    """A rank that ends before it joins, or while it does: the job ends, and nothing is half written."""
    for script in ("exit 127", "kill -9 $$"):
        forget(place)
        code, _, err = job(place, [([], words()), ([], ["-c", script], "/bin/sh")])
        if code in (0, toy.HUNG) or (place / "run").exists():
            fail(f"rank 1: {script}", code, err)
    chance = random.Random(1)
    for _ in range(times):
        forget(place)
        running = Job(place, (2, words(*LONG)))
        until(lambda: len(running.ranks()) == 2, "it begins", running)
        time.sleep(chance.uniform(0, 0.3))
        kill(running.ranks()[chance.randrange(2)], signal.SIGKILL)
        code, _, err = running.end()
        if code in (0, toy.HUNG) or toy.checkpoints(place / "run"):
            fail("killed while it begins", code, err)


def check_environment(place):
    """What a launcher leaves in the environment of others: the program runs alone, in the bits of one process."""
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
        fail("a second program in the place of a rank", code, err)
    return len(rows) + 1


# ---- ranks that are not alike ------------------------------------------------------------------------


def version(program):
    return toy.run(["--version"], ".", program=[str(program)]).out.decode()


def check_programs(place):
    """Other programs are refused by name; other kernels are told, and train."""
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
    if code != 0 or len(err.splitlines()) != 1 or not err.startswith("gantrain: warning: 1 of 2 ranks have other kernels"):
        fail("a rank with another kernel", code, err)
    return "another version, real and kernel told"


def check_crowd(place):
    """More ranks than processors work, with a thread each, and are told once."""
    forget(place)
    options = ["--config", "toy.json", "--out", "run", "--no-progress"]
    code, _, err = job(place, (2, options), before=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1]))
    if code != 0 or err.count("2 ranks on the 1 processor of one machine") != 1 or "2 ranks of 1 thread " not in err:
        fail("two ranks on one processor", code, err)


# ---- no room -----------------------------------------------------------------------------------------


def check_room(place):
    """What rank 0 cannot write ends all with 6; what others cannot write is nothing to anybody."""
    full = ["sh", "-c", 'ulimit -f "$0"; "$@"; code=$?; echo $code >> /dev/fd/2; exit $code']
    for rank, expected in (0, 6), (1, 0):
        forget(place)
        limited = [[*full, "8" if i == rank else "unlimited"] for i in range(2)]
        # its memory shared by files would have no room either
        code, _, err = job(place, [(before, words()) for before in limited], OMPI_MCA_shmem="sysv")
        codes = {line for line in err.splitlines() if line.isdigit()}
        if code != expected or str(expected) not in codes or len(codes - {"137", "143"}) != 1:
            fail(f"no room for rank {rank}", code, err)
        if ("error: checkpoint not written" in err) != (expected != 0) or toy.temporaries(place / "run"):
            fail(f"no room for rank {rank}", code, err)


def check_pieces(place, everything):
    """Messages in pieces of every length, as they are of more than 2^27 numbers."""
    for n in range(1, 6) if everything else (2, 3):
        code, out, err = job(place, [([], ["pieces"], BUILT / "rank_program")] * n)
        if code != 0 or out != f"all right on {n} ranks\n":
            fail(f"pieces on {n} ranks", code, out + err)


def main():
    a = toy.parse(__doc__)
    need_mpi()
    began = time.monotonic()
    with toy.temporary_place() as place:
        preload = libraries(place)
        whole = toy.state(train(place, 2, *SAVED))
        check_comes_back(place, whole)
        ended = check_ended(place, whole, a.long)
        beginnings = "MPI that fails skipped: no C compiler"
        if preload:
            check_long_work(place, preload)
            beginnings = f"{check_mpi(place, preload)} failures of MPI"
        check_early_deaths(place, 20 if a.long else 2)
        inherited = check_environment(place)
        programs = check_programs(place)
        check_crowd(place)
        check_room(place)
        check_pieces(place, a.long)
    print(
        f"rank faults: a stopped rank was told and went on in the same bits, {ended} ended the job; {beginnings}; "
        f"{inherited} environments; {programs}; {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
