#!/usr/bin/env python3
"""Turns a checkpoint into a safetensors file under timm's names, which Sightline reads.

    models/convert_weights.py CHECKPOINT --model ID --output ID.safetensors

CHECKPOINT is a PyTorch file (.pth, .pt, .bin, .ckpt; zip or legacy), a safetensors file with other names, or the index file (.index.json) of a checkpoint
in several parts. Needs numpy, not torch, and runs no code from the file. The source of the names is recognised by them: checkpoint_names.py and name_rules.py
know which. Ends with 2 where an option is wrong and with 3 where the file is.
"""

import argparse
import difflib
import hashlib
import json
import sys
from math import prod
from pathlib import Path

import position_embedding
from checkpoint_file import WrongOption, read_checkpoint
from name_fit import fit_names
from name_lists import shortened
from pytorch_file import BadCheckpoint
from safetensors_file import write_safetensors

HERE = Path(__file__).resolve().parent


def read_manifests():
    return [json.loads(path.read_text()) for path in sorted((HERE / "manifests").glob("*.json"))]


def manifest_of(name, manifests):
    """By id, or by any other name that 'sightline models' takes."""
    known = {other: manifest for manifest in manifests for other in (*manifest["names"], manifest["id"])}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise WrongOption(f"--model: '{name}' is not a model{f'; did you mean {near[0]!r}?' if near else ';'} 'sightline models' lists them")
    return known[name]


def with_prefix(tensors, prefix):
    """The tensors whose names begin with the prefix, without it; all of them where there is none."""
    prefix = f"{prefix.rstrip('.')}." if prefix else ""
    taken = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    if not taken:
        raise WrongOption(f"--prefix: no name in the file begins with '{prefix}'; the names are {shortened(tensors)}")
    return taken


def fit_positions(tensors, manifest, resample):
    """Replaces the position embedding of another input size. -> what was done, for the report."""
    if "positions" not in manifest:
        return ""
    tensor, _ = tensors["pos_embed"]
    before, old, new = position_embedding.grids(tensor, manifest["positions"])
    if old == new:
        return ""
    if not resample:
        raise BadCheckpoint(f"its position embedding is for {old} x {old} patches, {manifest['id']} has {new} x {new}: weights of another input size. "
                            "--weights.resample-positions resamples it as timm does")
    resampled = position_embedding.resample(tensor, manifest["positions"])
    tensors["pos_embed"] = (resampled, resampled.shape)
    return f", positions resampled from {old} x {old} to {new} x {new}"


def convert(arguments):
    """-> what was done, in one line."""
    manifests = read_manifests()
    manifest = manifest_of(arguments.model, manifests)
    if not arguments.output.parent.is_dir():
        raise WrongOption(f"--output: there is no folder {arguments.output.parent}")
    state_dict, files = read_checkpoint(arguments.checkpoint, arguments.entry)
    fit = fit_names(with_prefix(state_dict.tensors, arguments.prefix), manifest, manifests)
    resampled = fit_positions(fit.tensors, manifest, arguments.resample_positions)
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    write_safetensors(arguments.output, fit.tensors, {"format": "pt", "timm_id": manifest["id"], "source": fit.source, "source_sha256": digest.hexdigest()})
    numbers = sum(prod(shape) for _, shape in fit.tensors.values())
    entry = f", entry '{state_dict.entry}'" if state_dict.entry else ""
    others = f" (--entry also takes {', '.join(state_dict.others)})" if state_dict.others else ""
    prefix = f", without the prefix '{fit.prefix}'" if fit.prefix else ""
    return f"{arguments.output}: {len(fit.tensors)} tensors, {numbers} numbers, from {fit.source} names{entry}{others}{prefix}{resampled}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--model", required=True, metavar="ID", help="a model of 'sightline models', for example resnet18.tv_in1k")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="the safetensors file to write")
    parser.add_argument("--entry", metavar="NAME", help="the part of a training checkpoint to take, for example state_dict or state_dict_ema; unless given: "
                        "averaged weights (state_dict_ema, model_ema) where there are any, else state_dict, else model")
    parser.add_argument("--prefix", default="", metavar="TEXT", help="take only the tensors whose names begin with this, and take it off; a prefix that all "
                        "names share needs no option")
    parser.add_argument("--weights.resample-positions", "--resample-positions", dest="resample_positions", action="store_true",
                        help="resample a position embedding of another input size to the model's, as timm does")
    arguments = parser.parse_args()
    try:
        print(convert(arguments))
    except WrongOption as error:
        print(f"convert_weights: {error}", file=sys.stderr)
        sys.exit(2)
    except (BadCheckpoint, OSError, ValueError, OverflowError) as error:
        print(f"convert_weights: {arguments.checkpoint}: {error}", file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
