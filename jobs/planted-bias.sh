#!/usr/bin/env bash
# jobs/planted-bias.sh PHOTOS MARKED OUTPUT [MARKS]: a bias that was planted is found, and none where there is none.
# PHOTOS holds train/ and val/ with a folder for each of two classes; MARKED is the class that gets the mark (plant_bias.py). Trains a biased and a clean
# classifier on EfficientNet-Lite0 and looks for biases in both. Expected: `biased` takes pictures with the mark for MARKED and is suspected, `clean` is not.
# With MARKS = 2 there are two different marks, and tables/bias_kinds.csv of `biased` tells them apart.
set -euo pipefail
photos=$1 marked=$2 output=$3 marks=${4:-1}
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"
weights=${SIGHTLINE_WEIGHTS:-$work/models/weights}

"$python" "$home/jobs/plant_bias.py" --train "$photos/train" --val "$photos/val" --marked "$marked" --marks "$marks" --output "$output/photos"
for kind in biased clean; do
  "$sightline" train --models tf_efficientnet_lite0 --weights "$weights" --transforms model \
    --train "$output/photos/$kind" --val "$output/photos/val" --output "$output/$kind"
  echo "== $kind"
  "$sightline" bias --models tf_efficientnet_lite0 --weights "$output/$kind/weights" --images "$output/photos/val" \
    --methods gradcam,hirescam --bias.worst "$((marks == 2 ? 12 : 3))" --output "$output/$kind/bias"
done
