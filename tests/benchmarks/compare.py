#!/usr/bin/env python3
"""ImageNet's validation set compared: the Grad-CAM maps of 14 models for 50,000 images, which are those of a few images over and over. Prints seconds of `compare` with all
its statistics on two ranks and of `cluster`, and the memory of each rank, also for half of the images.

    tests/benchmarks/run.sh compare [--photos FOLDER] [--count N] [--folder FOLDER]
"""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from scaling import ENVIRONMENT, find_photos, program_parser

MODELS = [f"{name}@random={share:.2f}" for name in ("ResNet18", "mobilenetv3_small_100") for share in np.linspace(0.1, 0.7, 7)]


def enlarge(small, large, count):
    """The store with its images over and over, each under a name of its own."""
    with h5py.File(small) as source, h5py.File(large, "w") as target:
        images = len(source["images/path"])
        target.attrs.update(source.attrs)

        def copy(name, item):
            if isinstance(item, h5py.Group):
                target.require_group(name).attrs.update(item.attrs)
                return
            values = item[:]
            if name == "images/path":
                values = np.array([f"{number:06}.jpg".encode() for number in range(count)], object)
            elif len(values) == images:
                values = values[np.arange(count) % images]
            target.create_dataset(name, data=values, dtype=item.dtype).attrs.update(item.attrs)

        source.visititems(copy)


def measure(command):
    """-> seconds, and the largest memory of a rank in MB."""
    begin = time.monotonic()
    process = subprocess.Popen(["/usr/bin/env", "bash", "-c", 'exec "$@"', "bash", *map(str, command)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                               env=ENVIRONMENT, start_new_session=True)
    largest = 0.0
    while process.poll() is None:
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            if re.search(r"^Name:\ssightline$", text, re.M) and (peak := re.search(r"^VmHWM:\s+(\d+)", text, re.M)):
                largest = max(largest, int(peak.group(1)) / 1024)
        time.sleep(0.2)
    assert process.returncode == 0, process.stderr.read()
    return time.monotonic() - begin, largest


def main():
    parser = program_parser(__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--folder", type=Path, help="where the stores are written; default: a temporary folder")
    arguments = parser.parse_args()
    ranks = ["mpirun", "--oversubscribe", "-n", "2"]
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        photos = folder / "photos.csv"
        photos.write_text("path,label\n" + "".join(f"{path.resolve()},{number}\n" for number, path in enumerate(find_photos(arguments.photos)[:16])))
        subprocess.run([arguments.program, "attribute", "--models", ",".join(MODELS), "--weights", "random:1", "--images", photos, "--output", folder / "small"],
                       check=True, env=ENVIRONMENT, capture_output=True)
        for count in (arguments.count // 2, arguments.count):
            run = folder / f"run{count}"
            run.mkdir()
            enlarge(folder / "small/explanations.h5", run / "explanations.h5", count)
            size = os.path.getsize(run / "explanations.h5") / 1e6
            seconds, memory = measure([*ranks, arguments.program, "compare", "--output", run])
            grouped, _ = measure([*ranks, arguments.program, "cluster", "--output", run])
            print(f"{count} images x {len(MODELS)} models ({size:.0f} MB of maps): compare {seconds:.1f} s, cluster {grouped:.1f} s, at most {memory:.0f} MB per rank", flush=True)


if __name__ == "__main__":
    main()
