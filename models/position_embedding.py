"""Position embeddings of another input size, resampled as by timm's resample_abs_pos_embed: bicubic interpolation with antialiasing."""

from math import isqrt

import numpy as np

from pytorch_file import BadCheckpoint
from safetensors_file import ArrayTensor

FLOATS = {"F64": np.float64, "F32": np.float32, "F16": np.float16}


def to_floats(tensor):
    if tensor.dtype == "BF16":
        return (tensor.bits().astype(np.uint32) << 16).view(np.float32)
    if tensor.dtype not in FLOATS:
        raise BadCheckpoint(f"pos_embed holds {tensor.dtype}, not floating-point numbers")
    return tensor.bits().view(FLOATS[tensor.dtype])


def from_floats(values, dtype):
    """float32 -> a tensor of this type, rounded to the nearest, ties to even."""
    if dtype == "BF16":
        bits = values.view(np.uint32)
        return ArrayTensor(dtype, ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16))
    return ArrayTensor(dtype, values.astype(FLOATS[dtype]).view(f"u{np.dtype(FLOATS[dtype]).itemsize}"))


def cubic(x):
    """Keys' kernel with a = -0.5, which PyTorch takes where it antialiases."""
    x = np.abs(x)
    return np.where(x < 1, (1.5 * x - 2.5) * x * x + 1, np.where(x < 2, ((-0.5 * x + 2.5) * x - 4) * x + 2, 0))


def interpolation(old, new):
    """new x old: the weights of the old cells along one axis. Where the grid shrinks, the kernel is as much wider: that is the antialiasing.

    The centres of the new cells are rounded to float32, as PyTorch's are.
    """
    scale = np.float32(old / new)
    centres = (np.float64(scale) * (np.arange(new) + 0.5)).astype(np.float32)
    distance = np.arange(old, dtype=np.float32) - centres[:, None] + 0.5
    weights = cubic(distance.astype(np.float64) / max(scale, 1))
    return weights / weights.sum(1, keepdims=True)


def grids(tensor, positions):
    """-> (tokens before the grid, side of the file's grid, side of the model's)."""
    shape = tuple(tensor.shape)
    if len(shape) != 3 or shape[0] != 1:
        raise BadCheckpoint(f"pos_embed has the shape {list(shape)}, not [1, {positions}, channels]")
    before = 0 if isqrt(shape[1]) ** 2 == shape[1] else 1  # the class token has a position, or has none, as in DeiT III
    old, new = isqrt(max(shape[1] - before, 0)), isqrt(positions - before)
    if old == 0 or old * old + before != shape[1] or new * new + before != positions:
        raise BadCheckpoint(f"pos_embed has {shape[1]} positions, the model {positions}: they are not square grids with the same tokens before them")
    return before, old, new


def resample(tensor, positions):
    """The position embedding, 1 x tokens x channels, for a model that has this many positions."""
    before, old, new = grids(tensor, positions)
    values = to_floats(tensor)[0]
    weights = interpolation(old, new)
    grid = values[before:].reshape(old, old, -1).astype(np.float64)
    grid = np.einsum("io,opc->ipc", weights, np.einsum("jp,opc->ojc", weights, grid))
    return from_floats(np.concatenate([values[:before], grid.reshape(new * new, -1)])[None].astype(np.float32), tensor.dtype)
