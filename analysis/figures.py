"""Figures of matrices and trees, and what all figures share. Each function draws one and returns a matplotlib figure."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

# Colour-blind safe (Okabe and Ito); yellow last, it is faint on white
GROUP_COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442"]
GREY = "#999999"
MARKERS = "osD^vPX"

plt.rcParams["text.parse_math"] = False  # a name with dollar signs is no formula


def save(figure, path):
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


def spread_out(count, total):
    """`count` indices spread evenly over `total`."""
    return [int(i) for i in np.unique(np.linspace(0, total - 1, min(count, total)).round())]


def colour_of(group):
    return GROUP_COLOURS[group % len(GROUP_COLOURS)]


def marker_of(group):
    return MARKERS[group % len(MARKERS)]


def mark(axes, x, y, group):
    """The sign of a group beside a name."""
    axes.scatter(x, y, s=40, marker=marker_of(group), color=colour_of(group), edgecolors="#222222", linewidths=0.6, clip_on=False, zorder=3)


def add_legend(figure, groups, where="outside lower center"):
    """What the colours and shapes of groups stand for."""
    handles = [plt.Line2D([], [], linestyle="", marker=marker_of(number), color=colour_of(number), markeredgecolor="#222222", label=name)
               for number, name in enumerate(groups.names)]
    figure.legend(handles=handles, loc=where, ncols=len(handles), frameon=False, fontsize=8.5)


def write_values(axes, values, decimals, fontsize):
    """The numbers of a matrix in the cells that imshow has drawn: white on its dark half, black on its bright one."""
    middle = values.max() / 2
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:.{decimals}f}", ha="center", va="center", color="white" if value < middle else "black", fontsize=fontsize)


def heatmap(matrix, order, title, groups=None):
    """A dissimilarity matrix (DataFrame) with its values, rows and columns in the order of the dendrogram. `groups`: of its rows, drawn beside them."""
    values = matrix.loc[order, order].to_numpy()
    side = 2.2 + 0.62 * len(order)
    figure, axes = plt.subplots(figsize=(side + 0.8, side), layout="constrained")
    image = axes.imshow(values, cmap="cividis", vmin=0)
    axes.set_xticks(range(len(order)), order, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(order)), order)
    write_values(axes, values, decimals=3, fontsize=8)
    figure.colorbar(image, ax=axes, label="dissimilarity (0 = the same)", shrink=0.8)
    axes.set_title(title)
    if groups:
        group_of = dict(zip(matrix.index, groups.numbers))
        for place, name in enumerate(order):
            for x, y in ((-0.72, place), (place, len(order) - 0.28)):
                mark(axes, x, y, group_of[name])
        axes.tick_params(length=0, pad=16)
        axes.set_xlim(-0.5, len(order) - 0.5)
        axes.set_ylim(len(order) - 0.5, -0.5)
        add_legend(figure, groups)
    return figure


def are_depths(names):
    """Whether the names are MODEL@LAYER with several layers of each model, as --compare.across depths and --represent.depths make them."""
    models = [name.rpartition("@")[0] for name in names]
    return all(models) and all("=" not in name.rpartition("@")[2] for name in names) and len(set(models)) < len(models)


def depths(matrix, title):
    """A dissimilarity matrix (DataFrame) of MODEL@LAYER in the order of its rows: a block for every two models, a line between blocks."""
    names = [name.rpartition("@") for name in matrix.index]
    models = list(dict.fromkeys(model for model, _, _ in names))
    layers = [layer for _, _, layer in names]
    count, side = len(names), 2.6 + 0.36 * len(names)
    figure, axes = plt.subplots(figsize=(side + 1.0, side), layout="constrained")
    values = matrix.to_numpy()
    image = axes.imshow(values, cmap="cividis", vmin=0)
    places = [[place for place, (model, _, _) in enumerate(names) if model == wanted] for wanted in models]
    for of_model in places[1:]:
        axes.axhline(of_model[0] - 0.5, color="white", linewidth=2)
        axes.axvline(of_model[0] - 0.5, color="white", linewidth=2)
    axes.set_xticks(range(count), layers, rotation=90, fontsize=8)
    axes.set_yticks(range(count), layers, fontsize=8)
    middles = [np.mean(of_model) for of_model in places]
    below, beside = axes.secondary_xaxis(-0.11), axes.secondary_yaxis(-0.11)
    below.set_xticks(middles, models, fontsize=9)
    beside.set_yticks(middles, models, rotation=90, va="center", fontsize=9)
    for outer in (below, beside):
        outer.tick_params(length=0)
        outer.spines[:].set_visible(False)
    if count <= 16:
        write_values(axes, values, decimals=2, fontsize=7)
    figure.colorbar(image, ax=axes, label="dissimilarity (0 = the same)", shrink=0.8)
    axes.set_title(title)
    return figure


def tree(linkage, names, title, groups=None):
    """The dendrogram of a linkage, leaves from top to bottom, with the support of each split where it is known. `groups`: of the names, drawn at the leaves."""
    figure, axes = plt.subplots(figsize=(7, 1.6 + 0.36 * len(names)), layout="constrained")
    place = [linkage.leaves.index(name) for name in names]
    height = [0.0] * len(names)
    for (left, right), top, support in zip(linkage.z[:, :2].astype(int), linkage.z[:, 2], linkage.support):
        axes.plot([height[left], top, top, height[right]], [place[left], place[left], place[right], place[right]], color="#333333", linewidth=1.3)
        place.append((place[left] + place[right]) / 2)
        height.append(top)
        if np.isfinite(support) and len(height) < 2 * len(names) - 1:  # every tree has the root
            axes.annotate(f"{100 * support:.0f}", (top, place[-1]), xytext=(3, 0), textcoords="offset points", fontsize=7.5, va="center",
                          color="#8a3b00", bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.8})
    axes.set_yticks(range(len(names)), linkage.leaves)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("dissimilarity at which clusters meet")
    axes.set_xlim(0, 1.06 * max(height))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title(title)
    if groups:
        for place, name in enumerate(linkage.leaves):
            mark(axes, 0, place, groups.numbers[names.index(name)])
        axes.tick_params(axis="y", pad=8)
        add_legend(figure, groups, "outside upper right")
    if np.isfinite(linkage.support).any():
        figure.supxlabel("number at a split: in how many of 100 resamples of the images the tree has it", fontsize=7.5, color="#8a3b00")
    return figure
