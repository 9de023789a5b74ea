#!/usr/bin/env python3
"""Checks the hardening options of compiler and linker in the program's ELF file with readelf.

The program: position-independent, no executable stack, no segment both writable and executable, full RELRO, code in
separate pages, stack protector, fortified memory functions (not in a debug build), no path of the build machine, no
search path for libraries. The library: every object supports indirect-branch tracking and shadow stacks.
"""

import pathlib
import platform
import re
import shutil
import subprocess
import sys

import toy


def readelf(*options):
    done = subprocess.run(["readelf", "--wide", *options], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def cache():
    """The CMake cache of the program's build."""
    path = pathlib.Path(toy.GANTRAIN).parent / "CMakeCache.txt"
    return path.read_text() if path.exists() else ""


def segments(program):
    """(type, flags) of every program header."""
    found = []
    for line in readelf("--program-headers", program).splitlines():
        row = re.match(r" {2}(\w+) +0x\w+ 0x\w+ 0x\w+ 0x\w+ 0x\w+ ([RWE ]{3})", line)
        if row:
            found.append((row[1], row[2].replace(" ", "")))
    return found


def program_faults(program, fortified):
    parts = segments(program)
    dynamic = readelf("--dynamic", program)
    names = readelf("--dyn-syms", program)
    loads = [flags for kind, flags in parts if kind == "LOAD"]
    checks = {
        "position-independent (PIE)": "DYN (Position-Independent" in readelf("--file-header", program),
        "non-executable stack": ("GNU_STACK", "RW") in parts,
        "no segment both writable and executable": loads and not any("W" in f and "E" in f for f in loads),
        "code separate from constants (separate-code)": loads.count("RE") == 1 and loads.count("R") >= 2,
        "read-only tables (RELRO)": any(kind == "GNU_RELRO" for kind, _ in parts),
        "immediate binding (BIND_NOW)": "BIND_NOW" in dynamic and re.search(r"FLAGS_1.*\bNOW\b", dynamic),
        "no search path for libraries": not re.search(r"\((RPATH|RUNPATH)\)", dynamic),
        "no text relocations": "TEXTREL" not in dynamic,
        "stack protector": "__stack_chk_fail" in names,
        "fortified memory functions (FORTIFY_SOURCE)": not fortified or "_chk@" in names.replace("__stack_chk", ""),
        "no path of the build machine": str(toy.ROOT).encode() not in pathlib.Path(program).read_bytes(),
    }
    return list(checks), [what for what, holds in checks.items() if not holds]


def library_faults(library):
    """Objects without support for control-flow enforcement."""
    notes = readelf("--notes", library)
    objects = notes.split("\nFile: ")[1:]
    return [o.splitlines()[0] for o in objects if "IBT, SHSTK" not in o and "GNU" in o], len(objects)


def main():
    toy.parse(__doc__)
    if not shutil.which("readelf"):
        toy.skip("readelf is missing (apt-get install binutils)")
    options = cache()
    if re.search(r"GANTRAIN_SANITIZE:STRING=.", options) or "GANTRAIN_COVERAGE:BOOL=ON" in options:
        toy.skip("a build with sanitizers or coverage is not hardened")
    fortified = "CMAKE_BUILD_TYPE:STRING=Debug" not in options
    known, faults = program_faults(toy.GANTRAIN, fortified)
    library = pathlib.Path(toy.GANTRAIN).parent / "libgantrain_core.a"
    objects = 0
    if library.exists() and platform.machine() == "x86_64":
        unready, objects = library_faults(library)
        faults += [f"{o}: control-flow protection" for o in unready]
        if objects == 0:
            faults.append("objects in the library")
    if faults:
        sys.exit("hardening: missing: " + "; ".join(faults))
    print(f"hardening: {len(known)} properties of the program, {objects} objects with control-flow protection")


if __name__ == "__main__":
    main()
