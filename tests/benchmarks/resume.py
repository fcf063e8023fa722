#!/usr/bin/env python3
"""Resuming a job whose store is large: how long until the first missing map is computed, and how fast 1, 2 and 4 ranks verify the rest, against `cat` of the file.

    tests/benchmarks/run.sh resume [--photos FOLDER] [--gigabytes N] [--folder FOLDER]

As root the page cache is dropped before each step; otherwise the store is read from memory as far as it fits."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from scaling import ENVIRONMENT, link_photos, program_parser

RECORD = 224 * 224 * 4  # bytes of a map of saliency
MODEL = "mobilenetv3_small_100"


def drop_caches():
    os.sync()
    if os.geteuid() == 0:
        Path("/proc/sys/vm/drop_caches").write_text("3")


class Bench:
    def __init__(self, program, photos, folder, gigabytes):
        self.program, self.folder = program, folder
        self.count = int(gigabytes * 1e9 / RECORD)
        few, many = link_photos(photos, folder / "few", 16), link_photos(photos, folder / "many", self.count)
        self.store = folder / "run/explanations.h5"
        self.run(few, folder / "few-run")
        self.words = (many, folder / "run")
        self.fill(folder / "few-run/explanations.h5")

    def command(self, images, output, ranks=1):
        return ["mpirun", "-n", str(ranks), self.program, "attribute", "--models", MODEL, "--weights", "synthetic:1", "--images", images,
                "--methods", "saliency", "--output", output]

    def run(self, images, output, ranks=1):
        begin = time.monotonic()
        done = subprocess.run(self.command(images, output, ranks), check=True, capture_output=True, text=True, env=ENVIRONMENT)
        return time.monotonic() - begin, done.stderr

    def fill(self, source):
        """Gives every image the records of one of the few: a checksum does not know of which image its record is."""
        process = subprocess.Popen(self.command(*self.words), env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "records to make" in line:
                break
        process.kill()
        process.communicate()
        subprocess.run(["pkill", "-9", "-f", str(self.words[1])], check=False)
        (self.folder / "run/sightline.lock").unlink(missing_ok=True)
        with h5py.File(source) as few, h5py.File(self.store, "r+") as many:
            few["models"].visititems(lambda name, item: self.repeat(item, many[f"models/{name}"]) if isinstance(item, h5py.Dataset) else None)

    def repeat(self, few, many):
        data = few[:]
        for first in range(0, self.count, 1024):
            rows = np.arange(first, min(first + 1024, self.count)) % len(data)
            many[first:first + len(rows)] = data[rows]

    def measure(self):
        size = self.store.stat().st_size
        drop_caches()
        begin = time.monotonic()
        subprocess.run(["cat", self.store], check=True, stdout=subprocess.DEVNULL)
        print(f"cat:                    {size / 1e9 / (time.monotonic() - begin):6.2f} GB/s of {size / 1e9:.1f} GB", flush=True)
        for ranks in (1, 2, 4):
            drop_caches()
            full, _ = self.run(*self.words, ranks)
            print(f"verification, {ranks} ranks:  {size / 1e9 / full:6.2f} GB/s, the start of the job included", flush=True)
        with h5py.File(self.store, "r+") as store:
            (model,) = store["models"].values()
            model["saliency/status"][self.count // 2] = 0
        drop_caches()
        begin = time.monotonic()
        process = subprocess.Popen(self.command(*self.words), env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "1 of 1 records" in line:
                print(f"first missing map after {time.monotonic() - begin:6.1f} s; the job ends after ", end="", flush=True)
        process.wait()
        print(f"{time.monotonic() - begin:.1f} s")


def main():
    parser = program_parser(__doc__)
    parser.add_argument("--gigabytes", type=float, default=20)
    parser.add_argument("--folder", help="where the store is made; a temporary folder without it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sightline-resume-", dir=arguments.folder) as folder:
        Bench(arguments.program.resolve(), arguments.photos, Path(folder), arguments.gigabytes).measure()


if __name__ == "__main__":
    sys.exit(main())
