#!/usr/bin/env bash
# Proves the README's two commands on a machine that has nothing: a bare Debian 12 made by debootstrap, with this repository's HEAD cloned into it.
# Prints the minutes each command took. Needs root and debootstrap; takes a quarter of an hour and 6 GB below FOLDER. Not part of CI.
#
#   tests/fresh_machine.sh [FOLDER]          default: a new folder in /var/tmp, deleted at the end
set -euo pipefail
cd "$(dirname "$0")/.."

keep=$#
if ((keep)); then
  root=$1
else
  root=$(mktemp -d /var/tmp/sightline-fresh-XXXXXX)
fi
clean_up() {
  umount -l "$root/proc" "$root/dev" 2> /dev/null || true
  ((keep)) || rm -rf --one-file-system "$root"
}
trap clean_up EXIT

# The registries as this machine reaches them: apt's sources, pip's configuration, certificates, resolver.
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{sources,list} 2> /dev/null || true; } | grep -v "^#" | grep -oE "https?://[^ ]+" | head -1)
debootstrap --variant=minbase --include=ca-certificates,git bookworm "$root" "$mirror" > "$root.log" 2>&1 || { tail -5 "$root.log"; exit 1; }
rm -f "$root.log"
for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/trusted.gpg.d /etc/pip.conf /root/.config/pip /root/.pip \
  /etc/resolv.conf /etc/hosts "${PIP_CERT:-}" "${SSL_CERT_FILE:-}" "${PIP_FIND_LINKS:-}"; do
  if [[ -n "$path" && -e "$path" ]]; then
    mkdir -p "$root$(dirname "$path")"
    cp -aLT "$path" "$root$path"
  fi
done
mount --bind /proc "$root/proc"
mount --bind /dev "$root/dev"
git clone -q . "$root/root/sightline"

inside() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${network[@]}" bash -c "cd /root/sightline && $1"; }
mapfile -t network < <(env | grep -iE '^(PIP_|SSL_CERT|https?_proxy|no_proxy|REQUESTS_CA)' || true)

minutes() {
  local start end
  start=$(date +%s)
  inside "$2"
  end=$(date +%s)
  printf 'fresh machine: %s: %d min %d s\n' "$1" $(((end - start) / 60)) $(((end - start) % 60)) | tee -a "$times"
}
times=$(mktemp)
minutes 'jobs/quickstart.sh, first run' 'jobs/quickstart.sh'
minutes 'jobs/quickstart.sh, second run' 'jobs/quickstart.sh'
minutes 'tests/run.sh' 'tests/run.sh'
printf '\n'
cat "$times"
rm -f "$times"
