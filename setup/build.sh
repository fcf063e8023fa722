#!/usr/bin/env bash
# setup/build.sh PRESET [TARGET ...]: configures once and builds, saying how far it is: one line that changes in a terminal, else a line every
# 30 s or 10 %. Warnings and errors are printed in full.
set -euo pipefail
cd "$(dirname "$0")/.."

duration() { if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min' $((($1 + 30) / 60)); fi; }

# Reads ninja's output. A step that has ended is the line "progress FINISHED TOTAL ...", see NINJA_STATUS below.
show_progress() {
  local preset=$1 line finished=0 total=0 percent said_percent=0 said_at=0 elapsed status
  SECONDS=0
  while IFS= read -r line; do
    if [[ $line != progress\ * ]]; then
      [[ -t 1 ]] && printf '\r\033[K'
      [[ $line == 'ninja: no work to do.' ]] || printf '%s\n' "$line"
      continue
    fi
    read -r _ finished total _ <<< "$line"
    elapsed=$SECONDS
    percent=$((100 * finished / total))
    status="build: $preset: step $finished of $total, $percent %, $(duration "$elapsed") so far"
    if ((finished > 0)); then
      status+=", about $(duration $((elapsed * (total - finished) / finished))) left"
    fi
    if [[ -t 1 ]]; then
      printf '\r\033[K%s' "$status"
    elif ((elapsed - said_at >= 30 || (elapsed >= 5 && percent >= said_percent + 10))); then
      printf '%s\n' "$status"
      said_at=$elapsed
      said_percent=$percent
    fi
  done
  [[ -t 1 ]] && printf '\r\033[K'
  if ((finished == total && SECONDS >= 5)); then
    printf 'build: %s: done in %s\n' "$preset" "$(duration "$SECONDS")"
  fi
}

preset=$1
shift
if [[ ! -f build/$preset/build.ninja ]]; then
  printf 'build: %s: configuring\n' "$preset"
  cmake --preset "$preset" > "build-$preset.log" || { cat "build-$preset.log"; exit 1; }
  rm -f "build-$preset.log"
fi
targets=()
for target in "$@"; do
  targets+=(--target "$target")
done
NINJA_STATUS='progress %f %t ' cmake --build "build/$preset" "${targets[@]}" | show_progress "$preset"
