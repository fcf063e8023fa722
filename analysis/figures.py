"""The figures of a run. Each function draws one and returns a matplotlib figure."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from scipy.cluster.hierarchy import dendrogram

# Colour-blind safe (Okabe and Ito): right, wrong, no label
RIGHT, WRONG, UNKNOWN = "#0072B2", "#D55E00", "#999999"


def heatmap(matrix, order, title):
    """A dissimilarity matrix with its values, rows and columns in the order of the dendrogram."""
    names = [matrix.index[i] for i in order]
    values = matrix.loc[names, names].to_numpy()
    side = 2.2 + 0.62 * len(names)
    figure, axes = plt.subplots(figsize=(side + 0.8, side), layout="constrained")
    image = axes.imshow(values, cmap="cividis", vmin=0)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    middle = values.max() / 2
    for row in range(len(names)):
        for column in range(len(names)):
            shade = "white" if values[row, column] < middle else "black"
            axes.text(column, row, f"{values[row, column]:.3f}", ha="center", va="center", color=shade, fontsize=8)
    figure.colorbar(image, ax=axes, label="dissimilarity (0 = the same)", shrink=0.8)
    axes.set_title(title)
    return figure


def tree(linkage, names, title):
    """The dendrogram of a linkage, leaves from top to bottom."""
    figure, axes = plt.subplots(figsize=(6.5, 1.4 + 0.34 * len(names)), layout="constrained")
    dendrogram(linkage, labels=list(names), orientation="right", ax=axes, color_threshold=0, above_threshold_color="#333333")
    axes.invert_yaxis()
    axes.set_xlabel("dissimilarity at which clusters meet")
    axes.set_xlim(left=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_title(title)
    return figure


def frame_colour(prediction, label):
    return UNKNOWN if label < 0 else RIGHT if prediction == label else WRONG


def explanation_grid(run, method, images, class_names):
    """Image x model: the photo, then each model's map over it, the prediction below, a frame that says right or wrong."""
    models = run.models
    rows, columns = len(images), 1 + len(models)
    figure, grid = plt.subplots(rows, columns, figsize=(1.75 * columns, 2.05 * rows + 0.6), squeeze=False, layout="constrained")
    for row, image in enumerate(images):
        label = int(run.labels[image])
        photo = run.photo(image, 224)
        draw_photo(grid[row][0], photo, class_names.get(label, f"class {label}") if label >= 0 else "")
        for column, model in enumerate(models, start=1):
            axes = grid[row][column]
            explanation = run.explanation(model, method, image)
            if row == 0:
                axes.set_title(model, fontsize=8)
            draw_explanation(axes, photo, explanation, label, class_names)
    figure.suptitle(f"{method}: blue frame = right, orange = wrong, grey = no label", fontsize=10)
    return figure


def draw_photo(axes, photo, caption):
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(caption, fontsize=7)
    if photo is not None:
        axes.imshow(photo)
    else:
        axes.text(0.5, 0.5, "photo\nnot found", ha="center", va="center", transform=axes.transAxes, fontsize=7)


def draw_explanation(axes, photo, explanation, label, class_names):
    axes.set_xticks([])
    axes.set_yticks([])
    if explanation.pixels is None:
        axes.text(0.5, 0.5, "no record", ha="center", va="center", transform=axes.transAxes, fontsize=7)
        return
    size = explanation.pixels.shape[0]
    if photo is not None:
        axes.imshow(photo.mean(axis=2), cmap="gray", vmin=0, vmax=255, extent=(0, size, size, 0))
    axes.imshow(explanation.pixels, cmap="inferno", vmin=0, vmax=1, alpha=0.6 if photo is not None else 1.0, extent=(0, size, size, 0))
    name = class_names.get(explanation.prediction, f"class {explanation.prediction}")
    axes.set_xlabel(f"{name[:22]} {explanation.probability:.2f}", fontsize=7)
    for spine in axes.spines.values():
        spine.set_edgecolor(frame_colour(explanation.prediction, label))
        spine.set_linewidth(2.5)


def spread_out(count, total):
    """`count` indices spread evenly over `total`."""
    return [int(i) for i in np.unique(np.linspace(0, total - 1, min(count, total)).round())]
