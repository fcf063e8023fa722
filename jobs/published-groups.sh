#!/usr/bin/env bash
# Do CNNs and transformers look at different things? Tests every matrix that the comparison study published (github.com/mstaczek/cnn-vs-transformers-msc-thesis,
# folder results/), and prints one line for each: PERMANOVA's R2, the R2 by chance, and p, exact over all 2002 groups of 9 and 5 models; ANOSIM's R and p.
#   jobs/published-groups.sh FOLDER [OUTPUT]     FOLDER: with a folder of CSV files per experiment; OUTPUT: where the tables go (runs/published-groups)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"
if (($# == 0)) || [[ ! -d $1 ]]; then
  echo "usage: jobs/published-groups.sh FOLDER [OUTPUT]     FOLDER: results/ of the study, with a folder of CSV files per experiment" >&2
  exit 2
fi
output=${2:-$work/runs/published-groups}

printf '%-45s %-66s %5s %9s %7s %7s %7s\n' experiment matrix R2 'by chance' p R p
for experiment in "$1"/*/; do
  name=$(basename "$experiment")
  matrices=()
  for file in "$experiment"*.csv; do
    case $(basename "$file") in
      *similarity_matrix_* | cohens_kappa_matrix_gradcam*) matrices+=("$file") ;;
    esac
  done
  ((${#matrices[@]})) || continue
  mkdir -p "$output/$name"
  "$sightline" cluster "${matrices[@]}" --output "$output/$name" --cluster.runs 1 2> "$output/$name/log.txt" || { cat "$output/$name/log.txt" >&2; exit 3; }
  awk -F, -v experiment="$name" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
    $column["test"] == "permanova" { r2 = $column["effect"]; chance = $column["effect_by_chance"]; p = $column["p"] }
    $column["test"] == "anosim" { printf "%-45s %-66s %5.3f %9.3f %7.4f %7.3f %7.4f\n", experiment, $1, r2, chance, p, $column["effect"], $column["p"] }
  ' "$output/$name/tables/group_tests.csv"
done
