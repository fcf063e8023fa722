#!/usr/bin/env bash
# Installs whatever Sightline needs and this machine lacks: Debian packages, LibTorch from the PyPI wheel, a Python environment for the
# figures. Everything but the Debian packages goes to .deps/ in this folder. Running it again is quick and changes nothing.
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
  grep -hv '^#' "${package_lists[@]}" | while read -r package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
  done
}

install_packages() {
  command -v apt-get > /dev/null || { say 'no apt-get here: load the modules that README.md names'; return; }
  local missing
  mapfile -t missing < <(missing_packages)
  ((${#missing[@]})) || return 0
  local sudo=()
  ((EUID == 0)) || sudo=(sudo)
  say "installing ${#missing[@]} Debian packages"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

# install_into STAMP_SOURCE FOLDER COMMAND...: runs COMMAND unless FOLDER was made from this very STAMP_SOURCE
install_into() {
  local source=$1 folder=$2 stamp
  shift 2
  stamp=$(sha256sum "$source" | cut -d' ' -f1)
  [[ "$(cat "$folder/.stamp" 2>/dev/null)" == "$stamp" ]] && return
  say "installing $(basename "$folder") from $source"
  rm -rf "$folder"
  "$@"
  printf '%s' "$stamp" > "$folder/.stamp"
}

libtorch_from_wheel() {
  local pip=(python3 -m pip install -q --no-warn-script-location --root-user-action=ignore --target .deps/libtorch)
  if command -v nvidia-smi > /dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; then
    "${pip[@]}" "$(grep '^torch==' setup/libtorch.txt)"
  else
    "${pip[@]}" --no-deps -r setup/libtorch.txt
  fi
}

python_environment() {
  python3 -m venv .deps/python
  .deps/python/bin/pip install -q -r setup/requirements.txt
}

test_packages() {
  python3 -m pip install -q --no-deps --no-warn-script-location --root-user-action=ignore --target .deps/test-python -r setup/requirements-tests.txt
}

install_packages
if [[ -z "${SIGHTLINE_LIBTORCH:-}" ]]; then
  install_into setup/libtorch.txt .deps/libtorch libtorch_from_wheel
fi
install_into setup/requirements.txt .deps/python python_environment
if [[ "${1:-}" == --tests ]]; then
  install_into setup/requirements-tests.txt .deps/test-python test_packages
fi
