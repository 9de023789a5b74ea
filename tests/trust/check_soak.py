#!/usr/bin/env python3
"""Runs with random disturbances: SIGKILL, SIGSTOP, SIGTERM, a full disk, a changed clock.

Each run is resumed until it completes and must then have the last checkpoint of an undisturbed run, and the
same rows and pictures unless the disk was full. In addition one process trains undisturbed, and its memory
and descriptors must not grow. The disk is a tmpfs if mounting is possible, the clock is libfaketime's if it
is installed; missing ones are reported.
"""

import glob
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import toy

STEPS = 8000
ARGS = ["--config", "toy.json", "--quiet", "--set", "checkpoint.every_steps=100", "--set", "sample.every_epochs=20"]
RUN = [*ARGS, "--steps", str(STEPS), "--set", "log.every_steps=100"]
ENDLESS = [*ARGS, "--steps", "1000000000", "--set", "log.every_steps=10000"]
DISK = 4 << 20  # bytes
LIMIT = 120  # seconds until a process counts as hung
PAGES = (1 << 20) // os.sysconf("SC_PAGESIZE")  # of a MiB: the allowed growth of memory

ACTIONS = ("kill", "pause", "term", "fill")


def enter_mount_namespace():
    """Restarts in a private mount namespace; returns whether there is one."""
    if os.environ.get("SOAK_NAMESPACE"):
        return os.environ["SOAK_NAMESPACE"] == "yes"
    able = shutil.which("unshare") and toy.run(["-m", "true"], "/", program=["unshare"]).code == 0
    os.environ["SOAK_NAMESPACE"] = "yes" if able else "no"
    command = [sys.executable, *sys.argv]
    if able:
        os.execvp("unshare", ["unshare", "-m", *command])
    return False


def clock():
    """The path of libfaketime, or ''."""
    found = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    return found[0] if found else ""


class Soak:
    def __init__(self, workdir, seed):
        self.workdir, self.disk, self.rng = workdir, workdir / "disk", random.Random(seed)
        self.full = False  # whether the disk was full during the current run
        self.counts = dict.fromkeys(ACTIONS, 0)
        self.can_fill = enter_mount_namespace() and toy.mount(self.disk, f"size={DISK}")
        self.disk.mkdir(exist_ok=True)
        self.clock = clock()
        self.run = self.disk / "run"

    def start(self):
        more = {}
        if self.clock:
            days = self.rng.uniform(-9000, 9000)
            more = {"LD_PRELOAD": self.clock, "FAKETIME": f"{days:+.3f}d", "DONT_FAKE_MONOTONIC": "1"}
        return subprocess.Popen(
            [toy.GANTRAIN, *RUN, "--out", str(self.run), "--resume"],
            cwd=self.workdir,
            env=toy.environment(**more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def kill(self, child):
        child.send_signal(signal.SIGKILL)

    def term(self, child):
        child.send_signal(signal.SIGTERM)

    def pause(self, child):
        child.send_signal(signal.SIGSTOP)
        time.sleep(self.rng.uniform(0, 0.1))
        child.send_signal(signal.SIGCONT)

    def fill(self, child):
        if not self.can_fill:
            return
        self.full = True
        filler = self.disk / "filler"
        toy.fill(filler)
        time.sleep(self.rng.uniform(0, 0.3))
        filler.unlink()

    def one_process(self):
        """Disturbs one process until it ends; returns (exit code, stderr)."""
        child = self.start()
        end = time.monotonic() + LIMIT
        while child.poll() is None:
            try:
                child.wait(timeout=self.rng.uniform(0.02, 0.3))
            except subprocess.TimeoutExpired:
                action = self.rng.choice(ACTIONS)
                self.counts[action] += 1
                getattr(self, action)(child)
            if time.monotonic() > end:
                child.kill()
                sys.exit("soak: a process hung")
        return child.returncode, child.stderr.read().decode(errors="replace")

    def one_run(self, reference):
        shutil.rmtree(self.run, ignore_errors=True)
        self.full, code = False, None
        while code != 0:
            code, said = self.one_process()
            allowed = {0, -signal.SIGKILL, 143} | ({6} if self.full else set())
            if code not in allowed:
                sys.exit(f"soak: exit {code}: {said}")
        wrong = toy.differences(reference, self.run)
        if self.full:  # files may be missing, but not wrong
            wrong = [w for w in wrong if "checkpoint" in w]
            known = toy.rows(reference)
            wrong += [] if all(row in known for row in toy.rows(self.run)) else ["unknown rows"]
        if wrong or toy.temporaries(self.run):
            sys.exit("soak: " + "; ".join(wrong or ["temporary files remain"]))

    def sample(self, child):
        """(descriptors, pages) of a process, or None after its end."""
        try:
            files = len(os.listdir(f"/proc/{child.pid}/fd"))
            return files, int(pathlib.Path(f"/proc/{child.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return None

    def growth(self, seconds):
        """Runs one process for this time; returns (fewest descriptors, most memory in MiB), which must not grow."""
        child = subprocess.Popen(
            [toy.GANTRAIN, *ENDLESS, "--out", "undisturbed"],
            cwd=self.workdir,
            env=toy.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seen, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.02)
            seen.append(self.sample(child) if child.poll() is None else None)
        child.kill()
        child.wait()
        shutil.rmtree(self.workdir / "undisturbed")
        if None in seen:
            sys.exit("soak: the undisturbed process ended")
        third = len(seen) // 3
        first, last = seen[third : 2 * third], seen[-third:]
        files, more_files = (min(files for files, _ in part) for part in (first, last))  # between saves
        pages, more_pages = (max(pages for _, pages in part) for part in (first, last))
        if more_files > files or more_pages > pages + PAGES:
            sys.exit(f"soak: {files} descriptors became {more_files}, {pages} pages {more_pages}")
        return more_files, more_pages / PAGES


def main():
    a = toy.parse(__doc__, minutes=(0, "duration; default a quarter, with --long 60"), seed=(1, "of the disturbances"))
    seconds = 60 * a.minutes if a.minutes else 3600 if a.long else 12
    enter_mount_namespace()
    began = time.monotonic()
    with toy.temporary_workdir() as workdir:
        soak = Soak(workdir, a.seed)
        result = toy.run([*RUN, "--out", "reference"], workdir)
        if result.code != 0:
            sys.exit(f"soak: the undisturbed run: exit {result.code}: {result.err}")
        try:
            files, memory = soak.growth(seconds / 4)
            runs = 0
            while runs == 0 or time.monotonic() - began < seconds:
                soak.one_run(workdir / "reference")
                runs += 1
        finally:
            if soak.can_fill:
                toy.run([soak.disk], "/", program=["umount"])
    what = ", ".join(f"{n} {name}" for name, n in soak.counts.items() if name != "fill" or soak.can_fill)
    without = "" if soak.can_fill else "; full disk skipped: mounts are not allowed"
    without += "" if soak.clock else "; clock changes skipped: no libfaketime"
    print(
        f"soak: {runs} runs with {what}, 0 differences; undisturbed: {files} descriptors, {memory:.1f} MiB, "
        f"not growing; {time.monotonic() - began:.0f} s{without}"
    )


if __name__ == "__main__":
    main()
