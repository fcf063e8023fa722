"""Figures of distributions: similarities of every pair, and the image-count experiment."""

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.ticker import LogFormatter

from figures import plt

BLUE = "#0072B2"


def histograms(comparison, title):
    """A triangle of small multiples, one histogram of per-image similarities for every pair; a line at the mean."""
    names, edges = comparison.members, comparison.bins
    count = len(names)
    cell = min(1.1, 14 / count) if count > 4 else 1.6
    figure, axes = plt.subplots(figsize=(2 + cell * (count - 1), 1.7 + cell * (count - 1)), layout="constrained")
    places = (edges - edges[0]) / (edges[-1] - edges[0]) * 0.9 + 0.05
    for row, (a, b) in enumerate(comparison.pairs):
        if a != b:
            draw_histogram(axes, comparison.values[row], edges, places, a, b - 1)
    axes.set_xlim(0, count - 1)
    axes.set_ylim(count - 1, -0.1)
    axes.set_xticks(np.arange(count - 1) + 0.5, names[1:], rotation=45, ha="left", rotation_mode="anchor")
    axes.set_yticks([])
    for row, name in enumerate(names[:-1]):
        axes.text(row - 0.05, row + 0.5, name, ha="right", va="center", fontsize=10)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
    key = (f"In each field: similarity of the two models\non one image, {edges[0]:.1f} (left) to {edges[-1]:.1f} (right).\n"
           "Height: share of the images.\nOrange line and number: mean.")
    axes.text(0, 0.02, key, fontsize=8 if count < 8 else 11, transform=axes.transAxes, va="bottom", linespacing=1.5)
    figure.suptitle(title, fontsize=12 if count < 8 else 15)
    return figure


def draw_histogram(axes, values, edges, places, row, column):
    """In the unit square whose upper left corner is (column, row); y grows downwards."""
    axes.add_patch(plt.Rectangle((column + 0.05, row + 0.05), 0.9, 0.9, facecolor="#f4f4f2", edgecolor="#cccccc", linewidth=0.5))
    values = values[~np.isnan(values)]
    if not len(values):
        axes.text(column + 0.5, row + 0.5, "no image", ha="center", va="center", fontsize=6)
        return
    shares = np.histogram(values, edges)[0]
    floor = row + 0.95
    tops = floor - 0.72 * shares / max(shares.max(), 1)
    bars = [[(column + left, floor), (column + left, top), (column + right, top), (column + right, floor)]
            for left, right, top in zip(places[:-1], places[1:], tops)]
    axes.add_collection(PolyCollection(bars, facecolors=BLUE, edgecolors="none", zorder=2))
    mean = column + np.interp(values.mean(), edges, places)
    axes.plot([mean, mean], [floor, row + 0.23], color="#D55E00", linewidth=1.2, zorder=3)
    axes.text(column + 0.92, row + 0.08, f"{values.mean():.2f}", ha="right", va="top", fontsize=6.5, color="#333333")


def image_counts(subsets, cells, title):
    """Boxplots of the image-count experiment; `cells` may be None."""
    figure, row = plt.subplots(1, 1 if cells is None else 2, figsize=(5.2 if cells is None else 9.6, 4), squeeze=False, layout="constrained")
    boxes(row[0][0], subsets, "sum_absolute_difference", "sum of absolute differences to all images")
    row[0][0].set_ylim(bottom=0)
    row[0][0].set_title(f"{subsets['subset'].nunique()} random subsets of each size", fontsize=9)
    if cells is not None:
        boxes(row[0][1], cells[cells["variance"] > 0], "variance", "variance of a cell over the subsets")
        row[0][1].set_yscale("log")
        row[0][1].yaxis.set_major_formatter(LogFormatter())  # plain numbers: figures.py takes no text for a formula
        row[0][1].yaxis.set_minor_formatter(LogFormatter())
        row[0][1].set_title("every pair of models", fontsize=9)
    figure.suptitle(title, fontsize=12)
    return figure


def boxes(axes, frame, column, label):
    groups = sorted(frame.groupby("images"), key=lambda group: group[0])
    axes.boxplot([group[column].to_numpy() for _, group in groups], patch_artist=True,
                 boxprops={"facecolor": "#cfe3f1", "edgecolor": BLUE}, medianprops={"color": "#D55E00", "linewidth": 1.6},
                 whiskerprops={"color": BLUE}, capprops={"color": BLUE}, flierprops={"markersize": 3, "markeredgecolor": "#777777"})
    axes.set_xticks(range(1, len(groups) + 1), [str(int(count)) for count, _ in groups])  # boxplot's own name for these changed in Matplotlib 3.9
    axes.set_xlabel("images in the subset")
    axes.set_ylabel(label)
    axes.grid(axis="y", color="#e2e2e2", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
