"""Turns the raw maps of a store into pictures, as 'sightline compare' reads them."""

import numpy as np

# Methods whose grids are attention weights: MethodSpec::grid_reading is `attention` (`sightline methods --json`; a test compares).
ATTENTION_METHODS = ("attentionrollout", "chefer")


def bilinear_weights(size, nodes):
    """size x nodes matrix of bilinear upsampling with half-pixel centres and replicated edges (cv2.INTER_LINEAR)."""
    position = np.clip((np.arange(size) + 0.5) * nodes / size - 0.5, 0, nodes - 1)
    node = np.minimum(position.astype(int), max(nodes - 2, 0))
    part = position - node
    weights = np.zeros((size, nodes))
    weights[np.arange(size), node] = 1 - part
    weights[np.arange(size), np.minimum(node + 1, nodes - 1)] += part
    return weights


def enlarge(native, size):
    """`size`: of a side, or (rows, columns)."""
    rows, columns = size if isinstance(size, tuple) else (size, size)
    if native.shape == (rows, columns):
        return native
    return bilinear_weights(rows, native.shape[0]) @ native @ bilinear_weights(columns, native.shape[1]).T


def scale(image):
    image = image - image.min()
    return image / (1e-7 + image.max())


def gradcam_pixels(raw, size):
    """A raw Grad-CAM as pytorch-grad-cam returns it: ReLU, scaled, resized, scaled once more."""
    return scale(enlarge(scale(np.maximum(raw, 0)), size))


def read_signed(raw, clip):
    """A signed map, cut at its percentiles and divided by the largest absolute value."""
    if clip:
        raw = np.clip(raw, *np.percentile(raw, [clip, 100 - clip]))
    largest = np.abs(raw).max()
    return raw / largest if largest > 0 else raw


def enlarge_labels(labels, size):
    """The nearest label for each pixel of a size x size picture, or of so many rows and columns."""
    rows, columns = size if isinstance(size, tuple) else (size, size)
    nearest = [((np.arange(wanted) + 0.5) * have / wanted).astype(int) for wanted, have in zip((rows, columns), labels.shape, strict=True)]
    return labels[np.ix_(*nearest)]


def read_map(kind, method, raw, size):
    """A map of the kind 'grid' or 'pixels'; `size` as for enlarge."""
    raw = raw.astype(float)
    if kind == "pixels":
        return enlarge(read_signed(raw, 0.3), size)
    if method.partition("@")[0] in ATTENTION_METHODS:
        return enlarge(raw / max(raw.max(), 1e-30), size)
    return gradcam_pixels(raw, size)


def read_superpixels(values, labels, size):
    """A map of one value per superpixel. `labels`: the superpixel of each pixel."""
    return enlarge_labels(read_signed(values.astype(float), 0)[labels], size)
