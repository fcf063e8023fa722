"""Figures that place the models on a plane: PCA map, MDS map, community graph."""

import numpy as np
from matplotlib.collections import LineCollection

from figures import GREY, add_legend, colour_of, marker_of, plt

NUDGES = [(0, 1), (1, 0), (-1, 0), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]


def plane(points, names, numbers, title, labels, groups=None):
    """Models as points, colour and shape by number; `numbers` may be None. `groups`: whose numbers they are, for a legend."""
    figure, axes = plt.subplots(figsize=(7, 5.6), layout="constrained")
    axes.axhline(0, color="#dddddd", linewidth=0.8, zorder=0)
    axes.axvline(0, color="#dddddd", linewidth=0.8, zorder=0)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.set_title(title)
    if groups:
        add_legend(figure, groups)
    draw_models(axes, points, names, numbers)
    return figure


def community_graph(points, names, similarity, groups, title):
    """Every pair an edge, the wider and darker the more similar; edges inside a community in its colour."""
    figure, axes = plt.subplots(figsize=(7, 5.8), layout="constrained")
    axes.set_aspect("equal", adjustable="datalim")
    rows, columns = np.triu_indices(len(names), 1)
    values = similarity[rows, columns]
    strength = (values - values.min()) / max(np.ptp(values), 1e-12)
    for inside in (False, True):
        kept = [edge for edge in range(len(values)) if (groups[rows[edge]] == groups[columns[edge]]) == inside]
        if not kept:  # one community, or one for each
            continue
        colours = [colour_of(groups[rows[edge]]) if inside else "#777777" for edge in kept]
        axes.add_collection(LineCollection([points[[rows[edge], columns[edge]]] for edge in kept], colors=colours, zorder=1,
                                           linewidths=[0.3 + 4.5 * strength[edge] ** 2 for edge in kept],
                                           alpha=[0.06 + 0.6 * strength[edge] ** 2 for edge in kept]))
    axes.set_axis_off()
    axes.set_title(title)
    draw_models(axes, points, names, groups, size=130)
    return figure


def draw_models(axes, points, names, groups, size=70):
    for index, (x, y) in enumerate(points):
        group = None if groups is None else int(groups[index])
        axes.scatter(x, y, s=size, color=GREY if group is None else colour_of(group), edgecolors="#222222", linewidths=0.8,
                     marker="o" if group is None else marker_of(group), zorder=3)
    axes.margins(0.15)
    write_names(axes, points, names, np.sqrt(size) / 2 + 2)


def write_names(axes, points, names, distance):
    """Each name beside its point, at that of eight places where it covers least of what is there already. The last thing to draw: places are
    in pixels, so nothing may change the layout after."""
    axes.figure.canvas.draw()
    pixels = axes.transData.transform(points)
    unit, frame = axes.figure.dpi / 72, axes.get_window_extent()
    taken = [(x - distance * unit, y - distance * unit, x + distance * unit, y + distance * unit) for x, y in pixels]
    for (x, y), (px, py), name in zip(points, pixels, names):
        width, height = 5.3 * unit * len(name), 10 * unit
        boxes = [label_box(px, py, nudge, width, height, distance * unit) for nudge in NUDGES]
        box = min(boxes, key=lambda box: covered(box, taken) + 2 * outside(box, frame))
        taken.append(box)
        axes.annotate(name, (x, y), xytext=(((box[0] + box[2]) / 2 - px) / unit, ((box[1] + box[3]) / 2 - py) / unit),
                      textcoords="offset points", ha="center", va="center", fontsize=8.5, zorder=4,
                      bbox={"boxstyle": "round,pad=0.05", "fc": "white", "ec": "none", "alpha": 0.6}).set_in_layout(False)


def label_box(x, y, nudge, width, height, distance):
    centre_x = x + nudge[0] * (distance + width / 2) * (0.9 if nudge[1] else 1)
    centre_y = y + nudge[1] * (distance + height / 2)
    return centre_x - width / 2, centre_y - height / 2, centre_x + width / 2, centre_y + height / 2


def covered(box, taken):
    """Area of the boxes in `taken` that `box` hides."""
    return sum(max(0, min(box[2], other[2]) - max(box[0], other[0])) * max(0, min(box[3], other[3]) - max(box[1], other[1])) for other in taken)


def outside(box, frame):
    """Area of `box` beyond the frame of the axes."""
    inside = covered(box, [(frame.x0, frame.y0, frame.x1, frame.y1)])
    return (box[2] - box[0]) * (box[3] - box[1]) - inside
