#!/usr/bin/env python3
"""What only a GPU can tell: does it give the CPU's numbers, the same bits again, within the memory that there is, and how fast?

Every part is a few runs of the program and ends with a dictionary of figures; those that have a goal say whether it was reached. They are written to the file
of results as soon as a part has ended, and a part that is in the file already is passed over, so that a check that ran out of time goes on where it was.
--dry does all of it in the small, with the CPU in the GPU's place: it tells that the script works, and its figures mean nothing.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).resolve().parent
FAMILIES = ("resnet18", "mobilenetv3_small_100", "densenet121", "torchvision_vgg11", "vit_tiny_patch16_224", "swin_tiny_patch4_window7_224", "pvt_v2_b0",
            "convnextv2_atto")
METHODS = ("gradcam,gradcampp,hirescam,layercam,xgradcam,eigencam,saliency,inputxgradient,smoothgrad,integratedgradients,gradientshap,guidedbackprop,deeplift,"
           "lrp,attentionrollout,chefer,kernelshap,lime,shapleyvaluesampling,occlusion,rise")
FEW = ("--smoothgrad.samples", 4, "--integratedgradients.steps", 8, "--integratedgradients.tolerance", 1, "--gradientshap.samples", 4,
       "--kernelshap.samples", 120, "--lime.samples", 120, "--lime.solver", "process", "--shapleyvaluesampling.samples", 2, "--occlusion.window", 64,
       "--occlusion.stride", 48, "--rise.samples", 64)
# The largest relative difference (L2) that a store's dataset may have from the CPU's, by the end of its name.
ALLOWED = {"logits": 1e-3, "values": 1e-3}


class Check:
    """The options, and what parts need in order to run the program."""

    def __init__(self, options):
        self.dry = options.dry
        self.device = "cpu" if options.dry else "cuda"
        self.program = [str(HERE / "run.sh"), "sightline"] if not options.program else [options.program]
        self.folder = Path(tempfile.mkdtemp(prefix="sightline-device-"))
        photos = Path(options.photos) if options.photos else HERE / "photos"
        self.sources = sorted(path for path in photos.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))

    def photos(self, count):
        """A folder of `count` pictures, links to those that there are."""
        folder = self.folder / f"photos-{count}"
        if not folder.exists():
            folder.mkdir()
            for i in range(count):
                (folder / f"{i:05}.jpg").symlink_to(self.sources[i % len(self.sources)])
        return folder

    def run(self, command, output, *words, device=None):
        """-> seconds, and what the program said. Ends the part with its messages when it fails."""
        begin = time.monotonic()
        done = subprocess.run([*self.program, command, "--output", str(self.folder / output), "--device", device or self.device, "--weights", "synthetic:1",
                               *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"sightline {command} {' '.join(map(str, words))} ended with {done.returncode}: {done.stderr[-2000:]}")
        return time.monotonic() - begin, done.stderr

    def attribute(self, output, images, models, methods, *words, device=None):
        return self.run("attribute", output, "--images", self.photos(images), "--models", models, "--methods", methods, *words, device=device)

    def store(self, output):
        """Every dataset of numbers of a store, by its name."""
        found = {}
        with h5py.File(self.folder / output / "explanations.h5") as file:
            file.visititems(lambda name, item: found.update({name: item[...]}) if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu" else None)
        return found


def ask_gpu(fields):
    """What nvidia-smi says of each GPU, a line each."""
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def environment(check):
    gpus = ask_gpu("name,driver_version,memory.total") if shutil.which("nvidia-smi") else []
    said = subprocess.run([*check.program, "check", "--device", check.device], capture_output=True, text=True, check=False)
    return {"gpus": gpus, "check": (said.stdout + said.stderr).splitlines(), "cores": os.cpu_count()}


def relative_difference(a, b):
    """Of two arrays, in the L2 norm; NaNs, the unused ends of superpixel maps, must be at the same places."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return float("inf")
    return float(np.linalg.norm(np.nan_to_num(a - b)) / max(np.linalg.norm(np.nan_to_num(b)), 1e-30))


def is_rounding(name):
    """Whether a map is zero but for rounding: LayerNorm behind these models' CAM layer ignores a token's scale, and the methods sum what it ignores."""
    return any(method in name for method in ("/hirescam/", "/xgradcam/")) and any(model in name.lower() for model in ("swin", "pvt", "pyramidvit"))


def parity(check):
    images, models = (1, (FAMILIES[0], FAMILIES[4])) if check.dry else (4, FAMILIES)
    words = ("--store-logits", "all", *FEW)
    check.attribute("cpu", images, ",".join(models), METHODS, *words, device="cpu")
    check.attribute("gpu", images, ",".join(models), METHODS, *words)
    cpu, gpu = check.store("cpu"), check.store("gpu")
    differences = {name: relative_difference(gpu[name], cpu[name]) for name in cpu if cpu[name].dtype.kind == "f" and not is_rounding(name)}
    wrong = {name: value for name, value in differences.items() if value > ALLOWED.get(name.rsplit("/", 1)[-1], float("inf"))}
    classes = [name for name in cpu if name.endswith(("/prediction", "/target")) and not np.array_equal(cpu[name], gpu[name])]
    return {"compared": len(differences), "largest": sorted(differences.items(), key=lambda pair: -pair[1])[:20], "wrong": wrong, "other_classes": classes,
            "reached": not wrong and not classes and set(cpu) == set(gpu)}


def repeat(check):
    images, batch, models = (2, 1, "resnet18") if check.dry else (32, 8, "resnet18,vit_tiny_patch16_224")
    words = (*FEW, "--batch", batch, "--chunk", batch)
    for output, part in (("once", "1/1"), ("again", "1/1"), ("halves", "1/2"), ("halves", "2/2")):
        check.attribute(output, images, models, "gradcam,integratedgradients,kernelshap", *words, "--part", part)
    parts = [str(check.folder / f"halves/parts/{part}-of-2/explanations.h5") for part in (1, 2)]
    subprocess.run([*check.program, "merge", *parts, "--output", str(check.folder / "halves")], check=True, capture_output=True)
    once = check.store("once")
    differing = {output: [name for name, values in check.store(output).items() if values.tobytes() != once[name].tobytes()] for output in ("again", "halves")}
    return {"datasets": len(once), "differing": differing, "reached": not any(differing.values())}


def used_memory():
    """MiB that are in use on the first GPU; 0 where there is none."""
    return float(ask_gpu("memory.used")[0]) if shutil.which("nvidia-smi") else 0.0


@contextlib.contextmanager
def sampling(read, every=0.25):
    """A list that gets read() again and again until the end of the block."""
    samples, stop = [], threading.Event()

    def sample():
        while not stop.wait(every):
            samples.append(read())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def memory(check):
    _, said = check.attribute("searched", 16 if check.dry else 256, "resnet18", "gradcam", "--batch", 0)
    found = {"search": [line for line in said.splitlines() if "batch" in line]}
    with sampling(used_memory) as used:
        check.attribute("flat", 32 if check.dry else 2000, "resnet50.tv_in1k", "gradcam")
    # After the first quarter, in which weights are loaded and buffers grow, nothing is to be added.
    quarter = used[len(used) // 4:] or [0.0]
    found |= {"mib_after_a_quarter": quarter[0], "mib_at_most": max(quarter), "flat": max(quarter) <= quarter[0] * 1.02 + 64}
    if not check.dry:
        import torch

        free, _ = torch.cuda.mem_get_info()
        hold = torch.empty(int(free - 3e9), dtype=torch.uint8, device="cuda")  # leaves 3 GB
        _, said = check.attribute("little", 256, "resnet50.tv_in1k", "gradcam", "--batch", 256)
        found["halved"] = [line for line in said.splitlines() if "out of memory" in line]
        del hold
        torch.cuda.empty_cache()
    return found | {"reached": found["flat"]}


def images_per_second(check, model, methods, precision, images):
    """Of a long run less a short one, so that neither start nor loading counts."""
    seconds = [check.attribute(f"speed-{count}", count, model, methods, "--precision", precision)[0] for count in (images // 4, images)]
    for count in (images // 4, images):
        shutil.rmtree(check.folder / f"speed-{count}")
    return (images - images // 4) / max(seconds[1] - seconds[0], 1e-9)


def peers(check, name, images):
    """timm's model, eager and compiled, and pytorch-grad-cam with it where that is installed: images per second."""
    import timm
    import torch

    model = timm.create_model(name, pretrained=False).eval().to(check.device).to(memory_format=torch.channels_last)
    size = timm.data.resolve_model_data_config(model)["input_size"][-1]
    x = torch.randn(4 if check.dry else 64, 3, size, size, device=check.device).to(memory_format=torch.channels_last)

    def rate(call):
        for _ in range(3):
            call()
        if not check.dry:
            torch.cuda.synchronize()
        begin, passes = time.monotonic(), max(1, images // len(x))
        for _ in range(passes):
            call()
        if not check.dry:
            torch.cuda.synchronize()
        return passes * len(x) / (time.monotonic() - begin)

    found = {}
    with torch.inference_mode():
        found["eager"] = rate(lambda: model(x))
        if not check.dry:
            compiled = torch.compile(model)
            found["compiled"] = rate(lambda: compiled(x))
    if importlib.util.find_spec("pytorch_grad_cam"):
        from pytorch_grad_cam import GradCAM

        layers = [module for module in model.modules() if isinstance(module, torch.nn.Conv2d)]
        cam = GradCAM(model=model, target_layers=[layers[-1]])
        found["pytorch_grad_cam"] = rate(lambda: cam(input_tensor=x))
    return found


def speed(check):
    models = ("resnet50.tv_in1k", "densenet121.tv_in1k", "tf_efficientnet_lite0.in1k", "vit_base_patch16_224.augreg_in21k_ft_in1k",
              "swin_tiny_patch4_window7_224.ms_in1k")
    models = ("resnet18.tv_in1k",) if check.dry else models
    images = 16 if check.dry else 2048
    table = {}
    precisions = ("fp32", "bf16") if check.dry else ("fp32", "tf32", "bf16")
    for model in models:
        row = {f"gradcam_{precision}": images_per_second(check, model, "gradcam", precision, images) for precision in precisions}
        if importlib.util.find_spec("timm"):
            row |= peers(check, model, images)
        table[model] = row
    return {"images_per_second": table}


def busy(check):
    """The share of the time in which the GPU computes during KernelSHAP, and evaluations per second."""
    images, samples = (2, 40) if check.dry else (64, 2000)
    words = ("--kernelshap.samples", samples, "--kernelshap.solver", "regression")
    short, _ = check.attribute("busy-0", max(1, images // 8), "resnet50.tv_in1k", "kernelshap", *words)
    with sampling(lambda: 0.0 if check.dry else float(ask_gpu("utilization.gpu")[0])) as shares:
        seconds, _ = check.attribute("busy", images, "resnet50.tv_in1k", "kernelshap", *words)
    inner = sorted(shares[len(shares) // 4:]) or [0.0]  # after the start
    share = float(np.mean(inner)) / 100
    return {"evaluations_per_second": (images - max(1, images // 8)) * samples / max(seconds - short, 1e-9), "busy": share, "reached": share >= 0.85}


def study(check):
    """The comparison study's jobs from start to report, with the seconds that they took on a T4 and those that are the goal on an H100."""
    jobs = {"gradcam_256": ("gradcam", 256, (), 150, 10), "gradcam_1024": ("gradcam", 1024, (), 520, 20),
            "kernelshap_64": ("kernelshap", 64, ("--kernelshap.samples", 100), 1550, 30),
            "all_128": ("gradcam,integratedgradients,kernelshap", 128, ("--kernelshap.samples", 350, "--integratedgradients.steps", 100), 10800, 360)}
    found = {}
    for name, (methods, images, words, t4, goal) in jobs.items():
        images = 2 if check.dry else images
        models = "resnet18.tv_in1k,tf_efficientnet_lite0" if check.dry else "thesis"
        output = f"study-{name}"
        seconds = check.attribute(output, images, models, methods, *words)[0]
        for command in ("compare", "cluster"):
            seconds += check.run(command, output, "--images", check.photos(images), "--models", models, "--methods", methods, *words)[0]
        found[name] = {"seconds": seconds, "t4": t4, "goal": goal, "reached": seconds <= goal}
    return found


PARTS = {part.__name__: part for part in (environment, parity, repeat, memory, busy, speed, study)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry", action="store_true", help="in the small, on the CPU")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"which, in this order (all: {','.join(PARTS)})")
    parser.add_argument("--results", type=Path, default=Path("device_check.json"))
    parser.add_argument("--program", help="in the place of the bundle's")
    parser.add_argument("--photos", help="a folder in the place of the bundle's")
    options = parser.parse_args()
    results = json.loads(options.results.read_text()) if options.results.exists() else {}
    check = Check(options)
    failed = []
    try:
        for name in options.parts.split(","):
            if name in results:
                print(f"device_check: {name}: is in {options.results}", flush=True)
                continue
            begin = time.monotonic()
            try:
                results[name] = PARTS[name](check) | {"seconds_of_the_part": round(time.monotonic() - begin, 1)}
                options.results.write_text(json.dumps(results, indent=1) + "\n")
                print(f"device_check: {name}: {json.dumps(results[name])[:1500]}", flush=True)
            except (RuntimeError, subprocess.CalledProcessError, OSError, KeyError) as error:  # the other parts are still worth their time
                failed.append(name)
                print(f"device_check: {name}: FAILED: {error}", flush=True)
    finally:
        shutil.rmtree(check.folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
