"""Reads what a run left on disk: the job, tables, trees, stores, photos."""

import json
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from PIL import Image

import maps

LINKAGES = ("average", "single", "complete", "weighted", "ward")


NAMES = dict.fromkeys(("mosaic", "pair", "model", "method", "name"), str)  # columns that are no numbers, whatever they look like


class BadRun(Exception):
    """Something is missing from the run folder."""


def give_up(program, error):
    """Ends with the code that the program has for bad input."""
    print(f"{program}: {error}", file=sys.stderr)
    sys.exit(3)


def read_csv(path, columns=(), **options):
    try:
        frame = pd.read_csv(path, dtype=NAMES, **options)
    except (OSError, ValueError) as error:
        raise BadRun(f"{path}: cannot be read: {error}") from error
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise BadRun(f"{path}: has no column {' or '.join(missing)}")
    return frame


def open_store(path, stage):
    if not path.exists():
        raise BadRun(f"{path}: is missing; run 'sightline {stage}' first")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise BadRun(f"{path}: cannot be opened: {error}") from error


@dataclass
class Explanation:
    """One model's explanation of one image."""

    pixels: np.ndarray  # size x size in [0, 1]; None where there is no record
    prediction: int
    probability: float


@dataclass
class Tree:
    """A linkage of the members of a comparison."""

    method: str
    z: np.ndarray  # scipy's: left, right, height, items
    support: np.ndarray  # of each row of z, in [0, 1]; NaN = unknown
    leaves: list  # names in the order of the drawing

    def members(self, names):
        """The names in the cluster that each row of z makes."""
        inside = [[name] for name in names]
        for left, right in self.z[:, :2].astype(int):
            inside.append(inside[left] + inside[right])
        return inside[len(names):]


class RunFolder:
    def __init__(self, folder, images=None):
        self.folder = Path(folder)
        images = Path(images or self.job.get("images", "."))  # by default where the run found them
        self.image_root = images.parent if images.is_file() else images if images.is_dir() else None
        # --compare.explanations: those of another run were compared
        elsewhere = self.job.get("compare.explanations")
        self.explained = Path(elsewhere) if elsewhere else self.folder

    def require_explanations(self):
        if not (self.explained / "explanations.h5").exists():
            raise BadRun(f"{self.explained}: has no explanations.h5; run 'sightline attribute' first")

    @cached_property
    def facts(self):
        """run.json; empty without one."""
        path = self.folder / "run.json"
        try:
            return json.loads(path.read_text()) if path.exists() else {}
        except ValueError as error:
            raise BadRun(f"{path}: is no JSON: {error}") from error

    @cached_property
    def job(self):
        """Every option as the stages resolved it; where two differ, that of the stage which ran it."""
        options = dict(self.facts.get("job", {}))
        for stage in self.facts.get("stages", {}).values():
            options = {**stage.get("job", {}), **options}
        for stage in ("compare", "cluster"):
            mine = self.facts.get("stages", {}).get(stage, {}).get("job", {})
            options.update({key: value for key, value in mine.items() if key.startswith(f"{stage}.")})
        return options

    @cached_property
    def store(self):
        return open_store(self.explained / "explanations.h5", "attribute")

    @cached_property
    def comparison(self):
        return open_store(self.folder / "comparison.h5", "compare")

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

    @cached_property
    def predictions(self):
        """model -> predicted class of every image."""
        return {model: self.store["models"][model]["prediction"][:] for model in self.models}

    @cached_property
    def across(self):
        """What the matrices compare: 'models' for each method, or 'methods' for each model."""
        return str(self.comparison.attrs.get("across", "models"))

    @property
    def groups(self):
        return self.methods if self.across == "models" else self.models

    def metrics(self, group):
        prefix = f"dissimilarity_matrix_{group}_"
        names = (path.stem.removeprefix(prefix) for path in sorted((self.folder / "tables").glob(prefix.replace("[", "[[]") + "*.csv")))
        return [name for name in names if not name.endswith("_matching")]

    def table(self, name):
        """A matrix CSV as a DataFrame."""
        path = self.folder / "tables" / f"{name}.csv"
        if not path.exists():
            raise BadRun(f"{path}: is missing; run 'sightline compare' first")
        return read_csv(path, index_col=0)

    def optional(self, name, *columns):
        """A CSV as a DataFrame, or None without it or without rows."""
        path = self.folder / "tables" / f"{name}.csv"
        frame = read_csv(path, columns) if path.exists() else None
        return None if frame is None or frame.empty else frame

    def rows_of(self, members, name, *columns):
        """Columns of an optional CSV with a row for each member of a comparison, in that order; None without it."""
        frame = self.optional(name, "name", *columns)
        if frame is None:
            return None
        frame = frame.set_index(frame["name"].astype(str))
        missing = [member for member in members if member not in frame.index]
        if missing:
            raise BadRun(f"{self.folder / 'tables' / name}.csv: has no row for {missing[0]}; run 'sightline cluster' again")
        return frame.loc[members, list(columns) or frame.columns.drop("name")]

    def linkages(self, name, wanted, required=True):
        """The linkages that are there, the wanted ones first; when `required`, the first of those has to be."""
        there = [method for method in LINKAGES if (self.folder / "tables" / f"linkage_{name}_{method}.csv").exists()]
        if required and wanted[0] not in there:
            raise BadRun(f"{self.folder / 'tables' / f'linkage_{name}_{wanted[0]}.csv'}: is missing; run 'sightline cluster' first")
        first = [method for method in wanted if method in there]
        return first + [method for method in there if method not in first]

    def tree(self, name, method, names):
        """The linkage of the members `names`."""
        merges = read_csv(self.folder / "tables" / f"linkage_{name}_{method}.csv", ["left", "right", "height", "items"])
        leaves = self.optional(f"optimal_leaves_{name}_{method}", "name")
        leaves = self.optional(f"leaves_{name}_{method}", "name") if leaves is None else leaves
        support = merges["support"].to_numpy(float) if "support" in merges else np.full(len(merges), np.nan)
        order = list(names) if leaves is None else [str(leaf) for leaf in leaves["name"]]
        return Tree(method, merges[["left", "right", "height", "items"]].to_numpy(float), support, order)

    def explanation(self, model, method, image):
        group = self.store["models"][model]
        size = int(group.attrs["input_size"])
        pixels = None
        if method in group and group[method]["status"][image] != 0 and np.isfinite(group[method]["values"][image].flat[0]):
            labels = self.store["superpixels"][group[method].attrs["superpixels"]] if group[method].attrs["kind"] == "superpixels" else None
            pixels = maps.read_pixels(group[method], labels, image, size)
        return Explanation(pixels, int(self.predictions[model][image]), float(group["probability"][image]))

    def photo(self, image, size):
        """The picture stretched to size x size as the models see it with common transforms, or None when it is not there."""
        path = self.image_root / self.paths[image] if self.image_root else None
        try:
            return np.asarray(Image.open(path).convert("RGB").resize((size, size), Image.Resampling.BILINEAR)) if path else None
        except OSError:
            return None
