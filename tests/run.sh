#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test that can run here: lint, unit (also under sanitizers, and fuzzers), mpi, faults, slurm, report, and
# reference when the shared folder is there. Arguments go to ctest: tests/run.sh -L unit
set -euo pipefail
cd "$(dirname "$0")/.."

setup/setup.sh --tests
setup/build.sh release
if (($# == 0)); then
  setup/build.sh asan sightline_unit_tests sightline_fuzzers
  ctest --preset asan --parallel 4 & # unit tests and fuzzers at the same time, beside clang-tidy
  sanitized=$!
  tests/lint.sh
  wait "$sanitized"
  models/fetch_demo_weights.sh
  jobs/fetch_demo_photos.sh
fi
# Slots for one test more than cores, since each waits now and then: a test takes two, or one where it mostly waits (tests/CMakeLists.txt).
ctest --preset all --parallel "$((2 * $(nproc) + 2))" "$@"
