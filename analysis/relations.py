"""What models share besides explanations: representations, predictions and errors, and which of these goes with similar explanations."""

import html

import matplotlib.pyplot as plt
import numpy as np

import figures
import page
from page import Cell, interval, probability, table

NAMES = {"group": "group", "accuracy": "accuracy", "predictions": "predictions", "input_size": "input size", "map_size": "map size",
         "architecture": "architecture", "training": "training", "representation": "representation (CKA)"}


def regression(run):
    """matrix_regression.csv, or None."""
    return run.optional("matrix_regression", "matrix", "distance", "items", "mantel", "mantel_p", "partial", "coefficient", "t", "p", "r_squared", "r_squared_p")


def headlines(run):
    """For each matrix of explanations, the distance between models that goes with it most: one sentence."""
    frame = regression(run)
    if frame is None:
        return []
    lines = []
    for matrix, rows in frame.groupby("matrix", sort=False):
        rows = rows.dropna(subset=["mantel"])
        if rows.empty:
            continue
        most = rows.loc[rows["mantel"].idxmax()]
        sure = "" if most.mantel_p < 0.05 else ", not more than by chance"
        lines.append(f"<b>{html.escape(str(matrix))}</b> goes most with {NAMES.get(most.distance, most.distance)} "
                     f"(Mantel correlation {most.mantel:.2f}, p = {most.mantel_p:.4f}{sure})"
                     + ("." if np.isnan(most.r_squared) else f"; all distances together explain {100 * most.r_squared:.0f} % (p = {most.r_squared_p:.4f})."))
    return lines


def regression_table(run):
    frame = regression(run)
    if frame is None:
        return ""
    rows = [[str(row.matrix), NAMES.get(row.distance, row.distance), float(row.mantel), probability(row.mantel_p), float(row.partial), float(row.coefficient),
             probability(row.p), Cell("–" if np.isnan(row.r_squared) else f"{100 * row.r_squared:.0f} %", row.r_squared)] for row in frame.itertuples()]
    return table(["matrix", "distance of models", "Mantel correlation", "p", "partial, given the others", "coefficient", "p", "all explain"], rows,
                 "Which other distances between models go with the dissimilarity of their explanations?",
                 note="Partial: correlation given all other distances. Coefficient: of the regression on all distances, in deviations. p by permuting the models; that of "
                      "a distance which correlates with one of strong effect is too small.")


def errors_table(run, level):
    frame = run.optional("error_consistency", "model_a", "model_b", "images", "observed", "expected", "kappa", "low", "high")
    if frame is None:
        return ""
    rows = [[str(row.model_a), str(row.model_b), float(row.observed), float(row.expected), interval(row.kappa, row.low, row.high), int(row.images)]
            for row in frame.sort_values("kappa", ascending=False, kind="stable").itertuples()]
    return table(["model", "and model", "both right or wrong", "by chance", "kappa", "images"], rows, "Do models err on the same images?",
                 note=f"By chance: two models of these accuracies that err independently. Kappa: error consistency, {level} in brackets.")


def representations_table(run):
    frame = run.optional("representation_pairs", "model_a", "model_b", "images", "cka", "procrustes", "rsa", "rsa_cosine", "neighbours")
    if frame is None:
        return ""
    rows = [[str(row.model_a), str(row.model_b), float(row.cka), float(row.procrustes), float(row.rsa), float(row.rsa_cosine), float(row.neighbours)]
            for row in frame.sort_values("cka", ascending=False, kind="stable").itertuples()]
    where = "at depths" if figures.are_depths(frame["model_a"]) else "before the classifier"
    return table(["model", "and model", "CKA", "Procrustes", "RSA, Spearman", "RSA, cosine", "mutual neighbours"], rows,
                 "Do models represent the images alike?", note=f"Features {where} of {int(frame['images'].iloc[0])} images.")


def pair_values(run, members):
    """name -> similarity of every two members a < b, of what is known besides explanations."""
    pairs = [(a, b) for a in range(len(members)) for b in range(a + 1, len(members))]
    found = {}
    frame = run.optional("representation_pairs", "model_a", "model_b", "cka")
    if frame is not None:
        cka = {frozenset((row.model_a, row.model_b)): row.cka for row in frame.itertuples()}
        found["representation (CKA)"] = [cka.get(frozenset((members[a], members[b])), np.nan) for a, b in pairs]
    if all(member in run.predictions for member in members):
        classes = np.array([run.predictions[member] for member in members])
        both = [(classes[a] >= 0) & (classes[b] >= 0) for a, b in pairs]
        found["same predictions"] = [np.mean(classes[a][seen] == classes[b][seen]) if seen.any() else np.nan for (a, b), seen in zip(pairs, both)]
    return pairs, found


def scatter(run, comparisons):
    """For each comparison of explanations a point per pair of models: similarity of explanations by that of representations and predictions. None without them."""
    shown = [each for each in comparisons if len(each.members) > 2]
    known = [pair_values(run, each.members) for each in shown]
    columns = list(dict.fromkeys(name for _, values in known for name, found in values.items() if np.isfinite(found).sum() > 2))
    if not columns:
        return None
    figure, axes = plt.subplots(len(shown), len(columns), figsize=(0.8 + 3.6 * len(columns), 0.4 + 3.0 * len(shown)), layout="constrained", squeeze=False)
    for row, (comparison, (pairs, values)) in enumerate(zip(shown, known)):
        groups = run.item_groups(comparison.members)
        similarity = [comparison.mean[a, b] for a, b in pairs]
        kinds = ["between groups" if groups and groups.numbers[a] != groups.numbers[b] else "within a group" if groups else "a pair of models" for a, b in pairs]
        for column, name in enumerate(columns):
            field = axes[row, column]
            for number, kind in enumerate(sorted(set(kinds))):
                points = [(x, y) for x, y, of in zip(values.get(name, [np.nan] * len(pairs)), similarity, kinds) if of == kind]
                field.scatter(*zip(*points), s=26, color=figures.colour_of(number), marker=figures.marker_of(number), alpha=0.8, label=kind)
            field.set_xlabel(name)
            field.set_ylabel("similarity of explanations")
            field.set_title(comparison.title, fontsize=9.5)
    if len({label for field in axes.flat for label in field.get_legend_handles_labels()[1]}) > 1:
        axes[0, 0].legend(frameon=False, fontsize=8)
    return figure


def parts(report):
    """What stands in the section. `report`: the Report."""
    run = report.run
    drawings = []
    for prefix, what in ("behaviour", "predictions"), ("representation", "representations"):
        for name in run.metrics(prefix):
            matrix = run.table(f"dissimilarity_matrix_{prefix}_{name}")
            if figures.are_depths(matrix.index):
                drawings.append(report.draw(figures.depths(matrix, f"Dissimilarity of {what} at depths, {name}"), f"depths_{prefix}_{name}",
                                            f"Every depth of a model beside every depth of another, by {what} and {name}: 0 = the same."))
                continue
            if len(matrix) < 2 or run.across != "models":
                continue
            tree = run.tree(f"{prefix}_{name}", report.wanted[0], list(matrix.index)) if run.has_tree(f"{prefix}_{name}", report.wanted[0]) else None
            order = tree.leaves if tree and set(tree.leaves) == set(matrix.index) else list(matrix.index)
            drawings.append(report.draw(figures.heatmap(matrix, order, f"Dissimilarity of {what}, {name}",
                                                        run.item_groups(list(matrix.index))), f"heatmap_{prefix}_{name}",
                                        f"Dissimilarity of the {what} of every two models by {name}: 0 = the same."))
    figure = scatter(run, report.comparisons) if run.across == "models" else None
    if figure is not None:
        drawings.insert(0, report.draw(figure, "relations", "Each point is a pair of models: do those that share predictions and representations explain alike?"))
    found = [page.gallery(drawings) if drawings else "", regression_table(run), representations_table(run), errors_table(run, report.level)]
    return [part for part in found if part]
