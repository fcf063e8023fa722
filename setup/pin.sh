#!/usr/bin/env bash
# Writes down exactly what is installed: for each list LIST.in, LIST.txt with all that the list needs, every release with the SHA-256 of its files; and beside
# each Debian package the version that is installed here, on which the tests were run. Needs a network and what setup/setup.sh --tests installs.
#
#   setup/pin.sh                after a change of a list: only what the change demands gets another version
#   setup/pin.sh --upgrade      also moves whatever a list leaves open to its newest release
set -euo pipefail
cd "$(dirname "$0")/.."

upgrade=("$@")
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install -q uv==0.13.9
export UV_CUSTOM_COMPILE_COMMAND=setup/pin.sh

# pin LIST PINNED [option of uv]: for the oldest Python that the packages support; later ones take the same releases.
pin() {
  "$tools/bin/uv" pip compile -q --generate-hashes --python-version 3.11 --python-platform linux "${upgrade[@]}" "${@:3}" "$1" -o "$2"
}

pin setup/requirements.in setup/requirements.txt
pin setup/requirements-tests.in setup/requirements-tests.txt --no-deps
pin setup/libtorch.in setup/libtorch.txt --no-deps
pin setup/libtorch.in setup/libtorch-gpu.txt
pin tests/benchmarks/peers.in tests/benchmarks/peers.txt --no-deps
pin tests/benchmarks/peers-dependencies.in tests/benchmarks/peers-dependencies.txt

# The same list again, with the versions that are installed.
with_versions() {
  local package rest
  while read -r package rest; do
    if [[ $package != '#' ]]; then
      rest=$(dpkg-query -W -f '${Version}' "$package")
    fi
    printf '%s %s\n' "$package" "$rest"
  done < "$1"
}

for list in setup/apt-packages.txt setup/apt-packages-tests.txt; do
  noted=$(with_versions "$list")
  printf '%s\n' "$noted" > "$list"
done
