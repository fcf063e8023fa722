#!/usr/bin/env bash
# tests/benchmarks/run.sh zoo|attribution|shapley|lime_error|scaling|similarity|input|million|compare|calibration|train|focus|plan|resume [options of NAME.py]
# Builds the benchmark and, once, a Python environment with the peers on the same torch wheel in .deps/peers. The peers need the CUDA 13 toolkit's libraries to
# import torch (no GPU is used); without a toolkit: pip install torch in full into .deps/peers.
set -euo pipefail
cd "$(dirname "$0")/../.."

name=${1:-}
if [[ $name == calibration ]]; then  # a simulation, in C++ alone
  setup/build.sh release calibration_benchmark
  exec build/release/tests/calibration_benchmark "${@:2}"
fi
if [[ ! -f tests/benchmarks/$name.py ]]; then
  echo "tests/benchmarks/run.sh zoo|attribution|shapley|lime_error|scaling|similarity|input|million|compare|calibration|train|focus|plan|resume [options; --help lists them]" >&2
  exit 2
fi
shift
if [[ $name =~ ^(million|compare|train|focus|plan|resume)$ ]]; then  # through the program itself
  program=sightline
  setup/build.sh release sightline
else
  program=tests/${name}_benchmark
  setup/build.sh release sightline "${name}_benchmark"
fi
if [[ $name =~ ^(million|compare|plan|resume)$ ]]; then  # no peer takes part
  exec .deps/python/bin/python "tests/benchmarks/$name.py" --program "build/release/$program" "$@"
fi
peers=.deps/peers
wanted=$(cat tests/benchmarks/peers*.txt | sha256sum | cut -d' ' -f1)
if [[ $(cat "$peers/.complete" 2> /dev/null) != "$wanted" ]]; then
  python3 -m venv "$peers"
  "$peers/bin/pip" install -q --require-hashes --no-deps -r tests/benchmarks/peers.txt
  "$peers/bin/pip" install -q --require-hashes -r tests/benchmarks/peers-dependencies.txt
  echo "$wanted" > "$peers/.complete"
fi
exec "$peers/bin/python" -W ignore "tests/benchmarks/$name.py" --program "build/release/$program" "$@"
