#!/usr/bin/env bash
# setup/build.sh PRESET [TARGET ...]: configures once and builds.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
shift
if [[ ! -f build/$preset/build.ninja ]]; then
  cmake --preset "$preset" > "build-$preset.log" || { cat "build-$preset.log"; exit 1; }
  rm -f "build-$preset.log"
fi
targets=()
for target in "$@"; do
  targets+=(--target "$target")
done
cmake --build "build/$preset" "${targets[@]}" -- --quiet
