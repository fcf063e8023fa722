#!/usr/bin/env python3
"""Mosaics per second: 'sightline focus' against the published procedure (pytorch-grad-cam, Captum, lime, zennit) on mosaics of the same size, same LibTorch, one thread each, in turn.

    tests/benchmarks/run.sh focus [--models a,b] [--methods a,b] [--photos DIR] [--rounds N]

Random weights: what a map shows does not matter here. Sightline's time is that of the models and methods as run.json has it; the peer's that of its explain call alone, at the better memory format and batch
size, without drawing mosaics, reading maps or scoring. DIR holds a folder of photos for each class.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

import attribution
from zoo import geometric_mean

attribution.SIZE = 448
MODELS = ["torchvision_resnet18"]
MOSAICS = 32  # enough that packing weights, which a study does once, does not count
METHODS = ["gradcam", "gradcampp", "lime", "lrp", "smoothgrad", "integratedgradients", "kernelshap"]


def own(program, model, method, photos):
    """Seconds per mosaic."""
    parameters = [word for setting in attribution.METHODS[method][0] for word in ("--" + setting.partition("=")[0], setting.partition("=")[2])]
    with tempfile.TemporaryDirectory() as output:
        subprocess.run([program, "focus", "--models", model, "--weights", "random:1", "--images", photos, "--mosaics.per-class", str(MOSAICS // 2), "--methods", method, *parameters, "--batch", "8",
                        "--focus.resamples", "0", "--output", output], check=True, capture_output=True)
        stage = json.loads((Path(output) / "run.json").read_text())["stages"]["focus"]
        return stage["model_seconds"] / MOSAICS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--photos", type=Path, default=Path("../shared/data/dogs-vs-cats/val"))
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    listed = subprocess.run([options.program, "models", "--json"], check=True, capture_output=True, text=True).stdout
    specs = {spec["id"]: spec for spec in json.loads(listed)}
    ratios = []
    for model in options.models.split(","):
        spec = specs.get(model) or specs[model.removeprefix("torchvision_") + ".tv_in1k"]
        for method in options.methods.split(","):
            peer = attribution.peer_seconds(model, method, {**spec, "gradcam_layer": spec["gradcam_layer"]}, options.rounds)
            mine = statistics.median(own(options.program, model, method, options.photos) for _ in range(options.rounds))
            ratios.append(peer / mine)
            print(f"{model:<24} {method:<20} {attribution.METHODS[method][2]:<18} {1 / peer:7.3f} mosaics/s, Sightline {1 / mine:7.3f}: {ratios[-1]:.2f} times", flush=True)
    print(f"geometric mean {geometric_mean(ratios):.2f}")


if __name__ == "__main__":
    main()
