"""Reads explanations.h5 and files of its format, and trusts nothing in them: layout and attributes are checked when a file is opened, a record's checksum
when the record is read. The format is described in analysis/README.md; src/store/layout.cpp has the same checks for the program."""

import os
import sys
from functools import cached_property
from pathlib import Path

import google_crc32c
import h5py
import numpy as np

import maps


class BadRun(Exception):
    """A file of the run is missing, or is not what it should be."""


LARGEST_SIDE = 8192  # pixels of a model's input
NOT_DETAILS = ("values", "scale", "target", "status")


def give_up(program, error):
    """Ends with the code that the program has for bad input."""
    print(f"{program}: {error}", file=sys.stderr)
    sys.exit(3)


def open_hdf5(path, stage):
    """`stage`: the command that makes the file."""
    if not path.exists():
        raise BadRun(f"{path}: is missing; run 'sightline {stage}' first")
    try:
        try:
            return h5py.File(path, "r")
        except OSError as error:
            if "lock" not in str(error):
                raise
            return h5py.File(path, "r", locking=False)  # as where NFS is mounted without locks
    except OSError as error:
        raise BadRun(f"{path}: cannot be opened: {error}") from error


def members(group):
    """name -> object of a group. Links to elsewhere are refused: what is read lies in the file itself."""
    if not isinstance(group, h5py.Group):
        raise BadRun(f"{group.file.filename}:{group.name}: should be a group; the file is damaged or foreign")
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise BadRun(f"{group.file.filename}:{group.name.rstrip('/')}/{name}: is a link to another object or file; the data should be in the file itself")
    return {name: group[name] for name in group}


def child(group, name, kind):
    """The dataset or group of this name: `kind` is h5py.Dataset or h5py.Group."""
    found = members(group).get(name)
    if not isinstance(found, kind):
        raise BadRun(f"{group.file.filename}:{group.name.rstrip('/')}/{name}: should be a {kind.__name__.lower()}; the file is damaged or foreign")
    if kind is h5py.Dataset:
        require_own_data(found)
    return found


def datasets(group, name):
    """name -> dataset of the group `name` in `group`, which may be missing: then there are none."""
    inner = child(group, name, h5py.Group) if name in group else {}
    return {dataset: child(inner, dataset, h5py.Dataset) for dataset in inner}


def require_own_data(dataset):
    """The data are in the file, and not more of them than the file can hold (deflate compresses at most 1032 times)."""
    name, size = f"{dataset.file.filename}:{dataset.name}", os.path.getsize(dataset.file.filename)
    if dataset.is_virtual or dataset.external:
        raise BadRun(f"{name}: is made of other datasets or files; the data should be in the file itself")
    compressed = dataset.id.get_create_plist().get_nfilters() > 0
    if dataset.shape is None or dataset.size * dataset.dtype.itemsize > size * (1100 if compressed else 1):
        raise BadRun(f"{name}: should have {dataset.size} numbers by its shape, but the whole file has {size} bytes")


def require_shape(dataset, shape, types):
    """`shape`: None stands for any number from 1. `types`: names of numpy's types."""
    fits = len(dataset.shape) == len(shape) and all(wanted == have if wanted is not None else have > 0 for wanted, have in zip(shape, dataset.shape))
    if not fits or dataset.dtype.name not in types:
        wanted = " x ".join("?" if extent is None else str(extent) for extent in shape)
        raise BadRun(f"{dataset.file.filename}:{dataset.name}: has the shape {dataset.shape} of {dataset.dtype.name}; it should be {wanted} of {' or '.join(types)}")


def text(group, name):
    """A text attribute; empty when there is none."""
    value = group.attrs.get(name, "")
    if not isinstance(value, str):
        raise BadRun(f"{group.file.filename}:{group.name}: the attribute '{name}' should be one text")
    return value


def numbers(dataset, shape):
    """All numbers of a dataset of a comparison, which has this shape."""
    require_own_data(dataset)
    require_shape(dataset, shape, ("float32", "float64"))
    return dataset[:]


class Store:
    """A file of the format of explanations.h5, opened for reading."""

    def __init__(self, path, stage="attribute"):
        self.name = Path(path)
        self.file = open_hdf5(self.name, stage)
        try:
            self.check()
        except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
            raise BadRun(f"{self.name}: is damaged or no explanations store: {error}") from error

    def check(self):
        if text(self.file, "format") != "sightline-explanations":
            raise BadRun(f"{self.name}: is an HDF5 file, but not an explanations store")
        images = child(self.file, "images", h5py.Group)
        paths = child(images, "path", h5py.Dataset)
        if h5py.check_string_dtype(paths.dtype) is None or len(paths.shape) != 1:
            raise BadRun(f"{self.name}:{paths.name}: should be a list of texts")
        require_shape(child(images, "label", h5py.Dataset), paths.shape, ("int32",))
        text(images, "root")
        for maps_of_key in datasets(self.file, "superpixels").values():
            require_shape(maps_of_key, (*paths.shape, None, None), ("uint16",))
        for checksums in datasets(self.file, "superpixel_status").values():
            require_shape(checksums, paths.shape, ("uint32",))
        for group in members(child(self.file, "models", h5py.Group)).values():
            self.check_model(group, *paths.shape)

    def check_model(self, group, images):
        size = group.attrs.get("input_size")
        if not isinstance(size, np.integer) or not 1 <= size <= LARGEST_SIDE:
            raise BadRun(f"{self.name}:{group.name}: the attribute 'input_size' should be a number from 1 to {LARGEST_SIDE}")
        for name in ("timm_id", "weights"):
            text(group, name)
        self.check_logits(group, images)
        for name, kind in (("prediction", "int32"), ("probability", "float32"), ("status", "uint32")):
            require_shape(child(group, name, h5py.Dataset), (images,), (kind,))
        for method in members(group).values():
            if isinstance(method, h5py.Group) and "values" in method:
                self.check_method(method, images)

    def check_logits(self, group, images):
        """All logits, the largest ones with their classes, or, where the number of classes is known, none."""
        classes = group.attrs.get("classes")
        if classes is not None and (not isinstance(classes, np.integer) or classes < 1):
            raise BadRun(f"{self.name}:{group.name}: the attribute 'classes' should be a number of at least 1")
        if "logits" not in group and classes is not None:
            return
        logits = child(group, "logits", h5py.Dataset)
        require_shape(logits, (images, None), ("float32",))
        if "logit_classes" in group:
            require_shape(child(group, "logit_classes", h5py.Dataset), logits.shape, ("int32",))

    def check_method(self, group, images):
        kind = text(group, "kind")
        shape = (images, None) if kind == "superpixels" else (images, None, None)
        require_shape(child(group, "values", h5py.Dataset), shape, ("float32", "float16"))
        for name, stored in (("target", "int32"), ("status", "uint32")) + ((("scale", "float32"),) if "scale" in group else ()):
            require_shape(child(group, name, h5py.Dataset), (images,), (stored,))
        for name, detail in members(group).items():
            if name not in NOT_DETAILS:
                child(group, name, h5py.Dataset)
                require_shape(detail, (images, *[None] * (len(detail.shape) - 1)), ("float32",))
        if kind == "superpixels" and text(group, "superpixels") not in self.file.get("superpixels", {}):
            raise BadRun(f"{self.name}:{group.name}: belongs to the superpixels '{text(group, 'superpixels')}', which the file does not have")

    @cached_property
    def paths(self):
        """Relative to the folder of the images. Bytes that are not UTF-8 are kept as Python keeps them in file names."""
        return [os.fsdecode(path) for path in self.file["images/path"][:]]

    @cached_property
    def labels(self):
        """Class of each image; -1 = unknown."""
        return self.file["images/label"][:].astype(int)

    @property
    def root(self):
        return text(self.file["images"], "root")

    @cached_property
    def models(self):
        return list(members(self.file["models"]))

    def methods(self, model):
        return [name for name, item in members(self.file["models"][model]).items() if isinstance(item, h5py.Group) and "values" in item]

    def model_text(self, model, name):
        return text(self.file["models"][model], name)

    def input_size(self, model):
        return int(self.file["models"][model].attrs["input_size"])

    def has(self, model, method):
        return model in self.file["models"] and method in self.file["models"][model]

    def kind(self, model, method):
        return text(self.file["models"][model][method], "kind")

    def target(self, model, method):
        """What the maps explain: 'predicted', 'label' ..."""
        return text(self.file["models"][model][method], "target")

    def classes(self, model):
        """The number of the model's classes."""
        group = self.file["models"][model]
        return int(group.attrs["classes"]) if "classes" in group.attrs else group["logits"].shape[1]

    def has_all_logits(self, model):
        group = self.file["models"][model]
        return "logits" in group and "logit_classes" not in group

    def done(self, model, method):
        """The images that have a record, complete or not."""
        return np.flatnonzero(self.file["models"][model][method]["status"][:])

    def warn(self, model, what, image):
        print(f"sightline: warning: {self.name}: the record of {model}, {what}, {self.paths[image]} is corrupt and is left out; 'sightline attribute' "
              "with the same job computes it again", file=sys.stderr)

    def read(self, dataset, image):
        try:
            return dataset[image]
        except OSError as error:
            raise BadRun(f"{self.name}:{dataset.name}: cannot be read, the file may be damaged: {error}") from error

    def prediction(self, model, image):
        """(logits, class, probability), or None where the record is missing or corrupt. The logits are those of all classes, or the largest, or none: see
        `logit_classes`."""
        group = self.file["models"][model]
        record = {name: self.read(group[name], image) for name in ("logits", "logit_classes", "prediction", "probability") if name in group}
        status = self.read(group["status"], image)
        if status and status != checksum(*record.values()):
            self.warn(model, "prediction", image)
            status = 0
        return (record.get("logits", np.zeros(0, np.float32)), int(record["prediction"]), float(record["probability"])) if status else None

    def logit_classes(self, model, image):
        """The classes of the logits that `prediction` gives: all in their order, or those of the largest logits, the largest first."""
        group = self.file["models"][model]
        return self.read(group["logit_classes"], image) if "logit_classes" in group else np.arange(self.classes(model) if "logits" in group else 0)

    def values(self, model, method, image):
        """The raw map as float32, or None where the record is missing or corrupt."""
        group = self.file["models"][model][method]
        status = self.read(group["status"], image)
        values = self.read(group["values"], image).astype(np.float32)
        if "scale" in group:  # float16
            values *= np.float32(self.read(group["scale"], image))
        details = [self.read(group[name], image) for name in sorted(group) if name not in NOT_DETAILS]
        if not status:
            return None
        if status != checksum(values, self.read(group["target"], image), *details) or not self.has_good_superpixels(group, image):
            self.warn(model, method, image)
            return None
        return values

    def has_good_superpixels(self, group, image):
        """Whether their checksum fits, or none is known."""
        if text(group, "kind") != "superpixels" or "superpixel_status" not in self.file:
            return True
        key = text(group, "superpixels")
        stored = self.read(self.file["superpixel_status"][key], image) if key in self.file["superpixel_status"] else 0
        return stored == 0 or stored == checksum(self.read(self.file["superpixels"][key], image))

    def map(self, model, method, image, size):
        """The map as 'sightline compare' reads it, size x size or of (rows, columns): in [0, 1], or signed in [-1, 1] for pixels and superpixels.
        None where the record is missing, corrupt or not finite."""
        values = self.values(model, method, image)
        group = self.file["models"][model][method]
        if text(group, "kind") != "superpixels":
            return None if values is None or not np.isfinite(values).all() else maps.read_map(text(group, "kind"), method, values, size)
        values = None if values is None else values[~np.isnan(values)]
        labels = self.read(self.file["superpixels"][text(group, "superpixels")], image)
        if values is None or not np.isfinite(values).all() or labels.max() >= len(values):
            return None
        return maps.read_superpixels(values, labels, size)


def checksum(*parts):
    """The status word of a record: the CRC-32C of its numbers, or 1 where this is 0."""
    crc = 0
    for part in parts:
        crc = google_crc32c.extend(crc, np.ascontiguousarray(part).tobytes())
    return max(1, crc)
