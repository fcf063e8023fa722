#!/usr/bin/env bash
# tests/gpu/bundle.sh [VERSION [FILE]]: makes one archive, build/sightline-gpu.tar.zst, of the program built against LibTorch VERSION (2.11.0), which runs on a
# bare x86-64 Linux (glibc 2.36 or newer) that has nothing but Python with that torch: the program, a start without mpirun, all shared libraries but LibTorch's
# and the C library's, Open MPI's plugins for one node, and tests/gpu/device_check.sh. Needs Debian's patchelf and zstd. tests/gpu/try_bundle.sh tries it.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=${1:-2.11.0}
file=$PWD/${2:-build/sightline-gpu.tar.zst}
build=build/libtorch-$version
for tool in patchelf zstd; do
  command -v "$tool" > /dev/null || { printf 'bundle: %s is missing; Debian: apt-get install %s\n' "$tool" "$tool" >&2; exit 1; }
done
setup/try_libtorch.sh "$version" sightline sightline_device_tests sightline_manual_files > "$build.log" 2>&1 || { tail -30 "$build.log" >&2; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
tree=$root/sightline-gpu
cmake --install "$build" --prefix "$tree" --strip > /dev/null
install -s "$build/tests/sightline_device_tests" "$tree/bin/"
mkdir -p "$tree/lib/openmpi" "$tree/share/openmpi" "$tree/gpu"

# What the target has: the C library and what comes with every compiler. LibTorch's own libraries are its Python package's.
of_the_system='^(ld-linux.*|libc|libm|libdl|librt|libpthread|libutil|libresolv|libstdc\+\+|libgcc_s)\.so'
of_libtorch='^(libtorch.*|libc10.*|libcud.*|libcupti|libshm)\.so'
copy_needed() {  # FILE ...: the libraries that these need, those of libraries too
  ldd "$@" | awk '/=> \//{print $3}' | sort -u | while read -r library; do
    name=$(basename "$library")
    if ! grep -qE "$of_the_system|$of_libtorch" <<< "$name"; then cp -nL "$library" "$tree/lib/$name"; fi
  done
}
copy_needed "$build/sightline" "$build/tests/sightline_device_tests"

# Plugins for processes of one node; those for fast networks would bring the networks' libraries along.
plugins=$(ompi_info --path pkglibdir --parsable | cut -d: -f3)
for plugin in "$plugins"/mca_*.so; do
  case $(basename "$plugin") in
    *ofi* | *ucx* | *uct* | *psm* | *usnic* | *openib* | *verbs* | *spml* | *scoll* | *sshmem* | *memheap* | *atomic_* | *munge*) ;;
    *)
      cp "$plugin" "$tree/lib/openmpi/"
      copy_needed "$plugin"
      ;;
  esac
done
cp "$(ompi_info --path pkgdatadir --parsable | cut -d: -f3)"/help-*.txt "$tree/share/openmpi/"
find "$tree/lib" -name '*.so*' -exec strip --strip-unneeded {} + 2> /dev/null
# Every library finds the others beside it, also where its distributor gave it a path of its own.
patchelf --force-rpath --set-rpath '$ORIGIN/../lib' "$tree"/bin/sightline "$tree"/bin/sightline_device_tests
find "$tree/lib" -maxdepth 1 -name '*.so*' -exec patchelf --force-rpath --set-rpath '$ORIGIN' {} \;
find "$tree/lib/openmpi" -name '*.so' -exec patchelf --force-rpath --set-rpath '$ORIGIN/..' {} \;

cp tests/gpu/run.sh tests/gpu/device_check.sh tests/gpu/device_check.py "$tree/gpu/"
rm -rf "$tree/share/man" "$tree/share/bash-completion"
mkdir "$tree/gpu/photos"
cp tests/fixtures/images/{rgb,progressive,grey,cmyk}.jpg "$tree/gpu/photos/"
if [[ -d ../shared/data/imagenet-sample ]]; then
  find ../shared/data/imagenet-sample -name '*.jp*g' -o -name '*.JPEG' | sort | sed -n 1,64p | xargs -I{} cp {} "$tree/gpu/photos/"
fi
tar -C "$root" -c sightline-gpu | zstd -19 -T0 -q -f -o "$file"
printf 'bundle: %s, %s MiB, %s libraries\n' "$file" "$(($(stat -c %s "$file") / 1048576))" "$(find "$tree/lib" -maxdepth 1 -name '*.so*' | wc -l)"
