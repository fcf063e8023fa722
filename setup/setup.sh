#!/usr/bin/env bash
# Installs whatever Sightline needs and this machine lacks: Debian packages, LibTorch from the PyPI wheel, a Python environment for the
# figures. Everything but the Debian packages goes to .deps/ in this folder. Running it again is quick and changes nothing. pip takes a file only when it
# has one of the SHA-256 that the lists name (--require-hashes); setup/pin.sh writes those lists.
#
#   setup/setup.sh              what building and running needs
#   setup/setup.sh --tests      also what the tests need
#
# SIGHTLINE_LIBTORCH=/path/to/libtorch skips the wheel. On a machine with an NVIDIA GPU the wheel's CUDA libraries are fetched as well.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }

package_lists=(setup/apt-packages.txt)
if [[ "${1:-}" == --tests ]]; then
  package_lists+=(setup/apt-packages-tests.txt)
fi

missing_packages() {
  grep -hv '^#' "${package_lists[@]}" | while read -r package _; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
  done
}

install_packages() {
  command -v apt-get > /dev/null || { say 'no apt-get here: load the modules that slurm/README.md names'; return; }
  local missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  local sudo=()
  ((EUID == 0)) || sudo=(sudo)
  say "installing ${#missing[@]} Debian packages and what they need: ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" |
    sed -un 's/^Need to get \(.*\) of archives.*/setup: downloading \1/p; s/^After this operation, \(.*\) of additional.*/setup: unpacked that is \1/p'
}

# install_into STAMP_SOURCE FOLDER SIZE COMMAND...: runs COMMAND unless FOLDER was made from this very STAMP_SOURCE; SIZE is what it takes on the disk
install_into() {
  local source=$1 folder=$2 size=$3 stamp
  shift 3
  stamp=$(sha256sum "$source" | cut -d' ' -f1)
  [[ "$(cat "$folder/.stamp" 2>/dev/null)" == "$stamp" ]] && return
  say "installing $folder from $source, about $size"
  rm -rf "$folder"
  "$@"
  printf '%s' "$stamp" > "$folder/.stamp"
}

has_gpu() { command -v nvidia-smi > /dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; }

libtorch_from_wheel() {
  # The wheel's Python is not used, so it is not compiled.
  local pip=(python3 -m pip install -q --require-hashes --no-compile --no-warn-script-location --root-user-action=ignore --target .deps/libtorch)
  if has_gpu; then
    "${pip[@]}" -r setup/libtorch-gpu.txt
  else
    "${pip[@]}" --no-deps -r setup/libtorch.txt
  fi
}

python_environment() {
  python3 -m venv .deps/python
  .deps/python/bin/pip install -q --require-hashes -r setup/requirements.txt
}

test_packages() {
  python3 -m pip install -q --require-hashes --no-deps --no-warn-script-location --root-user-action=ignore --target .deps/test-python \
    -r setup/requirements-tests.txt
}

install_packages
installations=() # several at the same time: each waits for the network, then for the disk
if [[ -z "${SIGHTLINE_LIBTORCH:-}" ]]; then
  install_into setup/libtorch.txt .deps/libtorch "$(has_gpu && echo '5.3 GB' || echo '1.3 GB')" libtorch_from_wheel &
  installations+=($!)
fi
install_into setup/requirements.txt .deps/python '480 MB' python_environment &
installations+=($!)
if [[ "${1:-}" == --tests ]]; then
  install_into setup/requirements-tests.txt .deps/test-python '280 MB' test_packages &
  installations+=($!)
fi
failed=0
for installation in "${installations[@]}"; do
  wait "$installation" || failed=1
done
if ((failed)); then
  say 'failed: see the message above; running it again goes on with what is missing'
  exit 1
fi
