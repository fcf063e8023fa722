#!/usr/bin/env bash
# setup/try_libtorch.sh VERSION [TARGET ...]: builds the program and its unit tests against another LibTorch, the wheel torch==VERSION of the registry, and runs
# these tests. Builds only the targets, and runs nothing, where some are named. The wheel lies in .deps/libtorch-VERSION, the build in build/libtorch-VERSION.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$1
shift
wheel=.deps/libtorch-$version
build=build/libtorch-$version
if [[ ! -e $wheel/.complete ]]; then
  printf 'try_libtorch: installing %s, about 1.5 GB\n' "$wheel"
  rm -rf "$wheel"
  # libtorch_cpu.so of a wheel for GPUs needs these two of CUDA's libraries, of any version 13.
  python3 -m pip install -q --no-deps --no-warn-script-location --root-user-action=ignore --target "$wheel" "torch==$version" 'nvidia-cuda-runtime>=13,<14' \
    'nvidia-cuda-cupti>=13,<14'
  touch "$wheel/.complete"
fi
cmake --preset release -B "$build" -DSIGHTLINE_LIBTORCH="$PWD/$wheel/torch" -DSIGHTLINE_BENCHMARKS=OFF > "build-libtorch-$version.log" || {
  cat "build-libtorch-$version.log"
  exit 1
}
rm -f "build-libtorch-$version.log"
if (($#)); then
  cmake --build "$build" --target "$@"
else
  cmake --build "$build" --target sightline sightline_unit_tests sightline_device_tests
  ctest --test-dir "$build" --output-on-failure -R '^unit(_device)?$'
fi
