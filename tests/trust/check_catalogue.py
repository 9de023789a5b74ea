#!/usr/bin/env python3
"""Runs the catalogue of known faults and expected behaviour: 224 rows in catalogue/*.toml.

A row: `id`, `what` (the fault: the behaviour), and cases, or references to tests that cover it, or a
reason for its absence. A case runs one command in its own working directory with toy.json, data/ (from
make_data.py) and, with `finished = true`, the folder `run` of a finished run:

    [[row]]
    id = "CFG-02"
    what = "a value of the wrong type: exit 3 with the expected and the found type"
    case = [
        { config = { "train.epochs" = '"10"' }, exit = 3, err = 'train.epochs: expected .*, got the string "10"' },
    ]

    args    arguments of gantrain; default: --config toy.json --out run --quiet
    sh      instead of args: a shell command, with "$GANTRAIN" and "$ROOT", the source folder
    before  a shell command that runs first
    config  changed keys of toy.json (values as JSON text; "" removes the key)
    json    instead: the text of c.json, used as the config
    files   {name = text or {make = "..."}}: see catalogue_files.py
    each    runs the case once for each of these values, which replace {v};
            or { from = 0, to = N, step = S }, where N may be "size of FILE" or "size of FILE less 1"
    exit    the expected exit code, or a list of them
    err     a pattern (or several) that stderr must match; out: the same for stdout
    not_err a pattern that stderr must not match
    changes names of files that may be created, changed or removed; default: none
    then    a shell command that must succeed afterwards
    env     environment variables   limits  {NOFILE = 8}   long  only with --long
    seconds maximum CPU time, default 5
    needs   a command: if it fails, the case is skipped; plain = true: skipped under sanitizers
    kept_temporaries = true: .tmp- files of `files` may remain
    silent = true: no line of error is expected: stderr is redirected, a signal ends the process, or a
                   help page is printed

    proved_by = ["tests/cli/resume.bats: interrupted after whole epochs: the same bytes", "tests/trust/check_kills.py"]
    not_here = "reason"      differs = "how and why gantrain deviates on purpose"

Every case is also checked for general rules: it ends in time and without a crash; a failure prints one
line of error and nothing else on stderr, without control characters, and nothing on stdout; only files
in `changes` change; no temporary file remains. Options: --list, --only ID, --jobs N.
"""

import argparse
import concurrent.futures
import fnmatch
import functools
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib

import catalogue_files
import toy

SECTIONS = {
    "CLI": 20, "JSN": 25, "CFG": 20, "DAT": 31, "CKP": 24, "FS": 22,
    "SIG": 18, "NUM": 18, "RES": 13, "DST": 12, "OUT": 13,
    "TAB": 6,
    "PIC": 2,
}  # fmt: skip
IDS = [f"{name}-{i:02}" for name, n in SECTIONS.items() for i in range(1, n + 1)]

toy.GANTRAIN = os.path.abspath(toy.GANTRAIN)  # cases run in other folders

CASE = set(
    "args sh config json files before each exit err not_err out changes then env limits seconds "
    "long finished plain kept_temporaries needs silent".split()
)
ROW = {"id", "what", "case", "proved_by", "not_here", "differs"}
SANITIZED = b"libasan" in subprocess.run(["ldd", toy.GANTRAIN], capture_output=True).stdout
SLOWER = 12 if SANITIZED else 1
WAITING = 4  # extra seconds of wall-clock time on a busy machine


# ---- the rows ----------------------------------------------------------------------------------


def read_rows():
    """Returns all rows by id, and a list of errors in them."""
    rows, wrong = {}, []
    for path in sorted((toy.HERE / "catalogue").glob("*.toml")):
        for row in tomllib.loads(path.read_text())["row"]:
            name = row.get("id", "?")
            if name not in IDS or name in rows:
                wrong.append(f"{path.name}: {name}: unknown or duplicate id")
            if set(row) - ROW or not row.get("what"):
                wrong.append(f"{name}: unknown keys {set(row) - ROW}, or no `what`")
            if not {"case", "proved_by", "not_here"} & set(row):
                wrong.append(f"{name}: no case, no test, no reason given")
            for case in row.get("case", []):
                if set(case) - CASE or "exit" not in case:
                    wrong.append(f"{name}: unknown keys {set(case) - CASE}, or no `exit`")
            rows[name] = row
    wrong += [f"{name}: row is missing" for name in IDS if name not in rows]
    return rows, wrong


def dangling(row):
    """Returns references of a row to tests that do not exist."""
    found = []
    for pointer in row.get("proved_by", []):
        file, _, name = pointer.partition(": ")
        path = toy.ROOT / file
        if not path.is_file() or name not in path.read_text():
            found.append(f"{row['id']}: no such test: {pointer}")
    return found


def fill(x, v):
    """Replaces {v} in all texts of a case; in patterns the value is escaped."""
    if isinstance(x, str):
        return x.replace("{v}", v)
    if isinstance(x, list):
        return [fill(y, v) for y in x]
    if isinstance(x, dict):
        return {
            fill(k, v): fill(y, re.escape(v) if k in ("err", "not_err", "out") else v)
            for k, y in x.items()
        }
    return x


def values_of(each, base):
    if isinstance(each, list):
        return each
    to = each["to"]
    if isinstance(to, str):
        name, _, less = to.removeprefix("size of ").partition(" less ")
        to = (base / name).stat().st_size - int(less or 0)
    return [str(i) for i in range(each["from"], to, each.get("step", 1))]


def cases_of(row, base):
    """The cases of a row, one per value of `each`."""
    for case in row.get("case", []):
        if "each" not in case:
            yield case
            continue
        for v in values_of(case["each"], base):
            yield fill({k: x for k, x in case.items() if k != "each"}, v)


# ---- one case ----------------------------------------------------------------------------------


def prepare(case, base, workdir):
    """Creates the working directory of a case; returns the arguments of the program."""
    shutil.copytree(base, workdir, symlinks=True, ignore=None if case.get("finished") else drop_run)
    args = ["--config", "toy.json", "--out", "run", "--quiet"]
    if "before" in case:
        r = shell(case["before"], case, workdir)
        if r.code != 0:
            raise ValueError(r.err)
    if "config" in case:
        (workdir / "toy.json").write_bytes(catalogue_files.config(workdir, case["config"]))
    if "json" in case:
        catalogue_files.write(workdir, "c.json", case["json"])
        args[1] = "c.json"
    for name, spec in case.get("files", {}).items():
        catalogue_files.write(workdir, name, spec)
    args = case.get("args", args)
    return args.split(" ") if isinstance(args, str) else args


def shell(line, case, workdir, limits=None):
    """Runs a line of bash; if it hangs, its whole process group is killed."""
    began = time.monotonic()
    child = subprocess.Popen(
        ["bash", "-c", line], cwd=workdir, env=env_of(case), preexec_fn=limits, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    code = None
    try:
        out, err = child.communicate(timeout=30 * SLOWER)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        code = toy.HUNG
        out, err = child.communicate()
    return toy.Result(
        child.returncode if code is None else code, out, err.decode(errors="replace"), time.monotonic() - began
    )


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def drop_run(folder, names):
    return ["run"] if (pathlib.Path(folder) / "toy.json").exists() else []


def env_of(case):
    return toy.environment(GANTRAIN=toy.GANTRAIN, ROOT=str(toy.ROOT), **case.get("env", {}))


def snapshot(workdir):
    """Hashes of files, targets of links, and folders."""
    found = toy.manifest(workdir)
    found.update({str(p.relative_to(workdir)): "folder" for p in workdir.rglob("*") if p.is_dir()})
    return found


def changed_names(before, after, allowed):
    names = [n for n in {*before, *after} if before.get(n) != after.get(n)]
    return sorted(n for n in names if not any(fnmatch.fnmatch(n, p) or n.startswith(p + "/") for p in allowed))


def patterns(case, key):
    return [case[key]] if isinstance(case.get(key), str) else case.get(key, [])


def check_output(case, r):
    """Yields errors in the exit code and the output of a result."""
    codes = case["exit"] if isinstance(case["exit"], list) else [case["exit"]]
    if r.crashed:
        yield f"{toy.CRASHES.get(r.code, r.code)} after {r.seconds:.1f} s"
    elif r.code not in codes:
        yield f"exit {r.code}, not {codes}"
    most = case.get("seconds", 5) * SLOWER
    if r.cpu > most or r.seconds > most + WAITING:
        yield f"took {r.cpu:.1f} s of CPU time, {r.seconds:.1f} s in total"
    for key, text in (("err", r.err), ("out", r.out)):
        yield from (f"{key} has no match of {p}" for p in patterns(case, key) if not re.search(p, text, re.M))
    yield from (f"error says {p}" for p in patterns(case, "not_err") if re.search(p, r.err, re.M))
    if r.code != 0 and "out" not in case and r.out:
        yield "output on stdout"
    if r.code not in (0, 75, 129, 130, 143) and not toy.error_lines(r.err) and not case.get("silent"):
        yield "no line of error"
    if r.code != 0 and not case.get("silent") and any(not line.startswith("gantrain: ") for line in r.err.splitlines()):
        yield "a line on stderr without the prefix gantrain:"
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f]", r.err):
        yield "control characters in a message"


def check_files(case, workdir, before):
    after = snapshot(workdir)
    found = changed_names(before, after, case.get("changes", []))
    if found:
        yield f"changed {', '.join(found[:5])}"
    left = [p.name for p in toy.temporaries(workdir)]
    if left and not case.get("kept_temporaries"):
        yield f"temporary files remain: {left}"
    if "then" in case:
        then = shell(case["then"], case, workdir)
        if then.code != 0:
            yield f"afterwards: {case['then']}: exit {then.code}: {then.err}"


def run_case(job):
    """Runs one case; returns (id, errors or None)."""
    name, case, base = job
    with tempfile.TemporaryDirectory(prefix="catalogue-") as folder:
        workdir = pathlib.Path(folder) / "workdir"
        try:
            args = prepare(case, base, workdir)
        except Exception as mistake:  # an error in the row: report it with its id
            return name, f"{name}: cannot be prepared: {case}: {mistake!r}"
        before = snapshot(workdir)
        limits = toy.limits(**{k: int(n) for k, n in case["limits"].items()}) if "limits" in case else None
        cpu = cpu_of_children()
        if "sh" in case:
            r = shell(case["sh"], case, workdir, limits)
        else:
            r = toy.run(args, workdir, timeout=30 * SLOWER, env=env_of(case), before=limits)
        r.cpu = cpu_of_children() - cpu
        r.out = r.out.decode(errors="replace")
        wrong = [*check_output(case, r), *check_files(case, workdir, before)]
    if not wrong:
        return name, None
    command = case.get("sh") or " ".join(args)
    return name, f"{name}: {command[:300]}\n    " + "\n    ".join([*wrong, f"exit {r.code}: {r.err[:900].strip()}"])


# ---- all of them -------------------------------------------------------------------------------


@functools.cache
def works(command):
    """Whether a requirement of cases is met; prints the failure once."""
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"skipped: cases that need `{command}`: {done.stderr.strip() or f'exit {done.returncode}'}")
    return done.returncode == 0


def can_run(case):
    """Sanitizers reserve terabytes of address space, catch signals and fail under strace."""
    plain = case.get("plain") or "needs" in case or "AS" in case.get("limits", {})
    return not (SANITIZED and plain) and works(case.get("needs", "true"))


def make_base(folder):
    base = toy.make_workdir(folder / "base")
    r = toy.run(toy.train(), base, timeout=60 * SLOWER)
    if r.code != 0:
        sys.exit(f"the toy run ends with {r.code}: {r.err}")
    return base


def list_rows(rows):
    for name in IDS:
        row = rows.get(name, {})
        how = [f"{len(row['case'])} cases"] if "case" in row else []
        how += row.get("proved_by", []) + ([f"not here: {row['not_here']}"] if "not_here" in row else [])
        how += [f"differs: {row['differs']}"] if "differs" in row else []
        print(f"{name}  {row.get('what', '-')}\n        " + "\n        ".join(how))


def run_rows(rows, a):
    """Returns the number of cases, and the errors by row."""
    n, wrong = 0, {}
    with tempfile.TemporaryDirectory(prefix="catalogue-") as folder:
        base = make_base(pathlib.Path(folder))
        jobs = [
            (name, case, base)
            for name, row in rows.items()
            for case in cases_of(row, base)
            if (a.long or not case.get("long")) and can_run(case)
        ]
        with concurrent.futures.ProcessPoolExecutor(a.jobs) as pool:
            for name, text in pool.map(run_case, jobs, chunksize=4):
                n += 1
                if text:
                    wrong.setdefault(name, []).append(text)
    return n, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--long", action="store_true", help="slow cases, too")
    parser.add_argument("--list", action="store_true", help="print the rows and their tests")
    parser.add_argument("--only", action="append", default=[], help="rows with this prefix, such as CLI-0")
    parser.add_argument("--jobs", type=int, default=4, help="parallel cases")
    a = parser.parse_args()
    rows, mistakes = read_rows()
    if a.list:
        return list_rows(rows)
    mistakes += [text for row in rows.values() for text in dangling(row)]
    chosen = {k: r for k, r in rows.items() if not a.only or k.startswith(tuple(a.only))}
    began = time.monotonic()
    n, wrong = run_rows(chosen, a)
    for text in (text for texts in wrong.values() for text in texts[:3]):
        print(text)
    for text in mistakes if not a.only else []:
        print(text)
    tested = {k for k, r in chosen.items() if "case" in r}
    others = sum("proved_by" in r for k, r in chosen.items() if k not in tested)
    print(
        f"catalogue: {len(tested - set(wrong))} of {len(IDS)} rows pass with {n} cases, {others} are covered by other "
        f"tests, {len(chosen) - len(tested) - others} not covered, {len(wrong)} fail; {time.monotonic() - began:.0f} s"
    )
    sys.exit(1 if wrong or (mistakes and not a.only) else 0)


if __name__ == "__main__":
    main()
