#!/usr/bin/env bash
# gpu/device_check.sh [--dry] [--parts parity,speed ...] [--results FILE]: what only a GPU can tell, see device_check.py, which explains all options. Run it
# from the unpacked bundle (tests/gpu/bundle.sh); it needs Python with torch, h5py and numpy.
set -euo pipefail
exec "${PYTHON:-python3}" "$(dirname "$(readlink -f "$0")")/device_check.py" "$@"
