#!/usr/bin/env bash
# Fuzzes every reader of foreign files: libFuzzer with the sanitizers for the program's (drivers.cpp), atheris for those in Python (python_readers.py).
# Each begins with the files in seeds/, and what it finds lies in fuzz-findings/. Ends with 1 if there is any.
#
# `store_bytes` runs only where it is named: what it finds are HDF5's own faults, before which store/read_guard.hpp stands in the program.
#
#   tests/fuzz/run.sh                             20 s for each driver from one fixed seed, as in CI: a change is not to fail by chance
#   tests/fuzz/run.sh --minutes 10 [DRIVER ...]   longer, from a new seed each time, or only these drivers
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=20
seed=1
if [[ "${1:-}" == --minutes ]]; then
  seconds=$((60 * $2))
  seed=$RANDOM
  shift 2
fi
drivers=("$@")
((${#drivers[@]})) || drivers=(archive_index class_csv image_csv job_file matrix_csv mosaics_csv picture safetensors store tar pytorch python_store)

findings=$PWD/fuzz-findings
mkdir -p "$findings"

# fuzz DRIVER: one line with the number of executions, and the output of libFuzzer where it found something.
fuzz() {
  local driver=$1 work log program=(build/asan/tests/sightline_fuzzers)
  case $driver in pytorch | python_store) program=(.deps/python/bin/python tests/fuzz/python_readers.py "$driver") ;; esac
  work=$(mktemp -d)
  log=$work/log
  mkdir "$work/new"
  local seeds=()
  [[ -d tests/fuzz/seeds/$driver ]] && seeds=("tests/fuzz/seeds/$driver")
  if TMPDIR=/dev/shm SIGHTLINE_FUZZ_DRIVER=$driver OMP_NUM_THREADS=1 PYTHONPATH=.deps/test-python ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
    "${program[@]}" -seed="$seed" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2500 -malloc_limit_mb=1000 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$findings/$driver-" "$work/new" "${seeds[@]}" > "$log" 2>&1; then
    printf 'fuzz: %-14s %9s executions, nothing found\n' "$driver" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    grep -v '^sightline: ' "$log" | tail -40
    printf 'fuzz: %s: see above, and %s\n' "$driver" "$findings"
    touch "$findings/failed"
  fi
  rm -rf "$work"
}
export -f fuzz
export seconds seed findings

rm -f "$findings/failed"
printf '%s\n' "${drivers[@]}" | xargs -P "$((2 * $(nproc)))" -I{} bash -c 'fuzz {}'
[[ ! -e $findings/failed ]]
