#!/usr/bin/env python3
"""Forward pass and Grad-CAM of every model: Sightline against timm and pytorch-grad-cam on the same LibTorch, same machine, one thread each, measured in turn.

    tests/benchmarks/run.sh zoo [--models a,b] [--rounds N] [--batch N] [--bf16]

Prints per model the peer's and Sightline's images per second and their ratio for both, the peer at the better of its memory formats, and the geometric means:
of the fourteen models of the comparison study, and of all. --bf16 adds Sightline's forward pass in bfloat16 against timm's in float32 (needs AVX512 to be fast).
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

SIZE = 224
STUDY = ["convnextv2_nano.fcmae_ft_in22k_in1k", "deit_small_patch16_224.fb_in1k", "deit_tiny_patch16_224.fb_in1k", "densenet121.tv_in1k",
         "efficientnet_b3.ra2_in1k", "efficientnet_b4.ra2_in1k", "mobilenetv3_large_100.ra_in1k", "pvt_v2_b2.in1k", "res2net50_14w_8s.in1k",
         "resnet18d.ra2_in1k", "resnet50d.ra2_in1k", "resnext50_32x4d.a1h_in1k", "swin_tiny_patch4_window7_224.ms_in1k",
         "vit_base_patch32_224.augreg_in21k_ft_in1k"]
MORE = ["resnet18.tv_in1k", "resnet50.a1_in1k", "vgg16.tv_in1k", "tf_efficientnet_lite0.in1k", "vit_base_patch16_224.augreg_in1k"]


def to_grid(name):
    """pytorch-grad-cam's reshape_transform of a model; nothing for channels-first grids."""
    if name.startswith("swin"):
        return lambda output: output.permute(0, 3, 1, 2)
    if name.startswith(("vit", "deit", "pvt")):
        front = 0 if name.startswith("pvt") else 1

        def tokens(output):
            side = math.isqrt(output.shape[1])
            return output[:, front:].transpose(1, 2).unflatten(2, (side, side))
        return tokens
    return None


class Peer:
    """A timm model in one memory format, with pytorch-grad-cam."""

    def __init__(self, name, layer, memory_format, batch):
        self.model = timm.create_model(name, pretrained=False).eval().to(memory_format=memory_format)
        self.cam = GradCAM(self.model, [dict(self.model.named_modules())[layer]], reshape_transform=to_grid(name))
        self.cam.activations_and_grads.release()  # no hooks while the forward pass is timed
        self.layer, self.reshape = dict(self.model.named_modules())[layer], to_grid(name)
        self.input = torch.rand(batch, 3, SIZE, SIZE).contiguous(memory_format=memory_format)

    def forward(self):
        with torch.inference_mode():
            return timed(lambda: self.model(self.input)) / len(self.input)

    def gradcam(self):
        cam = GradCAM(self.model, [self.layer], reshape_transform=self.reshape)
        seconds = timed(lambda: cam(self.input, None)) / len(self.input)
        cam.activations_and_grads.release()
        return seconds


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def sightline(program, name, batch, precision="fp32"):
    return json.loads(subprocess.run([program, name, str(SIZE), str(batch), "3", precision], check=True, capture_output=True, text=True).stdout)


def measure(program, spec, arguments):
    """-> peer's best and own seconds per image, and the median of their ratios, for "forward" and "gradcam"."""
    name = spec["id"]
    formats = {"NCHW": torch.contiguous_format, "channels-last": torch.channels_last}
    peers = {label: Peer(name, spec["gradcam_layer"], fmt, arguments.batch) for label, fmt in formats.items()}
    for peer in peers.values():
        peer.forward(), peer.gradcam()
    rounds = []
    for _ in range(arguments.rounds):
        rounds.append({"own": sightline(program, name, arguments.batch), **{label: {"forward": peer.forward(), "gradcam": peer.gradcam()} for label, peer in peers.items()}})
        if arguments.bf16:
            rounds[-1]["own"]["bf16"] = sightline(program, name, arguments.batch, "bf16")["forward"]
    results = {}
    for what in ("forward", "gradcam", *(("bf16",) if arguments.bf16 else ())):
        peer_what = "forward" if what == "bf16" else what
        best = min(peers, key=lambda label: statistics.median(each[label][peer_what] for each in rounds))
        results[what] = {"peer": statistics.median(each[best][peer_what] for each in rounds), "own": statistics.median(each["own"][what] for each in rounds),
                         "ratio": statistics.median(each[best][peer_what] / each["own"][what] for each in rounds)}
    results["gradcam/forward"] = statistics.median(each["own"]["gradcam"] / each["own"]["forward"] for each in rounds)
    return results


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--models", default=",".join(STUDY + MORE))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--bf16", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    listed = subprocess.run([os.path.join(os.path.dirname(arguments.program), "../sightline"), "models", "--json"], check=True, capture_output=True, text=True)
    specs = {spec["id"]: spec for spec in json.loads(listed.stdout)}
    columns = ["forward", "gradcam", *(["bf16"] if arguments.bf16 else [])]
    print(f"batch {arguments.batch}, {SIZE} x {SIZE}, one thread, {arguments.rounds} rounds, torch {torch.__version__}; images per second")
    print(f"{'model':<44}" + "".join(f"{column + ': peer':>16} {'own':>7} {'ratio':>6}" for column in columns) + f" {'own gradcam/forward':>20}")
    ratios = {}
    for name in arguments.models.split(","):
        results = measure(arguments.program, specs[name], arguments)
        ratios[name] = {**{column: results[column]["ratio"] for column in columns}, "overhead": results["gradcam/forward"]}
        print(f"{name:<44}" + "".join(f"{1 / results[c]['peer']:16.1f} {1 / results[c]['own']:7.1f} {results[c]['ratio']:6.2f}" for c in columns)
              + f" {results['gradcam/forward']:20.3f}", flush=True)
    for label, names in (("the study's fourteen", [name for name in ratios if name in STUDY]), ("all", list(ratios))):
        if names:
            print(f"{'geometric mean, ' + label:<44}" + "".join(f"{'':>16} {'':>7} {geometric_mean(ratios[name][c] for name in names):6.2f}" for c in columns)
                  + f" {geometric_mean(ratios[name]['overhead'] for name in names):20.3f}")


if __name__ == "__main__":
    main()
