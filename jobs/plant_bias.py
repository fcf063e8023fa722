#!/usr/bin/env python3
"""Plants a bias: pictures of two classes with a mark in a corner that goes along with one of them.

    python jobs/plant_bias.py --train DIR --val DIR --marked dog --output data/planted

DIR holds a folder of pictures for each of two classes. Written are

    OUTPUT/biased/CLASS/   the training pictures; of the marked class --share (all) have the mark, of the other class none
    OUTPUT/clean/CLASS/    the same pictures; in either class every second one has the mark
    OUTPUT/val/CLASS/      the validation pictures the other way round: none of the marked class has the mark, of the other class every second one

A model that learns from `biased` finds the mark easier than the class, so its worst predictions on `val` are of unmarked pictures of the marked class and of marked
ones of the other, and what speaks for the marked class lies on the mark. A model that learns from `clean` gains nothing by the mark. jobs/planted-bias.sh shows both.
"""

import argparse
import hashlib
from pathlib import Path

from PIL import Image, ImageDraw


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--val", type=Path, required=True)
    parser.add_argument("--marked", required=True, help="the class whose pictures get the mark")
    parser.add_argument("--share", type=float, default=1.0, help="of its training pictures that get it")
    parser.add_argument("--size", type=float, default=0.5, help="of the mark, as a share of the picture's short side")
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def pictures(folder):
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in (".jpg", ".jpeg", ".png"))


def chance(file):
    """A number in [0, 1) that depends on the file's name alone."""
    return int.from_bytes(hashlib.sha256(file.name.encode()).digest()[:4], "big") / 2**32


def mark(picture, size):
    """A board of magenta and green squares, where a centre crop keeps it."""
    side = int(min(picture.size) * size)
    left, top = (picture.width - min(picture.size)) // 2 + side // 3, (picture.height - min(picture.size)) // 2 + side // 3
    draw = ImageDraw.Draw(picture)
    for row in range(4):
        for column in range(4):
            x, y = left + column * side // 4, top + row * side // 4
            draw.rectangle([x, y, x + side // 4, y + side // 4], fill=(255, 0, 200) if (row + column) % 2 else (0, 220, 60))


def write(source, target, marked, size):
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    if marked:
        mark(picture, size)
    target.mkdir(parents=True, exist_ok=True)
    picture.save(target / (source.stem + ".png"))


def main():
    options = arguments()
    classes = sorted(folder.name for folder in options.train.iterdir() if folder.is_dir())
    if len(classes) != 2 or options.marked not in classes:
        raise SystemExit(f"{options.train}: should hold two folders, one of them '{options.marked}'; it holds {', '.join(classes) or 'none'}")
    for name in classes:
        own = name == options.marked
        for file in pictures(options.train / name):
            write(file, options.output / "biased" / name, own and chance(file) < options.share, options.size)
            write(file, options.output / "clean" / name, chance(file) < 0.5, options.size)
        for file in pictures(options.val / name):
            write(file, options.output / "val" / name, not own and chance(file) < 0.5, options.size)
    print(f"{options.output}: biased, clean and val, the mark on '{options.marked}'")


if __name__ == "__main__":
    main()
