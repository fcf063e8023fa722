#!/usr/bin/env python3
"""Draws the figures of a run and its report.html. Called by 'sightline report'."""

import argparse
import csv
import html
import json
import sys
from pathlib import Path

import numpy as np
from scipy.cluster.hierarchy import leaves_list

import figures
import page
from run_folder import BadRun, RunFolder


def read_class_names(path):
    """index -> name, from a CSV with the header index,wnid,name; empty without one."""
    if not path:
        return {}
    with open(path, newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[1:]
    return {int(row[0]): row[-1] for row in rows if row}


def save(figure, path):
    figure.savefig(path, dpi=110)
    figures.plt.close(figure)
    return path


def closest_and_farthest(matrix):
    """The pairs of different models with the smallest and the largest dissimilarity, in words."""
    rows, columns = np.triu_indices(len(matrix), 1)
    values = matrix.to_numpy()[rows, columns]

    def name(position):
        return f"{matrix.index[rows[position]]} and {matrix.index[columns[position]]} ({values[position]:.3f})"

    return name(values.argmin()), name(values.argmax())


def compare_section(run, method, metric, linkage_method, folder):
    name = f"{method}_{metric}"
    matrix = run.table(f"dissimilarity_matrix_{name}")
    parts = [f"<h2>{html.escape(method)}, {html.escape(metric)}</h2>"]
    if len(matrix) > 1:
        z = run.linkage(name, linkage_method)
        near, far = closest_and_farthest(matrix)
        parts.append(f"<p>Most alike: <b>{html.escape(near)}</b>. Least alike: <b>{html.escape(far)}</b>.</p>")
        heat = save(figures.heatmap(matrix, leaves_list(z), f"Dissimilarity, {method}, {metric}"), folder / f"heatmap_{name}.png")
        tree = save(figures.tree(z, matrix.index, f"{linkage_method} linkage, {method}, {metric}"), folder / f"dendrogram_{name}.png")
        parts.append(page.figure(heat, "Dissimilarity of every pair of models, ordered by the dendrogram: 0 = the same explanations."))
        parts.append(page.figure(tree, f"Which models explain alike: {linkage_method} linkage of the matrix above."))
    parts.append(page.table(matrix, "sqrt((1 - mean similarity)² + standard deviation²) over images"))
    return parts


def headline(run):
    record = run.folder / "run.json"
    facts = json.loads(record.read_text()) if record.exists() else {}
    program = facts.get("program", "unknown version")
    return (f"<p>{len(run.models)} models explained {len(run.paths)} images by {', '.join(run.methods)}. "
            f"Sightline {html.escape(program)}.</p>")


def make_report(arguments):
    run = RunFolder(arguments.folder, arguments.images)
    class_names = read_class_names(arguments.classes)
    folder = run.folder / "figures"
    folder.mkdir(exist_ok=True)
    parts = [headline(run)]
    for method in run.methods:
        for metric in run.metrics(method):
            parts += compare_section(run, method, metric, arguments.linkage, folder)
        images = figures.spread_out(arguments.count, len(run.paths))
        grid = save(figures.explanation_grid(run, method, images, class_names), folder / f"explanations_{method}.png")
        parts.append(f"<h2>What the models look at: {html.escape(method)}</h2>")
        parts.append(page.figure(grid, f"{method} maps over the photos, with the predicted class and its probability."))
    parts.append("<h2>Predictions</h2>")
    parts.append(page.table(run.table("same_predictions_count").astype(int), "Images to which both models give the same class", 0))
    parts.append(page.table(run.table("accuracy"), "Share of labelled images classified right", 3))
    report = run.folder / "report.html"
    report.write_text(page.page("Sightline report", parts), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run's --output")
    parser.add_argument("--images", default="", help="the run's --images, for the photos")
    parser.add_argument("--classes", default="", help="the run's --classes, for names")
    parser.add_argument("--count", type=int, default=8, help="images in the grid")
    parser.add_argument("--linkage", default="average")
    try:
        make_report(parser.parse_args())
    except BadRun as error:
        sys.exit(f"report: {error}")


if __name__ == "__main__":
    main()
