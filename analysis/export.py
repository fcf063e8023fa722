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

packages.demand("export", "google-crc32c", "h5py", "matplotlib", "numpy", "pandas", "pillow")

import h5py
import matplotlib
import numpy as np
from PIL import Image

from pictures import INDEX, Pictures
from store import BadRun, Store, give_up

STUDY_NAMES = {"gradcam": "GradCAM", "kernelshap": "KernelSHAP", "integratedgradients": "IntegratedGradients", "attentionrollout": "AttentionRollout"}


def file_name(name, file):
    """The name, of a model or method in the store, as a part of a path."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise BadRun(f"{file}: the name '{name}' of a model or method cannot be the name of a file")
    return name


class Exported:
    """An explanations.h5 and the photos it explains."""

    def __init__(self, file, images, index, classes):
        self.store = Store(file)
        self.images = Path(images or self.store.root)
        self.pictures = Pictures(self.images, index)
        self.class_names = read_classes(classes)

    def class_name(self, index):
        return self.class_names[index][1] if index in self.class_names else f"class {index}" if index >= 0 else "unknown"

    def groups(self):
        """(model, method) of all maps."""
        for model in self.store.models:
            for method in self.store.methods(model):
                yield file_name(model, self.store.name), file_name(method, self.store.name)

    def explanations(self, model, method):
        """(image, map, prediction) of every intact record with an intact prediction. The map is float32, size x size, as it is compared."""
        for image in self.store.done(model, method):
            explanation = self.store.map(model, method, image, self.store.input_size(model))
            prediction = self.store.prediction(model, image)
            if explanation is not None and prediction is not None:
                yield int(image), explanation.astype(np.float32), prediction

    def photo(self, image, size):
        """The picture as 'common' transforms stretch it: size x size x 3, uint8."""
        try:
            return np.asarray(self.pictures.read(self.store.paths[image]).resize((size, size), Image.Resampling.BILINEAR))
        except OSError as error:
            raise BadRun(f"{self.store.paths[image]}: cannot be read; --images names the folder or the archives of the photos ({error})") from error

    def refuse_shared_places(self):
        """Two pictures of one file name in folders of one name would overwrite each other's explanations."""
        first = {}
        for path in self.store.paths:
            if (other := first.setdefault(class_and_stem(path), path)) != path:
                raise BadRun(f"{self.store.name}: '{other}' and '{path}' would both be exported as {'/'.join(class_and_stem(path))}; --to virelay keeps them apart")

    def place(self, folder, model, method, image):
        """Where a picture's file goes, without its ending."""
        label, stem = class_and_stem(self.store.paths[image])
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


def export_npy(run, folder):
    run.refuse_shared_places()
    for model, method in run.groups():
        for image, explanation, (_, prediction, _) in run.explanations(model, method):
            place = run.place(folder, model, method, image)
            np.save(place.with_name(place.name + ".npy"), explanation)
            place.with_name(place.name + ".txt").write_text(run.class_name(prediction), encoding="utf-8")


def export_png(run, folder):
    run.refuse_shared_places()
    colours = matplotlib.colormaps["inferno"]
    for model, method in run.groups():
        for image, explanation, _ in run.explanations(model, method):
            grey = run.photo(image, len(explanation)).mean(2, keepdims=True) / 255
            picture = 0.4 * grey + 0.6 * colours(np.clip(explanation, 0, 1))[..., :3]
            place = run.place(folder, model, method, image)
            Image.fromarray((255 * picture).round().astype(np.uint8)).save(place.with_name(place.name + ".png"))


def label_map(run, classes):
    """ViRelAy looks every label up, so a label that is not known is one of its own behind the classes."""
    entries = [{"index": i, "word_net_id": run.class_names.get(i, (f"class-{i}", ""))[0], "name": run.class_name(i)} for i in range(classes)]
    return [*entries, {"index": classes, "word_net_id": "unknown", "name": "unknown"}]


def export_virelay(run, folder):
    store = run.store
    for model, method in run.groups():
        size, classes = store.input_size(model), store.classes(model)
        if not store.has_all_logits(model):
            raise BadRun(f"{store.name}: has not all logits of {model}, which ViRelAy shows; 'sightline attribute --store-logits all' makes a store that has them")
        labels = np.where(store.labels < 0, classes, store.labels).astype(np.int64)
        project = folder / f"{model}_{method}"
        project.mkdir(parents=True, exist_ok=True)
        with h5py.File(project / "attribution.h5", "w", locking=False) as file:
            attribution = file.create_dataset("attribution", (0, 3, size, size), np.float32, maxshape=(None, 3, size, size), chunks=(1, 3, size, size))
            images, logits = [], []
            for image, explanation, (scores, _, _) in run.explanations(model, method):
                images.append(image)
                logits.append(scores)
                attribution.resize(len(images), axis=0)
                attribution[-1] = explanation / 3  # ViRelAy adds the channels up
            file["prediction"] = np.asarray(logits, np.float32).reshape(len(images), classes)
            file["label"] = labels[images]
            file["index"] = np.asarray(images, np.uint32)
        with h5py.File(project / "input.h5", "w", locking=False) as file:
            data = file.create_dataset("data", (len(store.paths), 3, size, size), np.uint8)
            for image in range(len(store.paths)):
                data[image] = run.photo(image, size).transpose(2, 0, 1)
            file["label"] = labels
        (project / "label-map.json").write_text(json.dumps(label_map(run, classes)), encoding="utf-8")
        (project / "project.yaml").write_text(json.dumps({"project": {  # JSON is YAML
            "name": f"{model} {method}", "model": model, "label_map": "label-map.json",
            "dataset": {"name": run.images.name, "type": "hdf5", "path": "input.h5", "input_width": size, "input_height": size,
                        "up_sampling_method": "none", "down_sampling_method": "none"},
            "attributions": {"attribution_method": method, "attribution_strategy": "true_label" if store.target(model, method) == "label" else "predicted_label", "sources": ["attribution.h5"]},
            "analyses": []}}, indent=2), encoding="utf-8")


FORMATS = {"npy": export_npy, "png": export_png, "virelay": export_virelay}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="explanations.h5")
    parser.add_argument("--to", choices=FORMATS, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--images", default="", help="folder or archives of the photos, if they are not where the run found them")
    parser.add_argument("--classes", default="", help="index,wnid,name")
    arguments = parser.parse_args()
    try:
        index = (arguments.output if arguments.images else arguments.file.parent) / INDEX
        FORMATS[arguments.to](Exported(arguments.file, arguments.images, index, arguments.classes), arguments.output)
    except (BadRun, OSError) as error:
        give_up("export", error)


if __name__ == "__main__":
    main()
