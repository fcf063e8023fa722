"""Figures of explanations over their photos: the grid image x model, and the strip from shallow to deep layers."""

from figures import plt

# Colour-blind safe (Okabe and Ito): right, wrong, no label
RIGHT, WRONG, UNKNOWN = "#0072B2", "#D55E00", "#999999"


def frame_colour(prediction, label):
    return UNKNOWN if label < 0 else RIGHT if prediction == label else WRONG


def class_name(class_names, index):
    return class_names.get(index, f"class {index}")


def explanation_grid(run, method, images, class_names):
    """Image x model: the photo, then each model's map over it, the prediction below, a frame that says right or wrong."""
    columns = [(model, model, method) for model in run.models]
    return grid_of(run, images, columns, class_names, f"{method}: blue frame = right, orange = wrong, grey = no label")


def depth_of(method):
    """0.25 of gradcam@0.25, 1 of gradcam, None of others."""
    name, _, layer = method.partition("@")
    if name != "gradcam":
        return None
    try:
        return float(layer) if layer else 1.0
    except ValueError:  # a module path
        return None


def strip_methods(methods):
    """(title, method) from image to deep: integrated gradients, Grad-CAM by depth, KernelSHAP; empty without shallow Grad-CAM maps."""
    depths = {}
    for method in sorted(methods):
        if depth_of(method) is not None:
            depths.setdefault(depth_of(method), method)
    if len(depths) < 2:
        return []
    columns = [(f"Grad-CAM at {100 * depth:g} %", method) for depth, method in sorted(depths.items())]
    before = [("integrated gradients", "integratedgradients")] if "integratedgradients" in methods else []
    after = [("KernelSHAP", "kernelshap")] if "kernelshap" in methods else []
    return before + columns + after


def deeper_strip(run, model, images, class_names):
    columns = [(title, model, method) for title, method in strip_methods(run.methods)]
    return grid_of(run, images, columns, class_names, f"{model} from shallow to deep: blue frame = right, orange = wrong, grey = no label")


def grid_of(run, images, columns, class_names, title):
    """Photos in the first column, then (title, model, method) of each column."""
    size = (1.75 * (1 + len(columns)), 2.05 * len(images) + 0.6)
    figure, grid = plt.subplots(len(images), 1 + len(columns), figsize=size, squeeze=False)
    # Not the constrained layout: it takes a minute for a hundred pictures
    figure.subplots_adjust(left=0.1 / size[0], right=1 - 0.1 / size[0], bottom=0.25 / size[1], top=1 - 0.65 / size[1], wspace=0.06, hspace=0.2)
    for row, image in enumerate(images):
        label = int(run.labels[image])
        photo = run.photo(image, 224)
        draw_photo(grid[row][0], photo, class_name(class_names, label) if label >= 0 else "")
        for axes, (name, model, method) in zip(grid[row][1:], columns):
            if row == 0:
                axes.set_title(name, fontsize=8)
            draw_explanation(axes, photo, run.explanation(model, method, image), label, class_names)
    figure.suptitle(title, fontsize=10, y=1 - 0.12 / size[1], va="top")
    return figure


def draw_photo(axes, photo, caption):
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlabel(caption[:26], fontsize=7)
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
    axes.set_xlabel(f"{class_name(class_names, explanation.prediction)[:20]} {explanation.probability:.2f}", fontsize=7)
    for spine in axes.spines.values():
        spine.set_edgecolor(frame_colour(explanation.prediction, label))
        spine.set_linewidth(2.5)
