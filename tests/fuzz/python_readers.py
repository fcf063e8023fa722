#!/usr/bin/env python3
"""Readers of foreign files in Python under atheris: python_readers.py pytorch|python_store [options of libFuzzer]. See run.sh.

pytorch: checkpoints of PyTorch (models/pytorch_file.py); python_store: the store as report and export read it (analysis/store.py), with the bytes as changes to a
small good one. The readers' own exceptions are right answers; any other is a finding."""

import os
import sys
import tempfile
from pathlib import Path

import atheris

HOME = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(HOME / "models"), str(HOME / "analysis")]
with atheris.instrument_imports(include=["maps", "pytorch_file", "store"]):
    import pytorch_file
    import store
import h5py
import numpy as np

FILE = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="sightline-fuzz-")) / "explanations.h5"


def read_pytorch(data):
    FILE.write_bytes(data)
    try:
        pytorch_file.read_pytorch_file(FILE)
    except pytorch_file.BadCheckpoint:
        pass


def write_good_store(path):
    with h5py.File(path, "w") as file:
        file.attrs.update(format="sightline-explanations", version=np.int32(1), job="job", program="test")
        images = file.create_group("images")
        images.attrs["root"] = "/photos"
        images.create_dataset("path", data=["a.jpg", "b.jpg"], dtype=h5py.string_dtype())
        images.create_dataset("label", data=np.array([0, 1], np.int32))
        model = file.create_group("models/M")
        model.attrs.update(timm_id="resnet18d.ra2_in1k", weights="synthetic:1", input_size=np.int64(224))
        write_records(model, logits=np.zeros((2, 3), "f4"), prediction=np.zeros(2, "i4"), probability=np.zeros(2, "f4"), status=np.ones(2, "u4"))
        for method, kind, shape in (("gradcam", "grid", (2, 2, 2)), ("kernelshap", "superpixels", (2, 5))):
            group = model.create_group(method)
            group.attrs.update(kind=kind, target="predicted")
            write_records(group, values=np.ones(shape, "f4"), target=np.zeros(2, "i4"), status=np.ones(2, "u4"))
        model["kernelshap"].attrs["superpixels"] = "slic5-8"
        file["superpixels/slic5-8"] = np.zeros((2, 8, 8), "u2")
        file["superpixel_status/slic5-8"] = np.ones(2, "u4")


def write_records(group, **datasets):
    for name, data in datasets.items():
        group[name] = data


def read_everything(opened):
    for model in opened.models:
        opened.classes(model)
        opened.input_size(model)
        opened.prediction(model, 0)
        for method in opened.methods(model):
            opened.done(model, method)
            opened.target(model, method)
            opened.map(model, method, 0, 8)


def read_store(data):
    source = atheris.FuzzedDataProvider(data)
    FILE.write_bytes(GOOD)
    with h5py.File(FILE, "r+") as file:
        for _ in range(source.ConsumeIntInRange(1, 4)):
            change(file, source)
    try:
        read_everything(store.Store(FILE))
    except store.BadRun:
        pass


def change(file, source):
    objects = [file]
    file.visititems(lambda name, item: objects.append(item))
    item = objects[source.ConsumeIntInRange(0, len(objects) - 1)]
    value = (3, -1.5, "x" * 100, b"bytes", [1, 2, 3], np.nan, 2**62, np.zeros((3, 3)), np.zeros(0), "")[source.ConsumeIntInRange(0, 9)]
    names = list(item.attrs) or ["kind"]
    choice = source.ConsumeIntInRange(0, 3)
    if choice == 0:
        item.attrs[names[source.ConsumeIntInRange(0, len(names) - 1)]] = value
    elif choice == 1 and len(item.attrs):
        del item.attrs[names[source.ConsumeIntInRange(0, len(names) - 1)]]
    elif item.name != "/":
        name = item.name
        del file[name]
        if choice == 2:
            file[name] = value


DRIVERS = {"pytorch": read_pytorch, "python_store": read_store}

if __name__ == "__main__":
    write_good_store(FILE)
    read_everything(store.Store(FILE))
    GOOD = FILE.read_bytes()
    driver = DRIVERS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, driver)
    atheris.Fuzz()
