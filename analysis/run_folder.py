"""Reads what a run left on disk: tables, stores, maps."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from PIL import Image


class BadRun(Exception):
    """Something is missing from the run folder."""


def bilinear_weights(size, nodes):
    """size x nodes matrix of bilinear upsampling with half-pixel centres and replicated edges (cv2.INTER_LINEAR)."""
    position = np.clip((np.arange(size) + 0.5) * nodes / size - 0.5, 0, nodes - 1)
    node = np.minimum(position.astype(int), max(nodes - 2, 0))
    part = position - node
    weights = np.zeros((size, nodes))
    weights[np.arange(size), node] = 1 - part
    weights[np.arange(size), np.minimum(node + 1, nodes - 1)] += part
    return weights


def scale(image):
    image = image - image.min()
    return image / (1e-7 + image.max())


def gradcam_pixels(raw, size):
    """A raw Grad-CAM as pytorch-grad-cam returns it: ReLU, scaled, resized, scaled once more."""
    native = scale(np.maximum(raw, 0))
    return scale(bilinear_weights(size, raw.shape[0]) @ native @ bilinear_weights(size, raw.shape[1]).T)


def read_signed(raw, clip):
    """A signed map, cut at its percentiles and divided by the largest absolute value, as 'sightline compare' reads it."""
    if clip:
        raw = np.clip(raw, np.percentile(raw, clip), np.percentile(raw, 100 - clip))
    largest = np.abs(raw).max()
    return raw / largest if largest > 0 else raw


def read_pixels(group, labels, image, size):
    """The map of a record as a picture of its positive part, size x size in [0, 1]."""
    kind, raw = group.attrs["kind"], group["values"][image].astype(float)
    if "scale" in group:  # float16
        raw *= group["scale"][image]
    if kind == "pixels":
        pixels = np.clip(read_signed(raw, 0.3), 0, 1)
        return bilinear_weights(size, raw.shape[0]) @ pixels @ bilinear_weights(size, raw.shape[1]).T
    if kind == "superpixels":
        return np.clip(read_signed(raw[~np.isnan(raw)], 0), 0, 1)[labels[image]]
    if group.name.rsplit("/", 1)[1] in ("attentionrollout", "chefer"):
        native = raw / max(raw.max(), 1e-30)
        return bilinear_weights(size, raw.shape[0]) @ native @ bilinear_weights(size, raw.shape[1]).T
    return gradcam_pixels(raw, size)


@dataclass
class Explanation:
    """One model's explanation of one image."""

    pixels: np.ndarray  # size x size in [0, 1]; None where there is no record
    prediction: int
    probability: float


class RunFolder:
    def __init__(self, folder, images=None):
        self.folder = Path(folder)
        images = Path(images) if images else None
        self.image_root = images.parent if images and images.is_file() else images
        if not (self.folder / "explanations.h5").exists():
            raise BadRun(f"{self.folder}: has no explanations.h5; run 'sightline attribute' first")

    @cached_property
    def store(self):
        return h5py.File(self.folder / "explanations.h5", "r")

    @cached_property
    def paths(self):
        return [path.decode() for path in self.store["images/path"][:]]

    @cached_property
    def labels(self):
        return self.store["images/label"][:]

    @cached_property
    def models(self):
        """In the order of the tables."""
        return list(self.table("same_predictions_count").index)

    @cached_property
    def methods(self):
        return sorted({name for model in self.models for name, item in self.store["models"][model].items() if isinstance(item, h5py.Group)})

    def metrics(self, method):
        prefix = f"dissimilarity_matrix_{method}_"
        names = (path.stem.removeprefix(prefix) for path in sorted((self.folder / "tables").glob(prefix + "*.csv")))
        return [name for name in names if not name.endswith("_matching")]

    def table(self, name):
        """A matrix CSV as a DataFrame."""
        path = self.folder / "tables" / f"{name}.csv"
        if not path.exists():
            raise BadRun(f"{path}: is missing; run 'sightline compare' first")
        return pd.read_csv(path, index_col=0)

    def linkage(self, name, method):
        """scipy's Z."""
        path = self.folder / "tables" / f"linkage_{name}_{method}.csv"
        if not path.exists():
            raise BadRun(f"{path}: is missing; run 'sightline cluster' first")
        return pd.read_csv(path)[["left", "right", "height", "items"]].to_numpy(float)

    def explanation(self, model, method, image):
        group = self.store["models"][model]
        size = int(group.attrs["input_size"])
        pixels = None
        if method in group and group[method]["status"][image] != 0 and np.isfinite(group[method]["values"][image].flat[0]):
            labels = self.store["superpixels"][group[method].attrs["superpixels"]] if group[method].attrs["kind"] == "superpixels" else None
            pixels = read_pixels(group[method], labels, image, size)
        return Explanation(pixels, int(group["prediction"][image]), float(group["probability"][image]))

    def photo(self, image, size):
        """The picture stretched to size x size as the models see it with common transforms, or None when it is not there."""
        path = self.image_root / self.paths[image] if self.image_root else None
        if path is None or not path.exists():
            return None
        return np.asarray(Image.open(path).convert("RGB").resize((size, size), Image.Resampling.BILINEAR))
