#!/usr/bin/env bash
# Write a CMakeUserPresets.json (ignored by git) that includes the presets of scripts/presets.json: release,
# asan, tsan, double, fuzz, fuzz-fast, coverage.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -e CMakeUserPresets.json ] ||
    printf '{ "version": 6, "include": ["scripts/presets.json"] }\n' >CMakeUserPresets.json
