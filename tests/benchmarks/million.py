#!/usr/bin/env python3
"""ImageNet's size: a tar of 1000 tars with 1,281,167 small JPEGs, the same photos over and over. Prints seconds and memory of the root for the index of the archive,
for plan, for the first unit's maps of a job with and without a kept index (listing, store creation and loading included), and for status.

    tests/benchmarks/run.sh million [--photos FOLDER] [--count N] [--folder FOLDER]
"""

import io
import os
import re
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

from PIL import Image

from resume import drop_caches
from scaling import ENVIRONMENT, find_photos, program_parser

JOB = ("--models", "mobilenetv3_small_100", "--weights", "synthetic:1", "--methods", "gradcam")


def small_jpegs(photos):
    encoded = []
    for source in find_photos(photos)[:16]:
        stream = io.BytesIO()
        Image.open(source).convert("RGB").resize((48, 36)).save(stream, "JPEG", quality=60)
        encoded.append(stream.getvalue())
    return encoded


def member(name, data):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    return entry.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


def write_archive(path, pictures, count):
    with open(path, "wb") as outer:
        for number in range(1000):
            wnid = f"n{number:08}"
            inner = b"".join(member(f"{wnid}_{i}.JPEG", pictures[i % len(pictures)]) for i in range(count * number // 1000, count * (number + 1) // 1000)) + bytes(1024)
            outer.write(member(f"{wnid}.tar", inner))
        outer.write(bytes(1024))


def run_until(text, command):
    """-> seconds until the program has said this, or has ended, and its largest memory in MB."""
    begin = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=ENVIRONMENT)
    said = []
    for line in process.stderr:
        said.append(line)
        if text and re.search(text, line):
            break
    seconds = time.monotonic() - begin
    if text:
        assert re.search(text, said[-1]), said
        process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    assert text or status == 0, said
    return seconds, usage.ru_maxrss / 1e3


def main():
    parser = program_parser(__doc__)
    parser.add_argument("--count", type=int, default=1_281_167)
    parser.add_argument("--folder", type=Path, help="where the archive is written; default: a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        archive, run = Path(name) / "train.tar", Path(name) / "run"
        write_archive(archive, small_jpegs(arguments.photos), arguments.count)
        print(f"million: {arguments.count} pictures, {archive.stat().st_size / 1e9:.1f} GB", flush=True)
        attribute = (arguments.program, "attribute", *JOB, "--images", archive, "--output", run)
        steps = (("plan, index made", None, (arguments.program, "plan", *JOB, "--images", archive, "--output", run)),
                 ("plan, index kept", None, (arguments.program, "plan", *JOB, "--images", archive, "--output", run)),
                 ("first maps, new store", r": [1-9]\d* of \d+ records \(", attribute),
                 ("first maps, resumed", r": [1-9]\d* of \d+ records \(", attribute),
                 ("status", None, (arguments.program, "status", run)))
        for step, text, command in steps:
            drop_caches()
            seconds, megabytes = run_until(text, command)
            print(f"million: {step:22}: {seconds:5.1f} s, {megabytes:5.0f} MB", flush=True)


if __name__ == "__main__":
    main()
