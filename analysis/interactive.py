"""What the interactive parts of the page need: their frames in HTML, and their data."""

import html
from string import Template

import numpy as np

from explanation_figures import class_name
from page import HERE
from thumbnails import Album

VIEWER_PIXELS, SMALL_PIXELS = 112, 72
ALBUM_BYTES = 6_500_000


def rounded(values, digits=5):
    """For JSON: short numbers, None where there is none."""
    return [None if not np.isfinite(value) else float(f"{value:.{digits}g}") for value in np.asarray(values, float).ravel()]


def view_data(run, comparison, linkages):
    """One comparison: for each pair its numbers, its histogram, and where it agrees least; trees and maps of the models."""
    a, b = np.array(comparison.pairs).T
    view = {"members": comparison.members, "edges": rounded(comparison.bins), "n": comparison.counts.tolist()}
    for what, matrix in (("mean", comparison.mean), ("std", comparison.std), ("dissimilarity", comparison.dissimilarity)):
        view[what] = rounded(matrix[a, b])
    for what in ("mean", "dissimilarity"):
        bounds = comparison.interval(what)
        if bounds:
            view[f"{what}_low"], view[f"{what}_high"] = (rounded(side[a, b]) for side in bounds)
    view["histograms"] = [np.histogram(row[~np.isnan(row)], comparison.bins)[0].tolist() for row in comparison.values]
    view["least"] = [[] if first == second else [[image, float(f"{value:.4g}")] for image, value in comparison.least_alike(row)]
                     for row, (first, second) in enumerate(comparison.pairs)]
    view["trees"] = {linkage: tree_data(run.tree(comparison.name, linkage, comparison.members), comparison.members) for linkage in linkages}
    view["maps"] = map_data(run, comparison.name, comparison.members)
    return view


def tree_data(tree, names):
    return {"merges": [[int(row[0]), int(row[1]), float(f"{row[2]:.6g}")] for row in tree.z], "support": rounded(tree.support, 3),
            "leaves": [names.index(leaf) for leaf in tree.leaves]}


def map_data(run, name, members):
    """title -> points, for each map of the models that is there."""
    maps = {}
    for title, table, columns in (("PCA map", "pca", ("pc1", "pc2")), ("MDS map", "mds", ("x", "y"))):
        points = run.rows_of(members, f"{table}_{name}", *columns)
        if points is not None:
            maps[title] = [rounded(point) for point in points.to_numpy()]
    return maps


def fill_album(run, comparisons, images):
    """First the maps of the viewer, then those of the images on which pairs agree least, the worst of every pair first."""
    album = Album(run, ALBUM_BYTES)
    viewer_limit = ALBUM_BYTES * 0.4  # of it the viewer leaves this for the pairs
    for image in images:
        for method in run.methods:
            for model in run.models:
                if album.left > viewer_limit:
                    album.add(image, model, method, VIEWER_PIXELS)
    for rank in range(3):
        for comparison in comparisons:
            for row, (a, b) in enumerate(comparison.pairs):
                least = comparison.least_alike(row) if a != b else []
                for image, _ in least[rank:rank + 1]:
                    for member in (comparison.members[a], comparison.members[b]):
                        album.add(image, *comparison.record_of(member), SMALL_PIXELS)
    return album


def image_data(run, image, class_names, photo):
    """Photo, label and predictions of one image."""
    label = int(run.labels[image])
    predictions = {}
    for model in run.models:
        prediction, probability = run.prediction(model, image)
        verdict = -1 if label < 0 else int(prediction == label)
        predictions[model] = [class_name(class_names, prediction), float(f"{probability:.3g}") if np.isfinite(probability) else None, verdict]
    return {"path": run.paths[image], "label": class_name(class_names, label) if label >= 0 else "", "photo": photo, "predictions": predictions}


def page_data(run, comparisons, matching, linkages, images, class_names, level):
    """Everything that the scripts read. `matching` has the comparison over matching images of each of `comparisons`, or None."""
    album = fill_album(run, comparisons + [other for other in matching if other], images)
    views = []
    for comparison, other in zip(comparisons, matching):
        sets = {"all": view_data(run, comparison, linkages[comparison.name])}
        if other:
            sets["matching"] = view_data(run, other, linkages[other.name])
        records = {member: comparison.record_of(member) for member in comparison.members}
        views.append({"group": comparison.group, "metric": comparison.metric, "records": records, "sets": sets})
    least = {image for view in views for part in view["sets"].values() for pair in part["least"] for image, _ in pair}
    shown = {str(image): image_data(run, image, class_names, album.photos.get(image)) for image in sorted(least.union(images))}
    return {"views": views, "across": run.across, "level": level, "methods": run.methods, "models": run.models, "viewer": images, "images": shown,
            "maps": album.maps, "blank": sorted(album.blank)}


def explorer(level, across):
    """The frame of heatmap, tree and map; explorer.js fills it. `across`: what the matrices compare, such as 'models'."""
    frame = Template((HERE / "explorer.html").read_text(encoding="utf-8"))
    return frame.substitute(level=html.escape(level), across=across, one=across.removesuffix("s"))


def viewer():
    """The frame of the viewer of explanations; viewer.js fills it."""
    return (HERE / "viewer.html").read_text(encoding="utf-8")
