#!/usr/bin/env python3
"""Turns a PyTorch checkpoint (.pth, .pt, .bin; zip or legacy) or a safetensors file with other names into a safetensors file under timm's names.

    models/convert_weights.py CHECKPOINT --model TIMM_ID --output TIMM_ID.safetensors

Needs numpy, not torch, and runs no code from the file. The source of the names is recognised by them: checkpoint_names.py knows which.
"""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

import numpy as np

from checkpoint_names import rename
from pytorch_file import BadCheckpoint, read_state_dict

class SafetensorsTensor:
    """A tensor of a safetensors file, with the interface of pytorch_file.Tensor."""

    def __init__(self, dtype, shape, data):
        self.dtype, self.shape, self.data = dtype, tuple(shape), data

    def bits(self):
        size = len(self.data) // int(np.prod(self.shape)) if self.shape else len(self.data)
        return np.frombuffer(self.data, f"u{size}").reshape(self.shape)


def read_safetensors(path):
    raw = path.read_bytes()
    try:
        length = int.from_bytes(raw[:8], "little")
        header = json.loads(raw[8:8 + length])
        return {name: SafetensorsTensor(tensor["dtype"], tensor["shape"], raw[8 + length:][slice(*tensor["data_offsets"])])
                for name, tensor in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError) as error:
        raise BadCheckpoint(f"is not a safetensors file: {error}") from error


def read(path):
    return read_safetensors(path) if path.suffix == ".safetensors" else read_state_dict(path)


def write_safetensors(path, tensors, metadata):
    """Largest elements first, so that every tensor is aligned; written aside and renamed."""
    arrays = {name: tensor.bits().reshape(shape) for name, (tensor, shape) in tensors.items()}
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header, offset = {"__metadata__": metadata}, 0
    for name in order:
        end = offset + arrays[name].nbytes
        header[name] = {"dtype": tensors[name][0].dtype, "shape": list(arrays[name].shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    aside = path.with_name(path.name + ".partial")
    with open(aside, "wb") as stream:
        stream.write(len(text).to_bytes(8, "little"))
        stream.write(text)
        for name in order:
            stream.write(arrays[name].tobytes())
    os.replace(aside, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--model", required=True, help="id of 'sightline models', for example resnet18.tv_in1k")
    parser.add_argument("--output", type=Path, required=True, help="the safetensors file to write")
    arguments = parser.parse_args()
    try:
        tensors, source = rename(read(arguments.checkpoint), arguments.model)
        sha256 = hashlib.sha256(arguments.checkpoint.read_bytes()).hexdigest()
        write_safetensors(arguments.output, tensors, {"format": "pt", "timm_id": arguments.model, "source": source, "source_sha256": sha256})
    except (BadCheckpoint, OSError, ValueError) as error:
        sys.exit(f"convert_weights: {arguments.checkpoint}: {error}")
    numbers = sum(int(np.prod(tensor.shape)) for tensor, _ in tensors.values())
    print(f"{arguments.output}: {len(tensors)} tensors, {numbers} numbers, from {source} names")


if __name__ == "__main__":
    main()
