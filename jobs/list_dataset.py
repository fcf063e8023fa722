#!/usr/bin/env python3
"""Lists a public data set as it lies on the disk: OUTPUT.csv (path,label) for --images, and OUTPUT.classes.csv (index,name) for people.

    python jobs/list_dataset.py dogs-vs-cats FOLDER --output lists/dogs.csv              # FOLDER/cat.0.jpg, FOLDER/dog.0.jpg ... (Kaggle's train folder)
    python jobs/list_dataset.py imagenet FOLDER --output lists/imagenet.csv              # FOLDER/ILSVRC2012_val_00000001.JPEG ... with the ground truth beside it:
                                                                                         # LOC_val_solution.csv (Kaggle), or the devkit's
                                                                                         # ILSVRC2012_validation_ground_truth.txt and meta.mat
    python jobs/list_dataset.py mit67 FOLDER --subset test --output lists/mit67.csv      # FOLDER/Images/CLASS/x.jpg, FOLDER/TrainImages.txt and TestImages.txt
    python jobs/list_dataset.py mame FOLDER --subset test --output lists/mame.csv        # FOLDER/MAMe_dataset.csv with the columns Image file, Medium, Subset;
                                                                                         # pictures in FOLDER/data_256 or FOLDER/data

Folders with a sub-folder for each class (ImageNet by wnid, dogs-vs-cats by name) need no list: sightline reads them as they are. Classes are numbered in the sorted order
of their names; ImageNet's in that of the wnids, as pretrained models number them.
"""

import argparse
import csv
import os
import re
from pathlib import Path


class Layout(Exception):
    """What was expected of the folder."""


def need(path, layout):
    if not path.exists():
        raise Layout(f"{path} is missing; expected {layout}")
    return path


def dogs_vs_cats(folder, _subset):
    found = [(file, match[1]) for file in sorted(folder.iterdir()) if (match := re.fullmatch(r"(cat|dog)\.\d+\.jpe?g", file.name))]
    if not found:
        raise Layout(f"{folder} holds no cat.NUMBER.jpg or dog.NUMBER.jpg; expected Kaggle's train folder, unpacked")
    return found


def imagenet(folder, _subset):
    layout = "ILSVRC2012_val_*.JPEG with LOC_val_solution.csv, or with ILSVRC2012_validation_ground_truth.txt and meta.mat, in the folder or the one above"
    files = sorted(folder.glob("ILSVRC2012_val_*.JPEG"))
    if not files:
        raise Layout(f"{folder} holds no ILSVRC2012_val_*.JPEG; expected {layout}")
    beside = {name: place / name for place in (folder.parent, folder) for name in
              ("LOC_val_solution.csv", "ILSVRC2012_validation_ground_truth.txt", "meta.mat") if (place / name).exists()}
    if "LOC_val_solution.csv" in beside:
        with open(beside["LOC_val_solution.csv"], newline="", encoding="utf-8") as file:
            wnids = {row["ImageId"]: row["PredictionString"].split()[0] for row in csv.DictReader(file)}
        return [(file, wnids[file.stem]) for file in files]
    if not {"ILSVRC2012_validation_ground_truth.txt", "meta.mat"} <= beside.keys():
        raise Layout(f"{folder}: the ground truth is missing; expected {layout}")
    from scipy.io import loadmat  # only here: the devkit numbers its classes its own way
    wnid_of = {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in loadmat(beside["meta.mat"], squeeze_me=True)["synsets"]}
    numbers = [int(line) for line in beside["ILSVRC2012_validation_ground_truth.txt"].read_text().split()]
    return [(file, wnid_of[numbers[int(file.stem[-8:]) - 1]]) for file in files]


def mit67(folder, subset):
    layout = "Images/CLASS/*.jpg, TrainImages.txt and TestImages.txt, as published"
    listed = need(folder / f"{subset.capitalize()}Images.txt", layout).read_text().split("\n")
    return [(need(folder / "Images" / line.strip(), layout), line.split("/")[0]) for line in listed if line.strip()]


def mame(folder, subset):
    layout = "MAMe_dataset.csv with the columns Image file, Medium and Subset, and the pictures in data_256 or data"
    with open(need(folder / "MAMe_dataset.csv", layout), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"Image file", "Medium", "Subset"} <= rows[0].keys():
        raise Layout(f"{folder / 'MAMe_dataset.csv'} has the columns {', '.join(rows[0]) if rows else 'of an empty file'}; expected {layout}")
    pictures = folder / "data_256" if (folder / "data_256").exists() else need(folder / "data", layout)
    return [(need(pictures / row["Image file"], layout), row["Medium"]) for row in rows if row["Subset"].lower().startswith(subset)]


READERS = {"dogs-vs-cats": dogs_vs_cats, "imagenet": imagenet, "mit67": mit67, "mame": mame}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", choices=READERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--subset", choices=("train", "test", "val"), default="test", help="of MIT67 and MAMe")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    try:
        need(options.folder, "a folder")
        found = READERS[options.dataset](options.folder, options.subset)
    except Layout as layout:
        raise SystemExit(f"{options.dataset}: {layout}") from None
    classes = sorted({name for _, name in found})
    number = {name: index for index, name in enumerate(classes)}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    with open(options.output, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label"])
        writer.writerows([os.path.relpath(path, options.output.parent), number[name]] for path, name in found)
    with open(options.output.with_suffix(".classes.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["index", "name"])
        writer.writerows(enumerate(classes))
    print(f"{options.output}: {len(found)} pictures of {len(classes)} classes")


if __name__ == "__main__":
    main()
