#!/usr/bin/env bash
# Make the presets of scripts/presets.json known to CMake (release, asan, tsan, double, fuzz, fuzz-fast,
# coverage), by a CMakeUserPresets.json at the top that includes them. Git ignores that file.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -e CMakeUserPresets.json ] ||
    printf '{ "version": 6, "include": ["scripts/presets.json"] }\n' >CMakeUserPresets.json
