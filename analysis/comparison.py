"""What 'sightline compare' found by one metric: matrices with intervals, and the value of every image.

Usually those of one method, over the models. With --compare.across methods the two change places: of one model, over the methods.
With --compare.across depths they are those of one method, over the layers of all models."""

from functools import cached_property

import h5py
import numpy as np

from store import BadRun, child, numbers


class Comparison:
    """Over all images, or (`matching`) over those to which both models of a pair give the same class."""

    def __init__(self, run, group, metric, matching=False):
        self.run, self.group, self.metric, self.matching = run, group, metric, matching
        self.table = f"{group}_{metric}"  # in the names of tables that are about all images
        self.name = self.table + ("_matching" if matching else "")
        self.title = f"{group}, {metric}"
        try:
            self.results = run.comparison[group][metric]
            self.members = [name.decode() for name in child(run.comparison[group], "models", h5py.Dataset)[:]]
            self.mean, self.std, self.dissimilarity = (self.matrix(what) for what in ("mean", "std", "dissimilarity"))
        except (AttributeError, KeyError, TypeError) as error:
            raise BadRun(f"{run.folder / 'comparison.h5'}: has no /{group}/{metric}; run 'sightline compare' again") from error

    def record_of(self, member):
        """(model, method) of the explanations that stand behind a row of the matrices."""
        if self.run.across == "depths":
            model, _, layer = member.rpartition("@")
            return model, self.group if layer == "default" else f"{self.group}@{layer}"
        return (member, self.group) if self.run.across == "models" else (self.group, member)

    def matrix(self, what):
        return numbers(self.results[f"{what}_{'matching' if self.matching else 'all'}"], (len(self.members), len(self.members)))

    def interval(self, what):
        """Bootstrap interval of 'mean' or 'dissimilarity' as two matrices, or None."""
        if f"{what}_low_{'matching' if self.matching else 'all'}" not in self.results:
            return None
        return self.matrix(f"{what}_low"), self.matrix(f"{what}_high")

    @cached_property
    def floor(self):
        """The similarity of maps of different images, a row for every pair, or None."""
        columns = ("model_a", "model_b", "images", "draws", "similarity", "floor", "above", "above_low", "above_high", "p", "mean_maps")
        return None if self.matching else self.run.optional(f"floor_{self.table}", *columns)

    @cached_property
    def ceiling(self):
        """The similarity of each member's maps and their repetitions (--compare.repeats), a row for every two, or None."""
        columns = ("model", "repeat", "difference", "images", "similarity", "low", "high")
        return None if self.matching else self.run.optional(f"ceiling_{self.table}", *columns)

    @cached_property
    def pairs(self):
        """All (a, b) with a <= b, in the order of the rows of per_image."""
        count = len(self.members)
        return [(a, b) for a in range(count) for b in range(a, count)]

    @cached_property
    def values(self):
        """pairs x images; NaN = does not count."""
        values = numbers(self.results["per_image"], (len(self.pairs), None)).astype(float)
        if self.matching:
            images = values.shape[1]
            classes = [self.run.predictions[self.record_of(member)[0]][:images] for member in self.members]
            for row, (a, b) in zip(values, self.pairs):
                row[classes[a] != classes[b]] = np.nan
        return values

    @cached_property
    def counts(self):
        """Images of each pair."""
        return (~np.isnan(self.values)).sum(axis=1)

    def least_alike(self, pair, count=3):
        """(image, similarity) of the images on which the pair agrees least."""
        row = self.values[pair]
        order = [image for image in np.argsort(row, kind="stable")[:count] if not np.isnan(row[image])]
        return [(int(image), float(row[image])) for image in order]

    @cached_property
    def blank_maps(self):
        """member -> number of blank maps, which have similarity 0 with themselves by the cosine; None for other metrics."""
        if self.metric != "cosine":
            return None
        own = {a: row for row, (a, b) in zip(self.results["per_image"][:], self.pairs) if a == b}
        return {member: int(np.sum(~(own[index] > 0))) for index, member in enumerate(self.members)}

    @cached_property
    def bins(self):
        """Edges of a histogram that holds every value of different members."""
        values = self.values[[row for row, (a, b) in enumerate(self.pairs) if a != b]]
        if not np.isfinite(values).any():
            return np.linspace(0, 1, 21)
        low, high = np.floor(np.nanmin(values) * 10) / 10, np.ceil(np.nanmax(values) * 10) / 10
        return np.linspace(low, max(high, low + 0.1), 21)
