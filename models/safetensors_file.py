"""Reads and writes safetensors files."""

import json
import os

import numpy as np

from pytorch_file import BadCheckpoint

# safetensors' name of a type, and a numpy type of the same size to carry its bits
TYPES = {
    "F64": np.uint64, "F32": np.uint32, "F16": np.uint16, "BF16": np.uint16, "F8_E4M3": np.uint8, "F8_E5M2": np.uint8, "BOOL": np.uint8,
    "I64": np.uint64, "I32": np.uint32, "I16": np.uint16, "I8": np.uint8, "U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8,
}


class ArrayTensor:
    """A tensor that lies in memory as an array of its bits, with the interface of pytorch_file.Tensor."""

    def __init__(self, dtype, array):
        self.dtype, self.array, self.shape = dtype, array, array.shape

    def bits(self):
        return self.array


def parse_tensor(name, entry, data):
    begin, end = entry["data_offsets"]
    bits = np.dtype(TYPES[entry["dtype"]])
    shape = tuple(entry["shape"])
    size = bits.itemsize * int(np.prod(shape, dtype=object))
    if not 0 <= begin <= end <= len(data) or any(extent < 0 for extent in shape) or end - begin != size:
        raise BadCheckpoint(f"is not a safetensors file: the tensor '{name}' {list(shape)} should lie at bytes {begin} to {end} of {len(data)}: truncated?")
    return ArrayTensor(entry["dtype"], np.frombuffer(data[begin:end], bits).reshape(shape))


def read_safetensors(path):
    """-> name -> ArrayTensor."""
    raw = memoryview(path.read_bytes())
    try:
        length = int.from_bytes(raw[:8], "little")
        header = json.loads(bytes(raw[8:8 + length]))
        return {name: parse_tensor(name, entry, raw[8 + length:]) for name, entry in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCheckpoint(f"is not a safetensors file: {type(error).__name__}: {error}") from error


def write_safetensors(path, tensors, metadata):
    """Largest elements first, so that every tensor is aligned; written aside and renamed. tensors: name -> (tensor, shape)."""
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
