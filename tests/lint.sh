#!/usr/bin/env bash
# Style and static checks, the same in CI (tests/run.sh) and before a commit (.pre-commit-config.yaml):
#
#   tests/lint.sh                    every check over every tracked file
#   tests/lint.sh CHECK [FILE ...]   one check, over all tracked files or over these; a check takes only those that are its business
#
#   whitespace   no blanks at the end of a line, one newline at the end of a file, no conflict markers
#   length       no source file over 500 lines
#   layers       a folder of src/ includes only what its line in src/CMakeLists.txt links (takes no files)
#   format       clang-format has nothing to change
#   tidy         clang-tidy finds nothing in src/; needs setup/setup.sh --tests. Its verdict is cached by the content of what it depends on.
set -euo pipefail
cd "$(dirname "$0")/.."

# chosen REGEX: those of $files whose path matches, one a line; nothing is not an error.
chosen() { printf '%s\n' "${files[@]}" | grep -E "$1" || true; }

check_whitespace() {
  local text file bad=0
  git diff --check "$(git hash-object -t tree /dev/null)" -- "${files[@]}" | cut -c 1-160 || bad=1
  mapfile -t text < <(grep -lI '' "${files[@]}" | grep -v '^tests/fuzz/seeds/')
  for file in "${text[@]}"; do
    if [[ -n "$(tail -c 1 "$file")" ]]; then
      printf '%s: no newline at the end of the file\n' "$file"
      bad=1
    fi
  done
  return "$bad"
}

check_length() {
  chosen '^(src|analysis)/|^tests/.*\.(cpp|hpp|py|sh)$|^models/.*\.py$' | xargs -r wc -l |
    awk '$2 != "total" && $1 > 500 {print $2 ": " $1 " lines, more than 500"; bad = 1} END {exit bad}'
}

check_layers() { python3 tests/layers.py; }

check_format() { chosen '^(src|tests)/.*\.(cpp|hpp)$' | xargs -r clang-format --dry-run --Werror; }

tidy_one() {  # UNIT KEY_OF_HEADERS CACHE
  local key
  key=$(cat "$1" $(sed -n 's/^#include "\(.*\.cpp\)"$/\1/p' "$1") <(printf '%s' "$2") | sha256sum | cut -d' ' -f1)
  [[ -f "$3/$key" ]] && return 0
  "$clang_tidy" -p "$3" --quiet --checks=-bugprone-suspicious-include "$1" 2> /dev/null && touch "$3/$key"
}
export -f tidy_one
export clang_tidy=.deps/test-python/clang_tidy/data/bin/clang-tidy

# Most of the time goes into LibTorch's headers, so files are checked together as build/asan compiles them: a unit is a file, or one that includes several.
check_tidy() {
  local cache=.cache/clang-tidy headers wanted unit
  mkdir -p "$cache"
  [[ -f build/asan/compile_commands.json ]] || cmake --preset asan > /dev/null
  cmake --build build/asan --target sightline_revision > /dev/null
  # clang cannot read GCC's precompiled header and does not know some of its options: the same commands without them.
  sed -E 's/ -Winvalid-pch -include [^ ]+cmake_pch\.hxx//; s/ -fpch-preprocess//; s/ -(W|fsanitize|fno-sanitize)[^ ]*//g' \
    build/asan/compile_commands.json > "$cache/compile_commands.json"
  # The tool, `.clang-tidy`, every header and every list (.def) take part in the key: a change in one of them checks all files again.
  headers=$(cat .clang-tidy setup/requirements-tests.txt $(git ls-files 'src/*.hpp' 'src/*.def') | sha256sum | cut -d' ' -f1)
  wanted=$(chosen '^src/.*\.cpp$' | sed "s|^|$PWD/|")
  [[ -n "$wanted" ]] || return 0
  sed -nE 's/^ *"file": "(.*)",?$/\1/p' "$cache/compile_commands.json" | grep -E "^$PWD/(build/asan/)?src/" | while read -r unit; do
    if grep -qxF "$unit" <<< "$wanted" || grep -qF "$wanted" "$unit"; then printf '%s\n' "$unit"; fi
  done | xargs -r -P "$(nproc)" -I{} bash -c 'tidy_one "$@"' _ {} "$headers" "$cache"
}

checks=(whitespace length layers format tidy)
if (($#)); then
  checks=("$1")
  shift
fi
files=("$@")
if ((${#files[@]} == 0)); then
  mapfile -t files < <(git ls-files)
fi
for check in "${checks[@]}"; do
  if [[ "$(type -t "check_$check")" != function ]]; then
    printf 'lint: there is no check %s; see the head of tests/lint.sh\n' "$check"
    exit 2
  fi
  "check_$check" || { printf 'lint: %s: see above\n' "$check"; exit 1; }
done
echo 'lint: clean'
