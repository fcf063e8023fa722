#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test that can run here: lint, unit (also under sanitizers, and fuzzers), mpi, faults, slurm, report, and
# reference when the shared folder is there. Arguments go to ctest: tests/run.sh -L unit
set -euo pipefail
cd "$(dirname "$0")/.."

setup/setup.sh --tests
setup/build.sh release
if (($# == 0)); then
  setup/build.sh asan sightline_unit_tests sightline_fuzzers
  ctest --preset asan --parallel 2 & # unit tests and fuzzers, beside clang-tidy
  sanitized=$!
  tests/lint.sh
  wait "$sanitized"
  models/fetch_demo_weights.sh
  jobs/fetch_demo_photos.sh
fi
# One test more than cores: a third of their time they wait, for a signal, for Slurm, for a rank that is killed.
ctest --preset all --parallel "$(($(nproc) + 1))" "$@"
