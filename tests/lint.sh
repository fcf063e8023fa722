#!/usr/bin/env bash
# Style and static checks: clang-format over everything, clang-tidy over src/, no file over 500 lines. Needs a configured build/release.
# clang-tidy's verdict is cached by the content of what it depends on: only changed files are checked again.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(git ls-files 'src/*.cpp' 'src/*.hpp' 'tests/*.cpp' 'tests/*.hpp')
clang-format --dry-run --Werror "${sources[@]}"

too_long=$(git ls-files 'src/*' 'tests/*.cpp' 'tests/*.hpp' 'tests/*.py' 'tests/*.sh' 'analysis/*' 'models/*.py' | xargs wc -l | awk '$2 != "total" && $1 > 500 {print $2 ": " $1 " lines"}')
if [[ -n "$too_long" ]]; then
  printf 'files over 500 lines:\n%s\n' "$too_long"
  exit 1
fi

# `.clang-tidy` and every header take part in the key: a change in a header checks all files again.
cache=.cache/clang-tidy
mkdir -p "$cache"
headers=$(cat .clang-tidy $(git ls-files 'src/*.hpp') | sha256sum | cut -d' ' -f1)
check() {
  local key
  key=$(printf '%s' "$2" | cat - "$1" | sha256sum | cut -d' ' -f1)
  [[ -f "$3/$key" ]] && return 0
  clang-tidy -p build/release --quiet "$1" 2> /dev/null && touch "$3/$key"
}
export -f check
git ls-files 'src/*.cpp' | xargs -P "$(nproc)" -I{} bash -c 'check "$@"' _ {} "$headers" "$cache"
echo 'lint: clean'
