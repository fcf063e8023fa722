#!/usr/bin/env python3
"""Input: pictures per second that are read and decoded from a folder, a tar archive and shards, with a cold and a warm cache, by 1 and 2 ranks; and decoding of JPEGs of
500 x 375 pixels with resizing to 224 x 224 on one core against Pillow, OpenCV and torchvision. Ratios are medians over rounds in which all take turns.

    tests/benchmarks/run.sh input [--photos FOLDER] [--count N] [--rounds N] [--folder FOLDER]

As root the page cache is dropped before each cold run; otherwise cold runs are left out. OpenCV's and torchvision's pictures differ from Pillow's, ours do not.
Pillow-SIMD has no release for this Pillow (its last one is 9.5) and is no peer here."""

import io
import itertools
import json
import os
import statistics
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torchvision.io import ImageReadMode, decode_jpeg
from torchvision.transforms.v2 import functional

from resume import drop_caches
from scaling import find_photos, program_parser

SIZE = (500, 375)


def jpegs(photos, count):
    """The photos as JPEGs of one size, over and over."""
    encoded = []
    for source in find_photos(photos)[:64]:
        stream = io.BytesIO()
        Image.open(source).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS).save(stream, "JPEG", quality=92)
        encoded.append(stream.getvalue())
    return [data for data, _ in zip(itertools.cycle(encoded), range(count))]


def write_forms(folder, data):
    (folder / "files").mkdir()
    for number, picture in enumerate(data):
        (folder / f"files/{number:06}.jpg").write_bytes(picture)
    names = sorted((folder / "files").iterdir())
    for name, shards in (("all.tar", 1), ("shards", 8)):
        if shards > 1:
            (folder / name).mkdir()
        for shard in range(shards):
            with tarfile.open(folder / name if shards == 1 else folder / name / f"{shard:06}.tar", "w") as archive:
                for path in names[shard * len(names) // shards:(shard + 1) * len(names) // shards]:
                    archive.add(path, path.name)
    return {"folder": folder / "files", "tar": folder / "all.tar", "shards": folder / "shards"}


class Bench:
    def __init__(self, program, forms):
        self.program, self.forms = program, forms

    def rate(self, form, ranks, *options):
        """Pictures per second of all ranks together."""
        processes = [subprocess.Popen(["taskset", "-c", str(rank), self.program, self.forms[form], f"--part={rank + 1}/{ranks}", *options], stdout=subprocess.PIPE, text=True)
                     for rank in range(ranks)]
        made = [json.loads(process.communicate()[0]) for process in processes]
        return sum(each["pictures"] for each in made) / max(each["read_seconds"] for each in made)

    def forms_table(self, rounds):
        caches = ("warm", "cold") if os.geteuid() == 0 else ("warm",)
        for cache, ranks in itertools.product(caches, (1, 2)):
            rates = {form: [] for form in self.forms}
            for _, form in itertools.product(range(rounds), self.forms):
                if cache == "cold":
                    drop_caches()
                rates[form].append(self.rate(form, ranks))
            folder = rates["folder"]
            for form, found in rates.items():
                ratio = statistics.median(mine / theirs for mine, theirs in zip(found, folder))
                print(f"input: {cache}, {ranks} rank(s), {form:6}: {statistics.median(found):6.0f} pictures/s, {ratio:.2f} of the folder", flush=True)


def peers():
    """name -> how it makes 224 x 224 pixels of a JPEG."""
    def torchvision(data):
        picture = decode_jpeg(torch.frombuffer(bytearray(data), dtype=torch.uint8), ImageReadMode.RGB)
        return functional.resize(picture, [224, 224], antialias=True)

    def pillow_draft(data):
        picture = Image.open(io.BytesIO(data))
        picture.draft("RGB", (224, 224))
        return np.asarray(picture.convert("RGB").resize((224, 224), Image.Resampling.BILINEAR))

    return {"Pillow": lambda data: np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)),
            "Pillow, draft": pillow_draft,
            "OpenCV": lambda data: cv2.resize(cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), (224, 224), interpolation=cv2.INTER_AREA),
            "torchvision": torchvision}


def decoding(bench, data, rounds):
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    os.sched_setaffinity(0, {0})
    rates = {}
    for _ in range(rounds):
        for name, options in (("Sightline", ()), ("Sightline, draft", ("--draft",))):
            rates.setdefault(name, []).append(bench.rate("tar", 1, *options))
        for name, decode in peers().items():
            begin = time.perf_counter()
            for picture in data:
                decode(picture)
            rates.setdefault(name, []).append(len(data) / (time.perf_counter() - begin))
    for name, found in rates.items():
        ratio = statistics.median(mine / theirs for mine, theirs in zip(rates["Sightline"], found))
        print(f"input: decode and resize on one core: {name:16}: {statistics.median(found):6.0f} pictures/s; Sightline is {ratio:.2f} times as fast", flush=True)


def main():
    parser = program_parser(__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the pictures are written; default: a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        data = jpegs(arguments.photos, arguments.count)
        print(f"input: {len(data)} JPEGs of {SIZE[0]} x {SIZE[1]}, {sum(map(len, data)) / len(data) / 1e3:.0f} kB each", flush=True)
        bench = Bench(arguments.program, write_forms(Path(name), data))
        decoding(bench, data, arguments.rounds)
        bench.forms_table(arguments.rounds)


if __name__ == "__main__":
    main()
