#!/usr/bin/env python3
"""Gives the program damaged files of every kind that it reads, and looks for signals, hangs, memory and exit codes that no user should see.

    python tests/fuzz/mutations.py [--count 1000] [--seed 1] [--seconds 10] [--kinds safetensors,png,jpg,webp,tif,bmp,tar,csv,ini,store]

Each file is a small good one with a few bytes, words or numbers changed, cut out, doubled or cut off; a store is changed by HDF5 itself as well. What ends the
program by a signal, takes longer than 10 s or more than 1 GB, ends with another code than 0, 2 or 3, or prints a stack trace, is kept in fuzz-findings/ and told.
"""

import argparse
import functools
import io
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, FIXTURES, PROGRAM

PICTURES = ("png", "jpg", "webp", "tif", "bmp")
BYTES, CODES = 10**9, (0, 2, 3)
EXTREMES = [b"0", b"-1", b"1e400", b"nan", b"18446744073709551616", b"", b"\xff\xfe", b"\0", b'"', b",", b"\n", b"[", b"=", b"../" * 40, b"x" * 5000]
MODEL = ("--models", "tf_efficientnet_lite0", "--methods", "gradcam", "--batch", 1)


def run(words, folder, limit):
    """-> (exit code, seconds, bytes, messages) of the program; the code is None after `limit` seconds."""
    begin = time.monotonic()
    with open(folder / "messages", "w+b") as messages:
        process = subprocess.Popen([PROGRAM, *map(str, words)], stdout=subprocess.DEVNULL, stderr=messages, env=ENVIRONMENT, cwd=folder)
        status, usage = 0, resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = 0
        while not ended and time.monotonic() - begin < limit:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            time.sleep(0.01)
        if not ended:
            process.kill()
            os.waitpid(process.pid, 0)
        process.returncode = 0  # it has been waited for
        messages.seek(0)
        return os.waitstatus_to_exitcode(status) if ended else None, time.monotonic() - begin, usage.ru_maxrss * 1024, messages.read().decode(errors="replace")


def damaged(data, chance):
    """The bytes with a few changes."""
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(max(1, len(data)))
        # Most of what matters stands at the beginning of a file.
        at = chance.randrange(min(len(data), 400)) if data and chance.random() < 0.5 else at
        length = chance.choice((1, 2, 4, 8, 64))
        change = chance.randrange(6)
        if change == 0 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif change == 1:
            data[at:at + length] = chance.randbytes(length)
        elif change == 2:
            data[at:at] = chance.choice(EXTREMES)
        elif change == 3:
            del data[at:at + length]
        elif change == 4:
            data[at:at] = data[at:at + chance.choice((8, 100, 1000))]
        else:
            data[at:at + length] = (chance.choice((0, 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1))).to_bytes(8, "little")[:length]
    if chance.random() < 0.15:
        del data[chance.randrange(max(1, len(data))):]
    return bytes(data)


class Kinds:
    """For each kind of file: the good file, and the command that reads it."""

    def __init__(self, folder):
        self.folder = folder
        photo = sorted(FIXTURES.glob("*.jpg"))[0]
        (folder / "photos").mkdir()
        shutil.copy(photo, folder / "photos/a.jpg")
        picture = Image.open(photo).convert("RGB").resize((64, 48))
        for ending in PICTURES:
            picture.save(folder / f"good.{ending}", **({"compression": "tiff_lzw"} if ending == "tif" else {}))
        code, _, _, messages = run(("attribute", *MODEL, "--methods", "gradcam,lime", "--lime.samples", 10, "--weights", "synthetic:1", "--images",
                                    folder / "photos", "--output", folder / "run"), folder, 60)
        assert code == 0, messages

    def safetensors(self, chance):
        header = b'{"a.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F16","shape":[4],"data_offsets":[16,24]},"__metadata__":{"classes":"x"}}'
        good = len(header).to_bytes(8, "little") + header + bytes(24)
        return "w.safetensors", damaged(good, chance), lambda path: ("attribute", *MODEL, "--weights", path, "--images", self.folder / "photos", "--output", "out")

    def picture(self, ending, chance):
        good = (self.folder / f"good.{ending}").read_bytes()
        return f"a.{ending}", damaged(good, chance), lambda path: ("mosaics", "--images", self.list_of(path), "--output", "out", "--mosaics.per-class", 1)

    def list_of(self, path):
        """Two pictures of each of two classes, as mosaics need them; one class is the damaged picture."""
        lines = ["path,label"]
        for picture, label in ((path, 0), (self.folder / "photos/a.jpg", 1)):
            for number in (1, 2):
                copy = path.parent / f"{label}-{number}{picture.suffix}"
                shutil.copy(picture, copy)
                lines.append(f"{copy},{label}")
        csv = path.parent / "list.csv"
        csv.write_text("\n".join(lines) + "\n")
        return csv

    def tar(self, chance):
        stream, jpeg = io.BytesIO(), (self.folder / "good.jpg").read_bytes()
        with tarfile.open(fileobj=stream, mode="w", format=chance.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))) as archive:
            for name in ("cat/a.jpg", f"cat/{'b' * 120}.jpg" if archive.format != tarfile.USTAR_FORMAT else "cat/b.jpg", "dog/a.jpg", "dog/b.jpg"):
                entry = tarfile.TarInfo(name)
                entry.size = len(jpeg)
                archive.addfile(entry, io.BytesIO(jpeg))
        return "a.tar", damaged(stream.getvalue(), chance), lambda path: ("mosaics", "--images", path, "--output", "out", "--mosaics.per-class", 1)

    def csv(self, chance):
        if chance.random() < 0.5:
            return "m.csv", damaged(b",a,b,c\na,0,0.5,0.25\nb,0.5,0,1.5\nc,0.25,1.5,0\n", chance), lambda path: ("cluster", path, "--output", "out")
        good = f"path,label\n{self.folder / 'photos/a.jpg'},3\n".encode()
        return "list.csv", damaged(good, chance), lambda path: ("plan", *MODEL, "--calibrate", 0, "--weights", "synthetic:1", "--images", path, "--output", "out")

    def ini(self, chance):
        good = f"models = lite\nweights = synthetic:1\nimages = {self.folder / 'photos'}\noutput = none\n[compare]\nmetrics = cosine, rbf\nsize = 64\n".encode()
        return "job.ini", damaged(good, chance), lambda path: ("compare", path)

    def store(self, chance):
        good = (self.folder / "run/explanations.h5").read_bytes()
        command = chance.choice((lambda path: ("inspect", path), lambda path: ("compare", "--compare.explanations", path.parent, "--output", path.parent / "out")))
        if chance.random() < 0.3:
            return "explanations.h5", damaged(good, chance), command
        path = self.folder / "store.h5"
        path.write_bytes(good)
        with h5py.File(path, "r+") as file:
            self.change_store(file, chance)
        return "explanations.h5", path.read_bytes(), command

    def change_store(self, file, chance):
        objects = []
        file.visititems(lambda name, item: objects.append((name, item)))
        for _ in range(chance.choice((1, 1, 2, 3))):
            name, item = chance.choice(objects)
            try:
                missing = name not in file
            except RuntimeError:  # an earlier change has made a loop of links
                missing = True
            if missing:
                continue
            if chance.random() < 0.4 and len(item.attrs):
                item.attrs[chance.choice(list(item.attrs))] = chance.choice(("", "x" * 70_000, 3, -1.5, [1, 2, 3], np.nan, 2**62, np.zeros((3, 3)), b"bytes"))
            elif isinstance(item, h5py.Dataset) and chance.random() < 0.5:
                shape = chance.choice(((), (0,), (1,), (7,), item.shape[:-1], (*item.shape, 2), (10**10,), (3, 10**9)))
                dtype = chance.choice(("f4", "f8", "i4", "u2", "u4", "S4", "f2", item.dtype))
                del file[name]
                file.create_dataset(name, shape, dtype, chunks=True if shape and np.prod(shape) > 10**8 else None)
            elif isinstance(item, h5py.Dataset) and item.size and item.dtype.kind in "fiu":
                item[...] = chance.choice((0, 1, -1, 65535, 2**31 - 1, np.nan)) if item.dtype.kind == "f" else chance.choice((0, 1, 65535))
            else:
                del file[name]
                if chance.random() < 0.5:
                    file[name] = chance.choice((h5py.SoftLink("/models"), h5py.SoftLink("/none"), h5py.ExternalLink("/etc/passwd", "/x")))


def fault_of(code, seconds, size, messages):
    """What is wrong with how the program ended, or an empty text."""
    if code is None:
        return f"hangs: {seconds:.0f} s"
    if code not in CODES:
        return f"ended with {code}"
    if size > BYTES:
        return f"took {size / 1e9:.1f} GB"
    if "Exception raised from" in messages or "terminate called" in messages:
        return "printed a stack trace"
    errors = re.findall(r"^sightline: error: ", messages, re.MULTILINE)
    return "" if code == 0 or len(errors) == 1 else "ended without one error"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="files of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10, help="after which a run hangs; more on a busy machine")
    parser.add_argument("--kinds", default=f"safetensors,{','.join(PICTURES)},tar,csv,ini,store")
    arguments = parser.parse_args()
    findings = 0
    with tempfile.TemporaryDirectory(prefix="sightline-fuzz-") as name:
        kinds = Kinds(Path(name))
        makers = {"safetensors": kinds.safetensors, "tar": kinds.tar, "csv": kinds.csv, "ini": kinds.ini, "store": kinds.store}
        makers |= {ending: functools.partial(kinds.picture, ending) for ending in PICTURES}
        for kind in arguments.kinds.split(","):
            found = 0
            for number in range(arguments.count):
                chance = random.Random(f"{kind}:{arguments.seed}:{number}")
                folder = Path(tempfile.mkdtemp(dir=name))
                file, content, command = makers[kind](chance)
                (folder / file).write_bytes(content)
                words = command(folder / file)
                if fault := fault_of(*run(words, folder, arguments.seconds)):
                    found += 1
                    kept = Path("fuzz-findings") / f"{kind}-{arguments.seed}-{number}"
                    shutil.copytree(folder, kept, dirs_exist_ok=True)
                    print(f"{kept}: {fault}: sightline {' '.join(map(str, words))}", flush=True)
                shutil.rmtree(folder)
            print(f"mutations: {kind}: {arguments.count} files, {found} findings", flush=True)
            findings += found
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
