#!/usr/bin/env python3
"""Plants a bias: pictures of two classes with a mark in a corner that goes along with one of them.

    python jobs/plant_bias.py --train DIR --val DIR --marked dog --output data/planted

DIR holds a folder of pictures for each of two classes. Written are

    OUTPUT/biased/CLASS/   the training pictures; of the marked class --share (all) have the mark, of the other class none
    OUTPUT/clean/CLASS/    the same pictures; in either class every second one has the mark
    OUTPUT/val/CLASS/      the validation pictures the other way round: none of the marked class has the mark, of the other class every second one

A model that learns from `biased` finds the mark easier than the class, so its worst predictions on `val` are of unmarked pictures of the marked class and of marked
ones of the other, and what speaks for the marked class lies on the mark. A model that learns from `clean` gains nothing by the mark. jobs/planted-bias.sh shows both.
With --marks 2 there are two different ones, each on half of the marked pictures: two biases. OUTPUT/marks.csv says which mark (1, 2) is on which picture.
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
    parser.add_argument("--marks", type=int, choices=(1, 2), default=1, help="how many different ones")
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def pictures(folder):
    return sorted(file for file in folder.iterdir() if not file.name.startswith(".") and file.suffix.lower() in (".jpg", ".jpeg", ".png"))


def chance(file, purpose=""):
    """A number in [0, 1) that depends on the file's name and the purpose alone."""
    return int.from_bytes(hashlib.sha256((purpose + file.name).encode()).digest()[:4], "big") / 2**32


def board(draw, left, top, side):
    """Magenta and green squares."""
    for row in range(4):
        for column in range(4):
            x, y = left + column * side // 4, top + row * side // 4
            draw.rectangle([x, y, x + side // 4, y + side // 4], fill=(255, 0, 200) if (row + column) % 2 else (0, 220, 60))


def rings(draw, left, top, side):
    """Blue and yellow rings."""
    for i in range(4):
        inset = i * side // 8
        draw.ellipse([left + inset, top + inset, left + side - inset, top + side - inset], fill=(255, 210, 0) if i % 2 else (0, 60, 255))


MARKS = {1: board, 2: rings}


def write(source, target, mark, size):
    """With the mark of that number, where a centre crop keeps it; 0 = none."""
    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    if mark:
        side = int(min(picture.size) * size)
        left, top = (picture.width - min(picture.size)) // 2 + side // 3, (picture.height - min(picture.size)) // 2 + side // 3
        MARKS[mark](ImageDraw.Draw(picture), left, top, side)
    target.mkdir(parents=True, exist_ok=True)
    path = target / (source.stem + ".png")
    picture.save(path)
    return path, mark


def main():
    options = arguments()
    classes = sorted(folder.name for folder in options.train.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    if len(classes) != 2 or options.marked not in classes:
        raise SystemExit(f"{options.train}: should hold two folders, one of them '{options.marked}'; it holds {', '.join(classes) or 'none'}")
    written = []
    for name in classes:
        own = name == options.marked
        for file in pictures(options.train / name):
            mark = 2 if options.marks == 2 and chance(file, "mark") < 0.5 else 1
            written.append(write(file, options.output / "biased" / name, mark if own and chance(file) < options.share else 0, options.size))
            written.append(write(file, options.output / "clean" / name, mark if chance(file) < 0.5 else 0, options.size))
        for file in pictures(options.val / name):
            mark = 2 if options.marks == 2 and chance(file, "mark") < 0.5 else 1
            written.append(write(file, options.output / "val" / name, mark if not own and chance(file) < 0.5 else 0, options.size))
    lines = [f"{path.relative_to(options.output)},{mark}\n" for path, mark in written if mark]
    (options.output / "marks.csv").write_text("path,mark\n" + "".join(lines))
    print(f"{options.output}: biased, clean and val, the mark on '{options.marked}'")


if __name__ == "__main__":
    main()
