#!/usr/bin/env python3
"""Writes the explanations of a store for other tools. Called by 'sightline export'.

npy      OUTPUT/METHOD/MODEL/CLASS/IMAGE.npy, the layout of the comparison study: one float32 map of the input's size as it is compared, and beside it IMAGE.txt with
         the predicted class. Methods carry the study's names (GradCAM, KernelSHAP ...), so that with OUTPUT = explanations/imagenette2 its notebooks read it.
png      OUTPUT/METHOD/MODEL/CLASS/IMAGE.png, the map's positive part over the grey photo.
virelay  OUTPUT/MODEL_METHOD/{project.yaml, attribution.h5, input.h5, label-map.json}: projects that ViRelAy opens.
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import packages

packages.demand("export", "h5py", "matplotlib", "numpy", "pandas", "pillow")

import h5py
import matplotlib
import numpy as np
from PIL import Image

import maps
from run_folder import BadRun, give_up, open_store

STUDY_NAMES = {"gradcam": "GradCAM", "kernelshap": "KernelSHAP", "integratedgradients": "IntegratedGradients", "attentionrollout": "AttentionRollout"}


def file_name(name, file):
    """The name, of a model or method in the store, as a part of a path."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise BadRun(f"{file}: the name '{name}' of a model or method cannot be the name of a file")
    return name


class Store:
    """An explanations.h5 and the photos it explains."""

    def __init__(self, file, images, classes):
        self.name = file
        self.file = open_store(file, "attribute")
        self.paths = [path.decode() for path in self.file["images/path"][:]]
        self.labels = self.file["images/label"][:].astype(int)
        root = Path(images or self.file["images"].attrs["root"])
        self.root = root.parent if root.is_file() else root
        self.classes = read_classes(classes)

    def class_name(self, index):
        return self.classes[index][1] if index in self.classes else f"class {index}" if index >= 0 else "unknown"

    def records(self):
        """(model, method, group, images with a record)"""
        for model, group in self.file["models"].items():
            for method, item in group.items():
                if isinstance(item, h5py.Group):
                    file_name(model, self.name)
                    file_name(method, self.name)
                    done = np.flatnonzero(item["status"][:])
                    yield model, method, item, [int(image) for image in done if np.isfinite(item["values"][image].flat[0])]

    def map(self, group, image):
        """float32, size x size, as it is compared."""
        labels = self.file["superpixels"][group.attrs["superpixels"]] if group.attrs["kind"] == "superpixels" else None
        return maps.read_map(group, labels, image, int(group.parent.attrs["input_size"])).astype(np.float32)

    def photo(self, image, size):
        """The picture as 'common' transforms stretch it: size x size x 3, uint8."""
        path = self.root / self.paths[image]
        try:
            return np.asarray(Image.open(path).convert("RGB").resize((size, size), Image.Resampling.BILINEAR))
        except OSError as error:
            raise BadRun(f"{path}: cannot be read; --images names the folder of the photos") from error

    def refuse_shared_places(self):
        """Two pictures of one file name in folders of one name would overwrite each other's explanations."""
        first = {}
        for path in self.paths:
            if (other := first.setdefault(class_and_stem(path), path)) != path:
                raise BadRun(f"{self.name}: '{other}' and '{path}' would both be exported as {'/'.join(class_and_stem(path))}; --to virelay keeps them apart")

    def place(self, folder, model, method, image):
        """Where a picture's file goes, without its ending."""
        label, stem = class_and_stem(self.paths[image])
        folder = folder / STUDY_NAMES.get(method, method) / model / label
        folder.mkdir(parents=True, exist_ok=True)
        return folder / stem


def class_and_stem(path):
    """CLASS and IMAGE of a picture's path, which may lead out of the folder of its list: '../x.jpg' has no class."""
    path = Path(path)
    return path.parent.name if path.parent.name not in ("", "..") else "unlabelled", path.stem


def read_classes(path):
    """index -> (WordNet id, name), from a CSV with the header index,wnid,name."""
    if not path:
        return {}
    try:
        with open(path, newline="", encoding="utf-8") as stream:
            return {int(row[0]): (row[1], row[-1]) for row in list(csv.reader(stream))[1:] if row}
    except (OSError, ValueError, IndexError) as error:
        raise BadRun(f"{path}: cannot be read as index,wnid,name: {error}") from error


def export_npy(store, folder):
    store.refuse_shared_places()
    for model, method, group, images in store.records():
        predictions = group.parent["prediction"][:]
        for image in images:
            place = store.place(folder, model, method, image)
            np.save(place.with_name(place.name + ".npy"), store.map(group, image))
            place.with_name(place.name + ".txt").write_text(store.class_name(int(predictions[image])), encoding="utf-8")


def export_png(store, folder):
    store.refuse_shared_places()
    colours = matplotlib.colormaps["inferno"]
    for model, method, group, images in store.records():
        for image in images:
            explanation = np.clip(store.map(group, image), 0, 1)
            grey = store.photo(image, len(explanation)).mean(2, keepdims=True) / 255
            picture = 0.4 * grey + 0.6 * colours(explanation)[..., :3]
            place = store.place(folder, model, method, image)
            Image.fromarray((255 * picture).round().astype(np.uint8)).save(place.with_name(place.name + ".png"))


def label_map(store, classes):
    """ViRelAy looks every label up, so a label that is not known is one of its own behind the classes."""
    entries = [{"index": i, "word_net_id": store.classes.get(i, (f"class-{i}", ""))[0], "name": store.class_name(i)} for i in range(classes)]
    return [*entries, {"index": classes, "word_net_id": "unknown", "name": "unknown"}]


def export_virelay(store, folder):
    for model, method, group, images in store.records():
        size, logits = int(group.parent.attrs["input_size"]), group.parent["logits"]
        classes = logits.shape[1]
        labels = np.where(store.labels < 0, classes, store.labels).astype(np.int64)
        project = folder / f"{model}_{method}"
        project.mkdir(parents=True, exist_ok=True)
        with h5py.File(project / "attribution.h5", "w") as file:
            attribution = file.create_dataset("attribution", (len(images), 3, size, size), np.float32)
            for row, image in enumerate(images):
                attribution[row] = store.map(group, image) / 3  # ViRelAy adds the channels up
            file["prediction"] = logits[images].astype(np.float32)
            file["label"] = labels[images]
            file["index"] = np.asarray(images, np.uint32)
        with h5py.File(project / "input.h5", "w") as file:
            data = file.create_dataset("data", (len(store.paths), 3, size, size), np.uint8)
            for image in range(len(store.paths)):
                data[image] = store.photo(image, size).transpose(2, 0, 1)
            file["label"] = labels
        (project / "label-map.json").write_text(json.dumps(label_map(store, classes)), encoding="utf-8")
        target = str(group.attrs.get("target", "predicted"))
        (project / "project.yaml").write_text(json.dumps({"project": {  # JSON is YAML
            "name": f"{model} {method}", "model": model, "label_map": "label-map.json",
            "dataset": {"name": store.root.name, "type": "hdf5", "path": "input.h5", "input_width": size, "input_height": size,
                        "up_sampling_method": "none", "down_sampling_method": "none"},
            "attributions": {"attribution_method": method, "attribution_strategy": "true_label" if target == "label" else "predicted_label", "sources": ["attribution.h5"]},
            "analyses": []}}, indent=2), encoding="utf-8")


FORMATS = {"npy": export_npy, "png": export_png, "virelay": export_virelay}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="explanations.h5")
    parser.add_argument("--to", choices=FORMATS, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--images", default="", help="folder of the photos, if it is not where the run found them")
    parser.add_argument("--classes", default="", help="index,wnid,name")
    arguments = parser.parse_args()
    try:
        FORMATS[arguments.to](Store(arguments.file, arguments.images, arguments.classes), arguments.output)
    except (BadRun, OSError) as error:
        give_up("export", error)


if __name__ == "__main__":
    main()
