#!/usr/bin/env bash
# Kills and I/O faults for ATTUNE_SOAK_SECONDS, seeded by ATTUNE_SOAK_SEED; see script/soak. The shim
# needs a build without sanitizers, so this one makes the release build.
set -euo pipefail
cd "$(dirname "$0")/../.."
{ cmake --preset release && cmake --build --preset release --target attune_cli io_fault kill_fault fault_shim; } >/dev/null
program=$PWD/build/release/bin/attune
shim=$(find "$PWD/build/release/tests/faults" -name '*fault_shim.so' | head -n 1)
seconds=${ATTUNE_SOAK_SECONDS:-600} start=$SECONDS
build/release/bin/io_fault "$program" "$shim" 1
build/release/bin/kill_fault "$program" "$shim" 0
left=$((seconds - (SECONDS - start)))
build/release/bin/kill_fault "$program" "$shim" 600 "${ATTUNE_SOAK_SEED:-1}" $((left > 0 ? left : 0))
