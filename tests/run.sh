#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test that can run here: lint, unit (also under sanitizers), mpi, faults, slurm, report, and
# reference when the shared folder is there. Arguments go to ctest: tests/run.sh -L unit
set -euo pipefail
cd "$(dirname "$0")/.."

setup/setup.sh --tests
setup/build.sh release
if ((EUID == 0)); then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
if (($# == 0)); then
  setup/build.sh asan sightline_unit_tests
  ctest --test-dir build/asan -L unit --output-on-failure --no-tests=error & # on one core
  sanitized=$!
  tests/lint.sh
  wait "$sanitized"
  models/fetch_demo_weights.sh
  jobs/fetch_demo_photos.sh
fi
ctest --test-dir build/release --parallel "$(nproc)" --output-on-failure --no-tests=error "$@"
