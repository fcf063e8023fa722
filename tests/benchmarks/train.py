#!/usr/bin/env python3
"""Fine-tuning of all layers: 'sightline train' against a plain PyTorch loop with timm on the same LibTorch, one thread each, in turn.

    tests/benchmarks/run.sh train [--models a,b] [--photos DIR] [--rounds N]

Both decode the photos, crop and flip them at random, run the model forward and back and step by SGD; the peer in its better memory format, its BatchNorms in evaluation mode as Sightline's. Images per second
are those beyond the first batch, so that starting up and loading weights do not count. DIR holds a folder of photos for each class.
"""

import argparse
import itertools
import math
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import timm
import torch
import torchvision.transforms as transforms
from PIL import Image

from zoo import geometric_mean

MODELS = ["resnet18d.ra2_in1k", "tf_efficientnet_lite0.in1k", "deit_small_patch16_224.fb_in1k"]
BATCH = 16
BATCHES = 5


def peer(name, photos, memory_format):
    """Seconds for all but the first batch."""
    model = timm.create_model(name, pretrained=False, num_classes=2).train().to(memory_format=memory_format)
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
    augment = transforms.Compose([transforms.RandomResizedCrop(224, scale=(0.35, 1.0)), transforms.RandomHorizontalFlip(), transforms.ToTensor(),
                                  transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    for batch in range(BATCHES):
        if batch == 1:
            start = time.perf_counter()
        files = photos[batch * BATCH:(batch + 1) * BATCH]
        images = torch.stack([augment(Image.open(file).convert("RGB")) for file in files]).contiguous(memory_format=memory_format)
        loss = torch.nn.functional.cross_entropy(model(images), torch.tensor([hash(file.parent.name) % 2 for file in files]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - start


def own(program, name, folder, count):
    """Seconds of the training of `count` photos."""
    with tempfile.TemporaryDirectory() as output:
        start = time.perf_counter()
        subprocess.run([program, "train", "--models", name, "--weights", "random:1", "--train", folder, "--limit", str(count), "--shuffle", "1", "--layers", "all",
                        "--train-batch", str(BATCH), "--optimizer", "sgd", "--output", output, "--checkpoint-steps", "1000"], check=True, capture_output=True)
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--photos", type=Path, default=Path("../shared/data/dogs-vs-cats/train"))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    by_class = [sorted(folder.iterdir()) for folder in sorted(options.photos.iterdir())]
    photos = list(itertools.chain.from_iterable(zip(*by_class)))
    ratios = []
    for name in options.models.split(","):
        peers, owns = [], []
        for _ in range(options.rounds):
            peers.append(min(peer(name, photos, memory_format) for memory_format in (torch.contiguous_format, torch.channels_last)))
            owns.append(own(options.program, name, options.photos, BATCH * BATCHES) - own(options.program, name, options.photos, BATCH))
        rate = [BATCH * (BATCHES - 1) / statistics.median(times) for times in (peers, owns)]
        ratios.append(rate[1] / rate[0])
        print(f"{name:<36} timm {rate[0]:6.1f} images/s, Sightline {rate[1]:6.1f}: {ratios[-1]:.2f} times", flush=True)
    print(f"geometric mean {geometric_mean(ratios):.2f}" if not math.isnan(ratios[0]) else "")


if __name__ == "__main__":
    main()
