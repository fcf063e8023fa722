#!/usr/bin/env python3
"""Attribution methods: Sightline against pytorch-grad-cam, Captum, zennit, lime and a plain rollout on the same LibTorch, same machine, one thread each, measured in turn.

    tests/benchmarks/run.sh attribution [--models a,b] [--methods a,b] [--rounds N] [--mixed]

Prints seconds per image of the peer (at the better of its memory formats and batch sizes) and of Sightline, their ratio, and the geometric means per method. Methods that only need
forward passes also show Sightline's time outside the model, as a share. --mixed adds those methods with their
masked passes in bfloat16 against the peer in float32, and the relative L2 distance of such maps from those in float32.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["TIMM_FUSED_ATTN"] = "0"  # rollout has to read the attention weights; the other methods get fused attention below

import numpy as np
import timm
import torch
import torchvision

from zoo import geometric_mean, to_grid

SIZE = 224
MODELS = ["resnet18d.ra2_in1k", "resnet50.a1_in1k", "efficientnet_b4.ra2_in1k", "deit_small_patch16_224.fb_in1k", "swin_tiny_patch4_window7_224.ms_in1k",
          "convnextv2_nano.fcmae_ft_in22k_in1k"]
LRP_MODELS = ["torchvision_alexnet", "torchvision_vgg16", "torchvision_resnet18"]
ROLLOUT_MODELS = ["deit_small_patch16_224.fb_in1k", "vit_base_patch32_224.augreg_in21k_ft_in1k"]
FORMATS = {"NCHW": torch.contiguous_format, "channels-last": torch.channels_last}
BATCHES = (8, 16)


def blocks(rows, columns):
    row, column = torch.arange(SIZE)[:, None] * rows // SIZE, torch.arange(SIZE)[None, :] * columns // SIZE
    return row * columns + column


def cam(kind):
    def explain(model, name, x, batch, spec):
        import pytorch_grad_cam
        layer = dict(model.named_modules())[spec["gradcam_layer"]]
        with getattr(pytorch_grad_cam, kind)(model, [layer], reshape_transform=to_grid(name)) as method:
            method(x, None)
    return explain


def per_image(explain):
    def each(model, name, x, batch, spec):
        for image in x.split(1):
            explain(model, image, int(model(image).argmax()), batch)
    return each


def integrated_gradients(model, x, target, batch):
    from captum.attr import IntegratedGradients
    IntegratedGradients(model).attribute(x, target=target, n_steps=20, internal_batch_size=batch)


def smoothgrad(model, x, target, batch):
    from captum.attr import NoiseTunnel, Saliency
    NoiseTunnel(Saliency(model)).attribute(x, target=target, nt_samples=10, nt_samples_batch_size=min(batch, 10), stdevs=0.5)


def kernelshap(model, x, target, batch):
    from captum.attr import KernelShap
    KernelShap(model).attribute(x, target=target, feature_mask=blocks(7, 7)[None, None], n_samples=64, perturbations_per_eval=batch)


def occlusion(model, x, target, batch):
    from captum.attr import Occlusion
    Occlusion(model).attribute(x, target=target, sliding_window_shapes=(3, 56, 56), strides=(3, 28, 28), perturbations_per_eval=batch)


def rise(model, x, target, batch):
    """As the authors describe it: masks by skimage, then batches of masked images."""
    from skimage.transform import resize
    cell = math.ceil(SIZE / 8)
    with torch.no_grad():
        total = torch.zeros(SIZE, SIZE)
        for first in range(0, 64, batch):
            masks = []
            for _ in range(min(batch, 64 - first)):
                row, column = np.random.randint(cell, size=2)
                wide = resize((np.random.rand(8, 8) < 0.5).astype(float), (9 * cell, 9 * cell), order=1, mode="reflect", anti_aliasing=False)
                masks.append(torch.from_numpy(wide[row:row + SIZE, column:column + SIZE]).float())
            masks = torch.stack(masks)
            total += torch.einsum("n,nij->ij", model(masks[:, None] * x).softmax(1)[:, target], masks)


def lime(model, x, target, batch):
    from lime.lime_image import LimeImageExplainer
    picture = x[0].permute(1, 2, 0).double().numpy()
    segments = blocks(7, 7).numpy()

    def classify(pictures):
        with torch.no_grad():
            batch_of = torch.from_numpy(np.stack(pictures)).float().permute(0, 3, 1, 2).contiguous(memory_format=MEMORY_FORMAT)
            return model(batch_of).softmax(1).numpy()
    LimeImageExplainer(random_state=0).explain_instance(picture, classify, labels=(target,), top_labels=None, hide_color=0, num_features=49, num_samples=64, batch_size=batch,
                                                        segmentation_fn=lambda _: segments)


def lrp(model, name, x, batch, spec):
    from zennit.composites import EpsilonPlusFlat
    from zennit.torchvision import ResNetCanonizer
    with EpsilonPlusFlat(canonizers=[ResNetCanonizer()] if "resnet" in name else []).context(model) as modified:
        leaf = x.clone().requires_grad_()
        logits = modified(leaf)
        start = torch.zeros_like(logits).scatter_(1, logits.argmax(1, keepdim=True), logits.amax(1, keepdim=True))
        torch.autograd.grad(logits, leaf, start)


def rollout(model, name, x, batch, spec):
    """vit-explain's steps for each image."""
    with torch.no_grad():
        for image in x.split(1):
            weights = []
            hooks = [module.register_forward_hook(lambda m, i, o: weights.append(o[0])) for path, module in model.named_modules() if path.endswith("attn_drop")]
            model(image)
            for hook in hooks:
                hook.remove()
            product = torch.eye(weights[0].shape[-1])
            for heads in weights:
                fused = heads.amax(0)
                flat = fused.flatten()
                dropped = flat.topk(int(flat.numel() * 0.9), largest=False).indices
                flat[dropped[dropped != 0]] = 0
                matrix = (flat.view_as(fused) + torch.eye(len(fused))) / 2
                product = (matrix / matrix.sum(-1, keepdim=True)) @ product


# Sightline's parameters, the peer, the peer's name, how many images at once, forward passes per image (0 = it needs gradients).
METHODS = {
    "gradcam": ([], cam("GradCAM"), "pytorch-grad-cam", 8, 0),
    "gradcampp": ([], cam("GradCAMPlusPlus"), "pytorch-grad-cam", 8, 0),
    "layercam": ([], cam("LayerCAM"), "pytorch-grad-cam", 8, 0),
    "integratedgradients": (["integratedgradients.steps=20"], per_image(integrated_gradients), "Captum", 2, 0),
    "smoothgrad": (["smoothgrad.samples=10"], per_image(smoothgrad), "Captum", 2, 0),
    "kernelshap": (["kernelshap.samples=64", "kernelshap.features=grid:7x7"], per_image(kernelshap), "Captum", 2, 64),
    "lime": (["lime.samples=64", "lime.features=grid:7x7"], per_image(lime), "lime", 2, 64),
    "occlusion": (["occlusion.window=56", "occlusion.stride=28"], per_image(occlusion), "Captum", 2, 49),
    "rise": (["rise.samples=64"], per_image(rise), "authors' steps", 2, 64),
    "lrp": (["lrp.rules=epsilon_plus_flat"], lrp, "zennit", 4, 0),
    "attentionrollout": ([], rollout, "vit-explain's steps", 8, 0),
}
MEMORY_FORMAT = torch.contiguous_format


def peer_model(name, method):
    if name.startswith("torchvision_"):
        model = getattr(torchvision.models, name.removeprefix("torchvision_"))()
    else:
        model = timm.create_model(name, pretrained=False)
    for module in model.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = method != "attentionrollout"
        if hasattr(module, "inplace"):
            module.inplace = False
    for parameter in model.parameters():
        parameter.requires_grad_(method in ("gradcam", "gradcampp", "layercam"))  # what pytorch-grad-cam's hooks need
    return model.eval()


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peer_seconds(name, method, spec, rounds):
    """The best of formats and batch sizes, per image."""
    global MEMORY_FORMAT
    _, explain, _, images, _ = METHODS[method]
    best = math.inf
    for memory_format in FORMATS.values():
        MEMORY_FORMAT = memory_format
        model = peer_model(name, method).to(memory_format=memory_format)
        x = torch.rand(images, 3, SIZE, SIZE).contiguous(memory_format=memory_format)
        for batch in BATCHES if "per_image" in explain.__qualname__ else (images,):
            best = min(best, statistics.median(timed(lambda: explain(model, name, x, batch, spec)) for _ in range(rounds)) / images)
    return best


def own(program, name, method, rounds, precision="fp32"):
    parameters, _, _, images, passes = METHODS[method]
    result = json.loads(subprocess.run([program, name, method, str(images), str(rounds), precision, *parameters], check=True, capture_output=True, text=True).stdout)
    seconds = result["seconds"] / images
    outside = 1 - (passes + 1) * result["forward"] / seconds if passes else math.nan
    return seconds, outside, result["error"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--mixed", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    listed = subprocess.run([os.path.join(os.path.dirname(arguments.program), "../sightline"), "models", "--json"], check=True, capture_output=True, text=True)
    specs = {spec["id"]: spec for spec in json.loads(listed.stdout)}
    print(f"224 x 224, one thread, {arguments.rounds} rounds, torch {torch.__version__}; seconds per image")
    print(f"{'method':<20} {'peer':<20} {'model':<44} {'peer':>8} {'own':>8} {'ratio':>6} {'outside':>8}" + (f" {'mixed':>6} {'error':>7}" if arguments.mixed else ""))
    means = {}
    for method in arguments.methods.split(","):
        names = LRP_MODELS if method == "lrp" else ROLLOUT_MODELS if method == "attentionrollout" else arguments.models.split(",")
        ratios = []
        mixed_ratios = []
        for name in names:
            theirs = peer_seconds(name, method, specs.get(name), arguments.rounds)
            mine, outside, _ = own(arguments.program, name, method, arguments.rounds)
            ratios.append(theirs / mine)
            coarse = ""
            if arguments.mixed and METHODS[method][4]:
                seconds, _, error = own(arguments.program, name, method, arguments.rounds, "mixed")
                mixed_ratios.append(theirs / seconds)
                coarse = f" {mixed_ratios[-1]:6.2f} {error:7.3f}"
            print(f"{method:<20} {METHODS[method][2]:<20} {name:<44} {theirs:8.3f} {mine:8.3f} {ratios[-1]:6.2f} {outside:8.1%}{coarse}", flush=True)
        means[method] = geometric_mean(ratios)
        if mixed_ratios:
            means[method + " mixed"] = geometric_mean(mixed_ratios)
    for method, mean in means.items():
        print(f"geometric mean {method:<26} {mean:6.2f}")


if __name__ == "__main__":
    sys.exit(main())
