"""Do two builds of the program compute the same bits? Runs the same jobs with both and compares every dataset, attribute and table.

    python tests/same_bits.py OLD_PROGRAM NEW_PROGRAM [WORK_FOLDER]

The jobs: every attribution method on models of seven families (synthetic weights; fp32, mixed precision, half-precision maps, model transforms, several
layers), every metric across models and across methods with every linkage, accuracy, Focus with every quality metric and random weights, mosaics, bias,
training of a head and of last blocks, parts and their merge. What differs by nature (paths, times, versions, ranks in run.json) is left out. Ends with 1
when anything else differs.
"""

import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

TESTS = Path(__file__).resolve().parent
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1")
METHODS = ("gradcam,gradcam@0.5,gradcampp,hirescam,layercam,xgradcam,eigencam,scorecam,saliency,inputxgradient,smoothgrad,integratedgradients,gradientshap,"
           "guidedbackprop,deeplift,lrp,kernelshap,kernelshap@solver=regression,lime,lime@solver=process,shapleyvaluesampling,"
           "occlusion,rise")
FEW = ["--smoothgrad.samples", "2", "--integratedgradients.steps", "4", "--kernelshap.samples", "40", "--lime.samples", "40", "--rise.samples", "24",
       "--occlusion.window", "64", "--occlusion.stride", "48", "--gradientshap.samples", "2", "--shapleyvaluesampling.samples", "2"]
CHANGING = {"program", "job"}  # attributes that hold versions or paths


def photos(folder):
    """Two class folders with four pictures each, and a list of classes."""
    sources = sorted(path for path in (TESTS / "fixtures/images").iterdir() if path.suffix in (".jpg", ".png"))
    for i in range(8):
        target = folder / "photos" / ("dog" if i % 2 else "cat") / f"{i:02}{sources[i % len(sources)].suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(sources[i % len(sources)].read_bytes())
    return folder / "photos"


def jobs(images):
    """-> (folder, words, ranks) of every job, in the order in which they run."""
    common = ["--images", images, "--weights", "synthetic:1", "--batch", "2", "--chunk", "2"]
    convolutional = ["--models", "resnet18,densenet121", *common]
    return [
        ("cnn", ["attribute", *convolutional, "--limit", "3", "--methods", METHODS, *FEW], 2),
        ("cnn", ["compare", "--methods", METHODS, "--compare.metrics", "cosine,rbf,kappa,ssim,spearman,topk_iou,emd",
                 "--compare.resamples", "50", "--compare.permutations", "99", "--compare.subsets", "3"], 2),
        ("cnn", ["cluster", "--cluster.linkage", "single,complete,average,weighted,ward", "--cluster.resamples", "20", "--cluster.runs", "5"], 1),
        ("transformers", ["attribute", "--models", "deit_tiny_patch16_224,swin_tiny_patch4_window7_224", *common, "--limit", "2", "--methods",
                          "gradcam,attentionrollout,chefer,lrp,integratedgradients,kernelshap,rise", *FEW, "--pixel-dtype", "float16"], 1),
        ("transformers", ["compare", "--compare.across", "methods", "--methods", "gradcam,attentionrollout,kernelshap", "--compare.metrics", "cosine,kappa"], 1),
        ("mixed", ["attribute", "--models", "vgg16,convnextv2_nano", *common, "--limit", "2", "--methods", "gradcam,kernelshap,occlusion", *FEW, "--precision",
                   "mixed", "--transforms", "model"], 2),
        ("accuracy", ["accuracy", *convolutional, "--limit", "4"], 2),
        ("focus", ["focus", "--models", "resnet18,resnet18@random=1,tf_efficientnet_lite0", *common, "--methods", "gradcam,integratedgradients,kernelshap",
                   *FEW, "--mosaics.per-class", "3", "--mosaics.arrangement", "all", "--focus.metrics", "pointing_game,deletion,insertion,sensitivity_n",
                   "--focus.steps", "4", "--focus.ood", "on", "--focus.resamples", "50"], 2),
        ("mosaics", ["mosaics", "--images", images, "--mosaics.per-class", "2", "--mosaics.layout", "patches"], 1),
        ("bias", ["bias", "--models", "resnet18", *common, "--methods", "gradcam,kernelshap", *FEW, "--focus.resamples", "50", "--bias.worst", "2", "--bias.target", "1"], 2),
        ("head", ["train", "--models", "tf_efficientnet_lite0", "--train", images, "--val", images, "--weights", "synthetic:1", "--batch", "2"], 1),
        ("blocks", ["train", "--models", "tf_efficientnet_lite0", "--train", images, "--weights", "synthetic:1", "--layers", "last:1", "--epochs", "2",
                    "--train-batch", "4"], 1),
        ("parts", ["attribute", *convolutional, "--methods", "gradcam,kernelshap", *FEW, "--part", "1/2"], 1),
        ("parts", ["attribute", *convolutional, "--methods", "gradcam,kernelshap", *FEW, "--part", "2/2"], 1),
        ("parts", ["merge"], 2),
    ]


def run(program, folder, images):
    for name, words, ranks in jobs(images):
        line = ["mpirun", "--oversubscribe", "-n", str(ranks), str(program), *map(str, words), "--output", str(folder / name)]
        done = subprocess.run(line, capture_output=True, text=True, env=ENVIRONMENT, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(line)}\n{done.stdout}{done.stderr}")


def same_arrays(one, other):
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes() if one.dtype != object else np.array_equal(one, other)


def compare_stores(one, other):
    """-> what differs between two HDF5 files: names of datasets and attributes."""
    found = []

    def contents(file):
        items = {"/": file}
        file.visititems(lambda name, item: items.__setitem__(name, item))
        return items

    with h5py.File(one) as a, h5py.File(other) as b:
        first, second = contents(a), contents(b)
        found += [f"only in one: {name}" for name in first.keys() ^ second.keys()]
        for name in first.keys() & second.keys():
            x, y = first[name], second[name]
            if isinstance(x, h5py.Dataset) and not same_arrays(x[()] if x.shape else np.asarray(x[()]), y[()] if y.shape else np.asarray(y[()])):
                found.append(name)
            for key in (x.attrs.keys() | y.attrs.keys()) - CHANGING:
                if key not in x.attrs or key not in y.attrs or not np.array_equal(x.attrs[key], y.attrs[key]):
                    found.append(f"{name}@{key}")
    return found


def same_weights(one, other):
    """Two safetensors files, but for the program's version in their metadata."""
    parts = []
    for file in (one, other):
        content = file.read_bytes()
        end = 8 + struct.unpack("<Q", content[:8])[0]
        header = json.loads(content[8:end])
        header["__metadata__"].pop("program", None)
        parts.append((header, content[end:]))
    return parts[0] == parts[1]


def compare_folders(one, other):
    differences, compared = [], 0
    names = {path.relative_to(root) for root in (one, other) for path in root.rglob("*") if path.is_file() and path.suffix != ".json"}
    for name in sorted(names):
        a, b = one / name, other / name
        if not a.exists() or not b.exists():
            differences.append(f"{name}: only in one")
        elif name.suffix == ".h5":
            differences += [f"{name}: {what}" for what in compare_stores(a, b)]
        elif not (same_weights(a, b) if name.suffix == ".safetensors" else a.read_bytes() == b.read_bytes()):
            differences.append(f"{name}: differs")
        compared += 1
    return differences, compared


def main(old, new, work):
    images = photos(work)
    for program, folder in ((old, work / "old"), (new, work / "new")):
        if not (folder / "done").exists():
            run(program, folder, images)
            (folder / "done").touch()
    differences, compared = compare_folders(work / "old", work / "new")
    print("\n".join([*differences, f"{compared} files of {len(jobs(images))} jobs compared, {len(differences)} differences"]))
    return 1 if differences else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3] if len(sys.argv) == 4 else tempfile.mkdtemp(prefix="sightline-same-bits-"))))
