#!/usr/bin/env bash
# How alike can the explanations of two models be at most? Explains the images of a job again, mirrored, moved, cropped, as JPEGs and by another seed, compares
# the models by the metrics of the job, and says where each pair stands between the floor (different images) and the ceiling (the same model again).
#   jobs/ceiling.sh JOB.ini OUTPUT [OPTION...]     OUTPUT: the folder of the run, resumed if it exists; options are those of 'sightline attribute', such as
#                                                  --limit 128: so few images again are enough
# SIGHTLINE_LAUNCHER="mpirun -n 4" runs it on four ranks.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"
if (($# < 2)); then
  echo "usage: jobs/ceiling.sh JOB.ini OUTPUT [OPTION...]     OUTPUT: the folder of the run" >&2
  exit 2
fi
job=$1 output=$2
shift 2
read -ra launcher <<< "${SIGHTLINE_LAUNCHER:-}"

"${launcher[@]}" "$sightline" attribute "$job" --output "$output"
repeats=()
for how in flip shift crop jpeg; do
  "${launcher[@]}" "$sightline" attribute "$job" --output "$output/repeats/$how" --perturb "$how" "$@"
  repeats+=("$output/repeats/$how")
done
"${launcher[@]}" "$sightline" attribute "$job" --output "$output/repeats/seed" --seed 1000 "$@"
"${launcher[@]}" "$sightline" compare "$job" --output "$output" --compare.repeats "$(IFS=,; echo "${repeats[*]},$output/repeats/seed")"
"${launcher[@]}" "$sightline" cluster "$job" --output "$output"
"${launcher[@]}" "$sightline" report "$job" --output "$output"
