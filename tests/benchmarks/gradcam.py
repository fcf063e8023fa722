#!/usr/bin/env python3
"""Grad-CAM: Sightline against pytorch-grad-cam on the same LibTorch, same machine, one thread each, measured in turn.

    tests/benchmarks/run.sh gradcam [--models a,b] [--rounds N]

Prints per model: peer's and Sightline's milliseconds per image, their ratio (the peer at the better of its memory formats), and Grad-CAM over Sightline's
own bare forward pass; and the geometric means.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import timm
import torch
from pytorch_grad_cam import GradCAM

MODELS = ["resnet18.tv_in1k", "resnet34.tv_in1k", "resnet50.a1_in1k", "resnet101.a1h_in1k", "resnet18d.ra2_in1k", "resnet50d.ra2_in1k",
          "resnext50_32x4d.a1h_in1k", "res2net50_14w_8s.in1k", "efficientnet_b0.ra_in1k", "efficientnet_b3.ra2_in1k", "efficientnet_b4.ra2_in1k",
          "tf_efficientnet_lite0.in1k", "tf_efficientnet_lite1.in1k", "tf_efficientnet_lite2.in1k", "mobilenetv3_large_100.ra_in1k"]
SIZE = 224


class Peer:
    """pytorch-grad-cam on a timm model, in one memory format."""

    def __init__(self, name, memory_format, batch):
        self.model = timm.create_model(name, pretrained=False).eval().to(memory_format=memory_format)
        layers = dict(self.model.named_modules())
        blocks = "blocks" if name.startswith("mobilenetv3") else "conv_head"
        layer = self.model.layer4[-1] if hasattr(self.model, "layer4") else layers[blocks]
        self.cam = GradCAM(self.model, [layer])
        self.input = torch.rand(batch, 3, SIZE, SIZE).contiguous(memory_format=memory_format)
        self.batch = batch

    def seconds(self):
        start = time.perf_counter()
        self.cam(self.input, None)
        return (time.perf_counter() - start) / self.batch


def sightline(program, name, batch, repeats):
    return json.loads(subprocess.run([program, name, str(SIZE), str(batch), str(repeats)], check=True, capture_output=True, text=True).stdout)


def measure(program, name, rounds, batch):
    peers = {label: Peer(name, fmt, batch) for label, fmt in (("NCHW", torch.contiguous_format), ("channels-last", torch.channels_last))}
    for peer in peers.values():
        peer.seconds()
    times = {label: [] for label in peers}
    ours = []
    for _ in range(rounds):
        for label, peer in peers.items():
            times[label].append(peer.seconds())
        ours.append(sightline(program, name, batch, 3))
    best = min(peers, key=lambda label: statistics.median(times[label]))
    speedup = statistics.median(peer / own["gradcam"] for peer, own in zip(times[best], ours))
    overhead = statistics.median(own["gradcam"] / own["forward"] for own in ours)
    return best, statistics.median(times[best]), statistics.median(own["gradcam"] for own in ours), speedup, overhead


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"batch {arguments.batch}, {SIZE} x {SIZE}, one thread, {arguments.rounds} rounds, torch {torch.__version__}")
    print(f"{'model':<32} {'peer ms':>9} {'ours ms':>9} {'peer/ours':>10} {'ours/forward':>13}  peer's format")
    speedups, overheads = [], []
    for name in arguments.models.split(","):
        best, peer, own, speedup, overhead = measure(arguments.program, name, arguments.rounds, arguments.batch)
        speedups.append(speedup)
        overheads.append(overhead)
        print(f"{name:<32} {peer * 1e3:9.1f} {own * 1e3:9.1f} {speedup:10.2f} {overhead:13.3f}  {best}", flush=True)
    print(f"{'geometric mean':<32} {'':>9} {'':>9} {geometric_mean(speedups):10.2f} {geometric_mean(overheads):13.3f}")


if __name__ == "__main__":
    main()
