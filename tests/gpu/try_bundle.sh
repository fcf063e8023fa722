#!/usr/bin/env bash
# tests/gpu/try_bundle.sh [VERSION]: unpacks the bundle of tests/gpu/bundle.sh in a chroot of Debian 12 that has nothing but Python with numpy, h5py and the
# wheel torch==VERSION (2.11.0), and runs device_check.sh --dry and the device tests there. Needs root and debootstrap; the chroot stays in build/bare.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=${1:-2.11.0}
bare=build/bare
if [[ ! -e $bare/.complete ]]; then
  rm -rf "$bare"
  debootstrap --variant=minbase --include=python3-minimal,python3-numpy,python3-h5py bookworm "$bare" > /dev/null
  touch "$bare/.complete"
fi
rm -rf "$bare/opt"
mkdir -p "$bare/opt/site"
cp -al ".deps/libtorch-$version/torch" ".deps/libtorch-$version/nvidia" "$bare/opt/site/" # hard links: 1.5 GB
tar -C "$bare/opt" --zstd -xf build/sightline-gpu.tar.zst
chroot "$bare" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root PYTHONPATH=/opt/site TMPDIR=/tmp OMP_NUM_THREADS=1 bash -euc '
  mount -t proc proc /proc 2> /dev/null || true
  trap "umount /proc 2> /dev/null || true" EXIT
  cd /opt
  sightline-gpu/gpu/run.sh sightline --version
  sightline-gpu/gpu/run.sh sightline_device_tests --gtest_brief=1 --gtest_filter="LockedDevice.*" | tail -3
  sightline-gpu/gpu/device_check.sh --dry'
