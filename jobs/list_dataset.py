#!/usr/bin/env python3
"""Lists a public data set as it lies on the disk: OUTPUT.csv (path,label) for --images, and OUTPUT.classes.csv (index,name) for people.

    python jobs/list_dataset.py dogs-vs-cats FOLDER --output lists/dogs.csv              # FOLDER/cat.0.jpg, FOLDER/dog.0.jpg ... (Kaggle's train folder)
    python jobs/list_dataset.py dogs-vs-cats FOLDER --subset train --output lists/train.csv   # four fifths of it, by number; --subset val lists the others
    python jobs/list_dataset.py imagenet FOLDER --output lists/imagenet.csv              # FOLDER/ILSVRC2012_val_00000001.JPEG ... and the ground truth, in FOLDER or
                                                                                         # above it, or where --truth says: LOC_val_solution.csv (Kaggle), or the
                                                                                         # devkit's data/ with ILSVRC2012_validation_ground_truth.txt and meta.mat
    python jobs/list_dataset.py imagenet ILSVRC2012_img_val.tar --truth FOLDER --output lists/imagenet.csv   # the same, for --images lists/imagenet.csv
                                                                                         # --images.root ILSVRC2012_img_val.tar; dogs-vs-cats takes a tar file, too
    python jobs/list_dataset.py mit67 FOLDER --subset test --output lists/mit67.csv      # FOLDER/Images/CLASS/x.jpg, FOLDER/TrainImages.txt and TestImages.txt
    python jobs/list_dataset.py mame FOLDER --subset test --output lists/mame.csv        # FOLDER/MAMe_dataset.csv with the columns Image file, Medium, Subset;
                                                                                         # pictures in FOLDER/data_256 or FOLDER/data

Folders with a sub-folder for each class (ImageNet by wnid, dogs-vs-cats by name) need no list: sightline reads them as they are. Classes are those of the whole data set,
also where only a part of it lies on the disk, in the sorted order of their names; ImageNet's in that of the wnids, as pretrained models number them.
"""

import argparse
import csv
import os
import re
import sys
import tarfile
from pathlib import Path, PurePosixPath

DEVKIT = ("ILSVRC2012_validation_ground_truth.txt", "meta.mat")


class Layout(Exception):
    """What was expected of the folder."""


def need(path, layout):
    if not path.exists():
        raise Layout(f"{path} is missing; expected {layout}")
    return path


def read_table(path, columns, layout):
    """The rows of a CSV, each with all of these columns."""
    with open(need(path, layout), newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows or [{}], 2):
        missing = [column for column in columns if not row.get(column)]
        if missing:
            raise Layout(f"{path}, line {number}: has no {' and no '.join(missing)}; expected {layout}")
    return rows


def files_in(place):
    """The files of a folder, or the members of a tar archive."""
    if place.is_dir():
        return list(place.iterdir())
    try:
        with tarfile.open(place, "r:") as archive:
            return [PurePosixPath(member.name) for member in archive if member.isfile()]
    except tarfile.TarError as error:
        raise Layout(f"{place}: is neither a folder nor a tar archive that is not compressed ({error})") from None


def dogs_vs_cats(folder, options):
    found = sorted((int(match[2]), match[1], file) for file in files_in(folder) if (match := re.fullmatch(r"(cat|dog)\.(\d+)\.jpe?g", file.name)))
    if not found:
        raise Layout(f"{folder} holds no cat.NUMBER.jpg or dog.NUMBER.jpg; expected Kaggle's train folder, unpacked")
    in_val = {"train": (False,), "val": (True,), None: (False, True)}
    if options.subset not in in_val:
        raise Layout("Kaggle gives no labels of its test pictures; --subset train or val parts the others")
    return [(file, name) for number, name, file in found if (number % 5 == 4) in in_val[options.subset]], ["cat", "dog"]


def wnids_by_name(folder, truth, layout):
    """The wnid of each validation picture, by its name without a suffix."""
    places = [truth] if truth else [place / below for place in (folder, *folder.absolute().parents[:4]) for below in (".", "data", "ILSVRC2012_devkit_t12/data")]
    for place in places:
        if (place / "LOC_val_solution.csv").exists():
            rows = read_table(place / "LOC_val_solution.csv", ("ImageId", "PredictionString"), layout)
            return {row["ImageId"]: row["PredictionString"].split()[0] for row in rows}
        if all((place / name).exists() for name in DEVKIT):
            try:
                from scipy.io import loadmat  # only here: the devkit numbers its classes its own way
            except ImportError:
                raise Layout(f"{place / DEVKIT[1]} takes scipy to read: {sys.executable} -m pip install scipy") from None
            wnids = {int(row["ILSVRC2012_ID"]): str(row["WNID"]) for row in loadmat(place / DEVKIT[1], squeeze_me=True)["synsets"]}
            numbers = [int(line) for line in (place / DEVKIT[0]).read_text().split()]
            if strange := set(numbers) - wnids.keys():
                raise Layout(f"{place / DEVKIT[0]}: class {min(strange)} is not in {DEVKIT[1]}")
            return {f"ILSVRC2012_val_{index:08}": wnids[number] for index, number in enumerate(numbers, 1)}
    raise Layout(f"{truth or folder}: the ground truth is missing; expected {layout}")


def imagenet(folder, options):
    layout = f"ILSVRC2012_val_*.JPEG, and LOC_val_solution.csv or {' and '.join(DEVKIT)} in the folder, above it or where --truth says"
    files = sorted(file for file in files_in(folder) if re.fullmatch(r"ILSVRC2012_val_.*\.JPEG", file.name))
    if not files:
        raise Layout(f"{folder} holds no ILSVRC2012_val_*.JPEG; expected {layout}")
    wnids = wnids_by_name(folder, options.truth, layout)
    unknown = [file for file in files if file.stem not in wnids]
    if unknown:
        raise Layout(f"{unknown[0]}: the ground truth does not have it, as {len(unknown)} of {len(files)} pictures; expected {layout}")
    return [(file, wnids[file.stem]) for file in files], wnids.values()


def mit67(folder, options):
    layout = "Images/CLASS/*.jpg, TrainImages.txt and TestImages.txt, as published"
    listed = {subset: [line.strip() for line in need(folder / f"{subset}Images.txt", layout).read_text().split("\n") if line.strip()] for subset in ("Train", "Test")}
    subset = (options.subset or "test").capitalize()
    if subset not in listed:
        raise Layout("has the subsets train and test")
    return [(need(folder / "Images" / line, layout), line.split("/")[0]) for line in listed[subset]], {line.split("/")[0] for lines in listed.values() for line in lines}


def mame(folder, options):
    layout = "MAMe_dataset.csv with the columns Image file, Medium and Subset, and the pictures in data_256 or data"
    rows = read_table(folder / "MAMe_dataset.csv", ("Image file", "Medium", "Subset"), layout)
    pictures = folder / "data_256" if (folder / "data_256").exists() else need(folder / "data", layout)
    wanted = [row for row in rows if row["Subset"].lower().startswith(options.subset or "test")]
    return [(need(pictures / row["Image file"], layout), row["Medium"]) for row in wanted], {row["Medium"] for row in rows}


READERS = {"dogs-vs-cats": dogs_vs_cats, "imagenet": imagenet, "mit67": mit67, "mame": mame}


def write_csv(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", choices=READERS)
    parser.add_argument("folder", type=Path, help="folder or tar archive")
    parser.add_argument("--subset", choices=("train", "test", "val"), help="MIT67 and MAMe: test unless given; dogs-vs-cats: all unless given")
    parser.add_argument("--truth", type=Path, help="folder of ImageNet's ground truth, where it is not near the pictures")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    try:
        if not options.folder.is_dir() and not (options.folder.is_file() and options.dataset in ("imagenet", "dogs-vs-cats")):
            raise Layout(f"{options.folder} is no folder")
        found, names = READERS[options.dataset](options.folder, options)
        if not found:
            raise Layout(f"{options.folder}: no picture of the subset {options.subset or 'test'}")
    except (Layout, OSError, ValueError) as error:
        raise SystemExit(f"{options.dataset}: {error}") from None
    classes = sorted(set(names))
    number = {name: index for index, name in enumerate(classes)}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    place = options.output.parent.resolve()
    in_list = str if options.folder.is_file() else lambda path: os.path.relpath(path.resolve(), place)
    write_csv(options.output, ["path", "label"], ([in_list(path), number[name]] for path, name in found))
    write_csv(options.output.with_suffix(".classes.csv"), ["index", "name"], enumerate(classes))
    print(f"{options.output}: {len(found)} pictures of {len({name for _, name in found})} of {len(classes)} classes")


if __name__ == "__main__":
    main()
