
# The functions below read the tables above, which sightline_manual writes: the variable _sightline_commands; the functions _sightline_options and
# _sightline_positionals, which take a command; and the function _sightline_value, which takes an option and prints the kind of its values: "words A B"
# (one of these words), "list A B" (a comma separated list of them), "folder", "file", or "text" (no completion).

_sightline_files() { # WORD [EXTENSION ...]: folders, and files with these extensions
  local word=$1 extension
  shift
  compopt -o filenames 2> /dev/null
  mapfile -t COMPREPLY < <(
    compgen -d -- "$word"
    for extension in "$@"; do
      compgen -f -X "!*.$extension" -- "$word"
    done
  )
}

_sightline_option_names() { # WORD COMMAND
  local names name found=()
  names="$(_sightline_options "$2") --help"
  mapfile -t COMPREPLY < <(compgen -W "$names" -- "$1")
  if ((${#COMPREPLY[@]} == 0)); then # --linkage completes to --cluster.linkage if no other option contains it
    for name in $names; do
      if [[ $name == --*."${1#--}"* ]]; then
        found+=("$name")
      fi
    done
    if ((${#found[@]} == 1)); then
      COMPREPLY=("${found[@]}")
    fi
  fi
}

_sightline() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} kind words extensions
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$_sightline_commands --help --version" -- "$word")
    return
  fi
  if [[ $word == = ]]; then # --device=cpu is three words
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $word == -* ]]; then
    _sightline_option_names "$word" "$command"
    return
  fi
  read -r kind words <<< "$(_sightline_value "$before")"
  case $kind in
    words) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word") ;;
    list) mapfile -t COMPREPLY < <(compgen -P "${word%"${word##*,}"}" -W "$words" -- "${word##*,}") ;;
    folder) _sightline_files "$word" ;;
    file)
      compopt -o filenames 2> /dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    text) ;;
    *)
      read -ra extensions <<< "$(_sightline_positionals "$command")"
      _sightline_files "$word" "${extensions[@]}"
      ;;
  esac
}

complete -F _sightline sightline
