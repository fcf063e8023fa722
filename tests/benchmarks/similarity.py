#!/usr/bin/env python3
"""Similarity of every pair of models: Sightline in native space against plain PyTorch at 224 x 224, pair by pair, on the same maps and machine, one thread each.

    tests/benchmarks/run.sh similarity [--models N] [--images N] [--peer-images N]

Grad-CAM maps (7 x 7, raw): the peer reads them as pytorch-grad-cam does, enlarges them, and computes cosine and RBF for each pair; prints seconds per image, their ratio and the largest
difference of the mean cosines. Pixel maps (224 x 224): the same, also with values beyond the percentiles 0.3 and 99.7 clipped, and how many bytes of maps a second Sightline reads, beside what a STREAM-like triad reaches in the same run.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.nn.functional as F

SIZE = 224


def scale(maps):
    maps = maps - maps.amin((-2, -1), keepdim=True)
    return maps / (1e-7 + maps.amax((-2, -1), keepdim=True))


def read(raw, clip):
    """One image's maps, models x side x side, as they are compared: at SIZE x SIZE."""
    if raw.shape[-1] == SIZE:
        if clip > 0:
            low, high = torch.quantile(raw.flatten(1), torch.tensor([clip / 100, 1 - clip / 100]), dim=1)[..., None, None]
            raw = raw.clamp(low, high)
        return raw / raw.abs().amax((-2, -1), keepdim=True)
    return scale(F.interpolate(scale(raw.clamp(min=0))[None], size=(SIZE, SIZE), mode="bilinear", align_corners=False)[0])


def peer(maps, clip):
    """-> seconds per image, mean cosine of every pair; the definition, pair by pair."""
    models, images = maps.shape[:2]
    cosine = np.zeros((models * (models + 1) // 2, images))
    start = time.perf_counter()
    for image in range(images):
        flat = read(maps[:, image], clip).flatten(1)
        pair = 0
        for a in range(models):
            for b in range(a, models):
                cosine[pair, image] = F.cosine_similarity(flat[a], flat[b], dim=0)
                torch.exp(-((flat[a] - flat[b]) ** 2).sum() / (2 * 80.0 ** 2))
                pair += 1
    return (time.perf_counter() - start) / images, cosine.mean(1)


def own(program, maps, clip):
    with tempfile.NamedTemporaryFile() as file:
        file.write(maps.numpy().tobytes())
        file.flush()
        models, images, side = maps.shape[:3]
        return json.loads(subprocess.run([program, file.name, str(models), str(images), str(side), str(clip)], check=True, capture_output=True, text=True).stdout)


def compare(program, kind, side, models, images, peer_images, clip=0):
    torch.manual_seed(1)
    maps = torch.randn(models, images, side, side) + 0.3
    seconds, cosine = peer(maps[:, :peer_images].contiguous(), clip)
    same = own(program, maps[:, :peer_images].contiguous(), clip)
    full = own(program, maps, clip)
    print(f"{kind:<22} {models} models x {images} images: peer {seconds * 1e3:9.3f} ms, own {full['seconds'] * 1e3:9.4f} ms an image, ratio {seconds / full['seconds']:8.1f}; "
          f"largest difference of means {np.abs(cosine - same['cosine']).max():.1e}")
    return full


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--models", type=int, default=14)
    parser.add_argument("--images", type=int, default=1024)
    parser.add_argument("--peer-images", type=int, default=32)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    compare(arguments.program, "Grad-CAM maps, 7 x 7", 7, arguments.models, arguments.images, arguments.peer_images)
    pixels = compare(arguments.program, "pixel maps, 224 x 224", SIZE, arguments.models, min(arguments.images, 64), arguments.peer_images)
    compare(arguments.program, "the same, clipped", SIZE, arguments.models, min(arguments.images, 64), arguments.peer_images, clip=0.3)
    print(f"pixel maps are read at {pixels['bytes_per_second'] / 1e9:.2f} GB/s; triad {pixels['triad'] / 1e9:.2f} GB/s")


if __name__ == "__main__":
    main()
