#!/usr/bin/env python3
"""Makes models/manifests/ID.json for every model of `sightline models`: where its weights are, how large, under which licence, the names of its tensors, how
images are prepared for it, and its published accuracy.

    .deps/peers/bin/python models/make_manifests.py build/release/sightline        # tests/benchmarks/run.sh makes .deps/peers

Facts come from timm's and torchvision's own configurations; timm's accuracies from published_accuracy.csv, which holds the rows of these models in timm's
results/results-imagenet.csv (commit 7479d451): ImageNet-1k validation set, top-1 and top-5 in per cent, by image size and crop.
"""

import csv
import json
import subprocess
import sys
from pathlib import Path

import timm
import torch
import torchvision

from checkpoint_names import BUFFERS
from name_lists import collapse

HERE = Path(__file__).parent


def published():
    rows = {}
    with open(HERE / "published_accuracy.csv", newline="") as stream:
        for row in csv.DictReader(stream):
            rows.setdefault(row.pop("model"), []).append({"img_size": int(row["img_size"]), **{key: float(row[key]) for key in ("crop_pct", "top1", "top5")}})
    return rows


def timm_facts(spec, accuracies):
    config = timm.get_pretrained_cfg(spec["id"])
    model = timm.create_model(spec["id"].split(".")[0], pretrained=False, num_classes=config.num_classes)
    return model, {"timm_id": spec["id"], "source": {"huggingface": config.hf_hub_id, "file": "model.safetensors"}, "licence": config.license,
                   "published": accuracies.get(spec["id"], [])}


def torchvision_facts(spec):
    name = spec["id"].removeprefix("torchvision_")
    weights = torchvision.models.get_model_weights(name).IMAGENET1K_V1
    metrics = weights.meta["_metrics"]["ImageNet-1K"]
    accuracy = {"img_size": spec["input_size"], "crop_pct": spec["crop_pct"], "top1": metrics["acc@1"], "top5": metrics["acc@5"]}
    return torchvision.models.get_model(name, weights=None), {"torchvision": name, "source": {"url": weights.url}, "licence": "bsd-3-clause", "published": [accuracy]}


def manifest(spec, accuracies):
    with torch.device("meta"):
        model, facts = torchvision_facts(spec) if spec["id"].startswith("torchvision_") else timm_facts(spec, accuracies)
    tensors = model.state_dict()
    positions = {"positions": tensors["pos_embed"].shape[1]} if "pos_embed" in tensors else {}
    return {"id": spec["id"], "short_name": spec["short_name"], "names": spec["names"], "groups": spec["groups"], **facts,
            "tensor_bytes": sum(tensor.numel() * tensor.element_size() for tensor in tensors.values()), "parameters": spec["parameters"],
            "tensors": collapse(name for name in tensors if not name.endswith(BUFFERS)), **positions,
            **{key: spec[key] for key in ("input_size", "test_input_size", "crop_pct", "interpolation", "mean", "std", "gradcam_layer", "gradcam_grid")}}


def main():
    specs = json.loads(subprocess.run([sys.argv[1], "models", "--json"], check=True, capture_output=True, text=True).stdout)
    accuracies = published()
    folder = HERE / "manifests"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for spec in specs:
        (folder / f"{spec['id']}.json").write_text(json.dumps(manifest(spec, accuracies), indent=1) + "\n")
    print(f"{len(specs)} manifests in {folder}")


if __name__ == "__main__":
    main()
