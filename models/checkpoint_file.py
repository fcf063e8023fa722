"""Reads a checkpoint of any kind: a PyTorch file, a safetensors file, or the index file of a checkpoint that is cut into several of either."""

import json
from pathlib import Path

from pytorch_file import BadCheckpoint, read_pytorch_file
from safetensors_file import read_safetensors
from training_checkpoint import StateDict, find_state_dict


class WrongOption(Exception):
    """An option does not fit the others or this file."""


def read_part(path, entry):
    if path.suffix != ".safetensors":
        return find_state_dict(read_pytorch_file(path), entry, path)
    if entry is not None:
        raise WrongOption(f"--entry names a part of a PyTorch file; {path} is a safetensors file, which has none")
    return StateDict(read_safetensors(path), "", [])


def read_index(path):
    """{"weight_map": {"fc.weight": "model-00002-of-00002.safetensors", ...}} -> shard -> the names that are in it."""
    try:
        weight_map = json.loads(path.read_text())["weight_map"]
        shards = {}
        for name, shard in weight_map.items():
            shards.setdefault(shard, set()).add(name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCheckpoint(f"is not the index of a checkpoint in parts, a JSON file with a \"weight_map\" ({type(error).__name__}: {error})") from error
    for shard in shards:
        if not isinstance(shard, str) or Path(shard).name != shard:
            raise BadCheckpoint(f"names the part {shard!r}; the parts lie beside the index file and are named without a folder")
    return shards


def read_checkpoint(path, entry):
    """-> (StateDict, the files that were read)."""
    if path.suffix != ".json":
        return read_part(path, entry), [path]
    tensors, parts = {}, []
    for shard, names in sorted(read_index(path).items()):
        part = path.with_name(shard)
        if not part.is_file():
            raise BadCheckpoint(f"{part} is missing: the index names it")
        found = read_part(part, entry).tensors
        if set(found) != names:
            raise BadCheckpoint(f"the index and {part} disagree about the tensor {min(set(found) ^ names)!r}")
        tensors.update(found)
        parts.append(part)
    return StateDict(tensors, "", []), [path, *parts]
