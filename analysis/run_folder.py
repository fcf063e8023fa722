"""Reads what a run left on disk: the job, tables, trees, stores, photos."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from PIL import Image

from pictures import INDEX, Pictures
from store import BadRun, Store, child, open_hdf5, require_shape

PERTURBATIONS = {"flip", "shift", "crop", "jpeg"}  # of attribute --perturb
LINKAGES = ("average", "single", "complete", "weighted", "ward")


NAMES = dict.fromkeys(("mosaic", "pair", "model", "method", "name"), str)  # columns that are no numbers, whatever they look like


def read_csv(path, columns=(), **options):
    try:
        frame = pd.read_csv(path, dtype=NAMES, **options)
    except (OSError, ValueError) as error:
        raise BadRun(f"{path}: cannot be read: {error}") from error
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise BadRun(f"{path}: has no column {' or '.join(missing)}")
    return frame


@dataclass
class Explanation:
    """One model's explanation of one image."""

    pixels: np.ndarray  # size x size in [0, 1]; None where there is no record
    prediction: int  # -1 and NaN where there is no record
    probability: float


@dataclass
class ItemGroups:
    """The groups of the members of a comparison, by which `sightline cluster` tested."""

    names: list  # of the groups, in the order in which members first have them
    numbers: np.ndarray  # by member, into names


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
        where = images or self.job.get("images.root") or self.job.get("images")  # by default where the run found them
        # --compare.explanations: those of another run were compared
        elsewhere = self.job.get("compare.explanations")
        self.explained = Path(elsewhere) if elsewhere else self.folder
        self.pictures = Pictures(where, next((folder / INDEX for folder in (self.folder, self.explained) if (folder / INDEX).is_file()), self.folder / INDEX))

    def require_explanations(self):
        if not (self.explained / "explanations.h5").exists():
            raise BadRun(f"{self.explained}: has no explanations.h5; run 'sightline attribute' first")
        perturbed = {self.store.model_text(model, "transforms").rpartition(", ")[2] for model in self.models} & PERTURBATIONS
        if perturbed:
            raise BadRun(f"{self.explained}: has maps of perturbed images ({', '.join(sorted(perturbed))}), which would be drawn over the photos as they are; "
                         "report the run that they repeat, with --compare.repeats")

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
        store = Store(self.explained / "explanations.h5", "attribute")
        missing = [model for model in self.models if model not in store.models]
        if missing:
            raise BadRun(f"{store.name}: has no model {missing[0]}, which was compared; run 'sightline compare' again")
        return store

    @cached_property
    def comparison(self):
        return open_hdf5(self.folder / "comparison.h5", "compare")

    @property
    def paths(self):
        return self.store.paths

    @property
    def labels(self):
        return self.store.labels

    @cached_property
    def models(self):
        """In the order of the tables."""
        return list(self.table("same_predictions_count").index)

    @cached_property
    def methods(self):
        return sorted({name for model in self.models for name in self.store.methods(model)})

    @cached_property
    def predictions(self):
        """model -> predicted class of every image that was compared; -1 where there is no intact record."""
        rows = child(self.comparison, "predictions", h5py.Dataset)
        require_shape(rows, (len(self.models), None), ("int32",))
        return dict(zip(self.models, rows[:], strict=True))

    @cached_property
    def across(self):
        """What the matrices compare: 'models' for each method, 'methods' for each model, or the 'depths' of all models for each method."""
        return str(self.comparison.attrs.get("across", "models"))

    @property
    def groups(self):
        if self.across == "depths":
            return sorted({name.partition("@")[0] for name in self.methods})
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

    def has_tree(self, name, method):
        return (self.folder / "tables" / f"linkage_{name}_{method}.csv").exists()

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

    def item_groups(self, members):
        """None where not every member has a group, or all have the same."""
        frame = self.optional("item_groups", "name", "group")
        known = {} if frame is None else {name: str(group) for name, group in zip(frame["name"], frame["group"]) if not pd.isna(group)}
        names = list(dict.fromkeys(known.get(member) for member in members))
        return None if None in names or len(names) < 2 else ItemGroups(names, np.array([names.index(known[member]) for member in members]))

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
        pixels = self.store.map(model, method, image, self.store.input_size(model)) if self.store.has(model, method) else None
        prediction, probability = self.prediction(model, image)
        return Explanation(None if pixels is None else np.clip(pixels, 0, 1), prediction, probability)

    def prediction(self, model, image):
        """(class, probability); -1 and NaN where there is no intact record."""
        found = self.store.prediction(model, image)
        return found[1:] if found else (-1, np.nan)

    def photo(self, image, size):
        """The picture stretched to size x size as the models see it with common transforms, or None when it is not there."""
        try:
            return np.asarray(self.pictures.read(self.paths[image]).resize((size, size), Image.Resampling.BILINEAR))
        except OSError:
            return None
