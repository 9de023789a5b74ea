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
from ranks import LONG, Job, resume_on, has_rows, job, kill, need_mpi, train, until, args

#: the folder of the programs that tests/CMakeLists.txt builds
BUILT = pathlib.Path(toy.GANTRAIN).resolve().parent / "tests"

#: libraries to preload: MPI_Init_thread fails; it provides less than requested; fsync is slow twice
LIBRARIES = {
    "fails": "int MPI_Init_thread(int *n, char ***args, int required, int *provided)\n{ return 16; }\n",
    "single": "int PMPI_Init_thread(int *n, char ***args, int required, int *provided);\n"
              "int MPI_Init_thread(int *n, char ***args, int required, int *provided)\n"
              "{ int code = PMPI_Init_thread(n, args, required, provided); *provided = 0; return code; }\n",
    "slow": "#include <unistd.h>\nint fsync(int fd)\n"
            "{ static int calls; calls++; if (calls == 1 || calls == 20) usleep(2500000); return 0; }\n",
}

#: a run with frequent checkpoints
SAVED = ["--steps", "1500", "--set", "checkpoint.every_steps=300", "--set", "checkpoint.keep=5",
         "--set", "log.every_steps=50", "--set", "sample.every_epochs=0"]


def fail(what, code, err):
    sys.exit(f"{what}: exit {code}: {err}")


def remove(workdir, name="run"):
    shutil.rmtree(workdir / name, ignore_errors=True)


def libraries(workdir):
    """{name: the command prefix that preloads it}; {} without a C compiler."""
    cc = shutil.which("cc")
    for name, text in LIBRARIES.items() if cc else ():
        (workdir / f"{name}.c").write_text(text)
        subprocess.run([cc, "-shared", "-fPIC", "-w", "-o", workdir / f"{name}.so", workdir / f"{name}.c"], check=True)
    return {name: ["env", f"LD_PRELOAD={workdir}/{name}.so"] for name in LIBRARIES} if cc else {}


# ---- ranks that hang ---------------------------------------------------------------------------------


def waits(text):
    return [line for line in text.splitlines() if " has waited " in line]


def stopped(workdir, n, victims, condition, *options):
    """(code, stderr) of a job whose ranks `victims` are stopped (SIGSTOP) until the condition is met. Retries if it is
    not met: rank 0 may have been working between steps, for which the others wait longer."""
    code = err = None
    for _ in range(4):
        remove(workdir)
        running = Job(workdir, (n, args(*SAVED, *options)))
        until(lambda: has_rows(workdir / "run"), "it trains", running)
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
    sys.exit(f"ranks {victims} were stopped without effect: exit {code}: {err}")


def check_warned(workdir, whole):
    """A wait for a stopped rank is reported once; after SIGCONT the run continues with the same bits."""
    code, err = stopped(workdir, 2, [1], lambda job: waits(job.text()), "--rank-timeout", "6")
    lines = (r"gantrain: warning: rank 0 of 2 has waited 3 s in an? [a-z-]+ \((.*)\): rank 1 has not arrived; .*\n"
             r"gantrain: warning: all ranks have arrived, after \d+ s \(\1\)\n")
    if code != 0 or not re.fullmatch(lines, err) \
            or toy.state(toy.checkpoints(workdir / "run")[-1]) != whole:
        fail("stopped and continued", code, err)
    remove(workdir)
    running = Job(workdir, (2, args(*SAVED, "--rank-timeout", "2")))
    until(lambda: has_rows(workdir / "run"), "it trains", running)
    first, second = running.ranks()
    for pid, number, seconds in ((first, signal.SIGSTOP, 0.3), (second, signal.SIGSTOP, 2.5),  # which is waiting by now
                                 (second, signal.SIGCONT, 0.1), (first, signal.SIGCONT, 0)):
        kill(pid, number)
        time.sleep(seconds)
    code, _, err = running.end()
    if code != 0 or err or toy.state(toy.checkpoints(workdir / "run")[-1]) != whole:
        fail("all ranks stopped, as a batch system suspends a job", code, err)


def check_timeout(workdir, whole, everything):
    """With --rank-timeout the job exits with 10 and one message, whichever rank stops; --resume gives the same bits.
    With more than two ranks, those that wait for a stopped rank have not arrived either, and it may be unknown."""
    some = "(: ranks? [0-9, -]+ ha(s|ve) not arrived)?"
    rows = [(2, [0], ": rank 0 has not arrived"), (4, [1, 2], some)]
    if everything:
        rows += [(2, [1], ": rank 1 has not arrived"), (4, [0, 1, 3], some)]
    for n, victims, who in rows:
        code, err = stopped(workdir, n, victims, lambda job: job.child.poll() is not None, "--rank-timeout", "3")
        lines = toy.error_lines(err)
        line = rf"gantrain: error: rank \d of {n} has waited \d s in an? [a-z-]+ \(.*\){who}; the job ends.*--resume"
        if code != 10 or len(lines) != 1 or not re.match(line, lines[0]):
            fail(f"ranks {victims} stopped, and a time-out", code, err)
        if n == 2 and toy.state(resume_on(workdir, 2, *SAVED, "--resume")) != whole:
            fail(f"ranks {victims} stopped: resumed, the run ends with other bits", code, err)
    return len(rows)


def check_long_stage(workdir, preload):
    """Work of rank 0 alone may exceed the time-out of a step without a message, but has its own time-out."""
    remove(workdir)
    same = args("--steps", "20", "--rank-timeout", "2")
    began = time.monotonic()
    if preload:
        code, _, err = job(workdir, [(preload["slow"], same), ([], same)])
        if code != 0 or err or time.monotonic() - began < 5:
            fail("rank 0 is busy for 2.5 s, twice", code, err)
    for n, case, who, message in ((3, "long-stage", 1, r"a broadcast \(rank 0's work between steps\); the job ends"),
                                  (4, "late-shard", 0, r"an all-gather \(training\): rank 1 has not arrived; the job ends")):
        code, _, err = job(workdir, [([], [case], BUILT / "rank_program")] * n)
        lines = toy.error_lines(err)
        if code != 10 or len(lines) != 1 or not re.search(rf"rank {who} of {n} has waited \d s in {message}", lines[0]):
            fail(f"{case} on {n} ranks", code, err)


# ---- ranks that do not start -------------------------------------------------------------------------


def check_mpi(workdir, preload):
    """MPI that does not start or lacks thread support: exit 10 with the reason."""
    same = args()
    rows = [
        ("fails", [0, 1], r"^gantrain: error: MPI cannot start \(MPI_Init_thread: error 16, ."),
        ("fails", [1], r"^gantrain: error: MPI cannot start \(MPI_Init_thread: error 16, ."),
        ("single", [0, 1], r"^gantrain: error: this MPI does not support programs with threads \(level 0\)"),
        ("single", [1], r"^gantrain: error: rank 1 of 2: this MPI does not support programs with threads"),
    ]
    remove(workdir)
    for library, which, pattern in rows:
        code, _, err = job(workdir, [(preload[library] if i in which else [], same) for i in range(2)])
        most = len(which) if library == "fails" else 1  # ranks that have not joined report individually
        lines = toy.error_lines(err)
        if code != 10 or not 1 <= len(lines) <= most or not re.match(pattern, lines[0]) or (workdir / "run").exists():
            fail(f"MPI_Init_thread {library} on {which}", code, err)
    code, _, err = job(workdir, (2, same), OMPI_MCA_btl="self")
    if code in (0, toy.HUNG) or (workdir / "run").exists():  # Open MPI prints the reason, or fails to
        fail("ranks that cannot reach each other", code, err)
    return len(rows) + 1


def check_early_deaths(workdir, times):
    """A rank that exits before or while it joins: the job ends without partial files."""
    for script in ("exit 127", "kill -9 $$"):
        remove(workdir)
        code, _, err = job(workdir, [([], args()), ([], ["-c", script], "/bin/sh")])
        if code in (0, toy.HUNG) or (workdir / "run").exists():
            fail(f"rank 1: {script}", code, err)
    chance = random.Random(1)
    for _ in range(times):
        remove(workdir)
        running = Job(workdir, (2, args(*LONG)))
        until(lambda: len(running.ranks()) == 2, "it starts", running)
        time.sleep(chance.uniform(0, 0.3))
        kill(running.ranks()[chance.randrange(2)], signal.SIGKILL)
        code, _, err = running.end()
        if code in (0, toy.HUNG) or toy.checkpoints(workdir / "run"):
            fail("killed while it starts", code, err)


def check_environment(workdir):
    """Environment variables of a launcher without a launcher: the program runs alone, with the bits of one process."""
    alone = toy.digest(train(workdir, 0))
    rows = [{"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"}, {"OMPI_COMM_WORLD_SIZE": "many"},
            {"PMIX_RANK": "3", "PMIX_NAMESPACE": "gone"}, {"PMI_RANK": ""}]
    root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "HWLOC_HIDE_ERRORS": "2"}  # where there is no /sys
    for row in rows:
        remove(workdir)
        result = toy.run(args(), workdir, env=toy.environment(**row, **root))
        if result.code != 0 or result.err or toy.digest(toy.checkpoints(workdir / "run")[-1]) != alone:
            fail(f"alone with {row}", result.code, result.err)
    remove(workdir)
    twice = ["sh", "-c", '"$0" --version >&2 && exec "$0" "$@"']
    code, _, err = job(workdir, [(twice, args())] * 2)
    if code in (0, toy.HUNG) or err.count("2 ranks of") != 1 or (workdir / "run").exists():
        fail("a second program replaces a rank", code, err)
    return len(rows) + 1


# ---- ranks that differ ------------------------------------------------------------------------


def version(program):
    return toy.run(["--version"], ".", program=[str(program)]).out.decode()


def check_programs(workdir):
    """Another program is refused with its name; another kernel trains with a warning."""
    remove(workdir)
    rows = [("other_version", r"rank 1 of 2: another program than rank 0: gantrain 0\.0\.9 .*; there: gantrain "),
            ("other_real", r"rank 1 of 2: another program than rank 0: .*real = double.*there: .*real = float")]
    for name, pattern in rows:
        if name == "other_real" and version(BUILT / name) == version(toy.GANTRAIN):
            continue
        code, out, err = job(workdir, [([], args()), ([], args(), BUILT / name)])
        lines = toy.error_lines(err)
        if code != 10 or len(lines) != 1 or not re.search(pattern, lines[0]) or out or (workdir / "run").exists():
            fail(f"rank 1 is {name}", code, err)
    if version(BUILT / "other_kernel") == version(toy.GANTRAIN):
        return "other kernels skipped: this processor has one"
    code, _, err = job(workdir, [([], args()), ([], args(), BUILT / "other_kernel")])
    if code != 0 or len(err.splitlines()) != 1 or not err.startswith("gantrain: warning: 1 of 2 ranks use other kernels"):
        fail("a rank with another kernel", code, err)
    return "another version, real and kernel reported"


def check_oversubscribed(workdir):
    """More ranks than processors work, with one thread each and one warning."""
    remove(workdir)
    options = ["--config", "toy.json", "--out", "run", "--no-progress"]
    code, _, err = job(workdir, (2, options), before=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1]))
    if code != 0 or err.count("2 ranks share the 1 processor of one machine") != 1 or "2 ranks of 1 thread " not in err:
        fail("two ranks on one processor", code, err)


# ---- collectives and writes ----------------------------------------------------------------------------


def check_full(workdir):
    """If rank 0 cannot write, all end with 6; the others write nothing."""
    full = ["sh", "-c", 'ulimit -f "$0"; "$@"; code=$?; echo $code >> /dev/fd/2; exit $code']
    for rank, expected in (0, 6), (1, 0):
        remove(workdir)
        limited = [[*full, "8" if i == rank else "unlimited"] for i in range(2)]
        # Open MPI's shared memory in files would be limited as well
        code, _, err = job(workdir, [(before, args()) for before in limited], OMPI_MCA_shmem="sysv")
        codes = {line for line in err.splitlines() if line.isdigit()}
        if code != expected or str(expected) not in codes or len(codes - {"137", "143"}) != 1:
            fail(f"a file-size limit for rank {rank}", code, err)
        if ("error: checkpoint not written" in err) != (expected != 0) or toy.temporaries(workdir / "run"):
            fail(f"a file-size limit for rank {rank}", code, err)


def check_collectives(workdir, everything):
    """Every collective against sums computed by hand; also on more ranks than rows."""
    for n in (1, 2, 3, 4, 5, 8) if everything else (2, 3):
        code, out, err = job(workdir, [([], ["collectives"], BUILT / "rank_program")] * n)
        if code != 0 or out != f"all correct on {n} ranks\n":
            fail(f"exchanges on {n} ranks", code, out + err)


def main():
    a = toy.parse(__doc__)
    need_mpi()
    began = time.monotonic()
    with toy.temporary_workdir() as workdir:
        preload = libraries(workdir)
        whole = toy.state(train(workdir, 2, *SAVED))
        check_warned(workdir, whole)
        ended = check_timeout(workdir, whole, a.long)
        check_long_stage(workdir, preload)
        starts = f"{check_mpi(workdir, preload)} failures of MPI" if preload else "failures of MPI skipped: no C compiler"
        check_early_deaths(workdir, 20 if a.long else 2)
        inherited = check_environment(workdir)
        programs = check_programs(workdir)
        check_oversubscribed(workdir)
        check_full(workdir)
        check_collectives(workdir, a.long)
    print(
        f"rank faults: a stopped rank was reported and continued with the same bits, {ended} time-outs ended the job; "
        f"{starts}; {inherited} environments; {programs}; {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
