"""The tables of the report. Each function returns HTML, or nothing when the run has no such table."""

import numpy as np

from page import Cell, interval, probability, table

WILSON = "Wilson 95 % interval in brackets."
MOST_ROWS = 300  # of a table that grows with the fourth power of the models


def pairs(comparison, level):
    """Every pair of different members with its uncertainty, most alike first."""
    rows, one = [], comparison.run.across.removesuffix("s")
    bounds = {what: comparison.interval(what) for what in ("dissimilarity", "mean")}
    for row, (a, b) in enumerate(comparison.pairs):
        if a != b:
            cells = []
            for what, matrix in (("dissimilarity", comparison.dissimilarity), ("mean", comparison.mean)):
                low, high = (side[a, b] for side in bounds[what]) if bounds[what] else (np.nan, np.nan)
                cells.append(interval(matrix[a, b], low, high))
            rows.append([comparison.members[a], comparison.members[b], *cells, comparison.std[a, b], int(comparison.counts[row])])
    rows.sort(key=lambda row: row[2].value)
    who = "images to which both models give the same class" if comparison.matching else "all images"
    note = (f"In brackets the bootstrap {level}. " if bounds["mean"] else "") + "Dissimilarity = sqrt((1 - mean)² + deviation²)."
    return table([one, f"and {one}", "dissimilarity", "mean similarity", "standard deviation", "images"], rows,
                 f"Every pair of {comparison.run.across} by {comparison.title}, {who}", note=note)


def floor(comparison, level):
    frame = comparison.floor
    if frame is None:
        return ""
    one = comparison.run.across.removesuffix("s")
    with_share = comparison.ceiling is not None and frame["share"].notna().any()
    rows = []
    for row in frame.sort_values("above", ascending=False, kind="stable").itertuples():
        shares = [float(row.ceiling), interval(row.share, row.share_low, row.share_high)] if with_share else []
        rows.append([str(row.model_a), str(row.model_b), float(row.similarity), float(row.floor), interval(row.above, row.above_low, row.above_high), probability(row.p),
                     float(row.mean_maps), *shares])
    first = frame.iloc[0]
    note = (f"{first.images} images, whose maps were paired with those of other images {first.draws} times. In brackets the bootstrap {level}. p: by those pairings. "
            "Mean maps: similarity of the mean maps over the images, which show where each looks in any image.")
    if with_share:
        note += " Share: where the similarity stands between that of different images, 0, and the ceiling, 1."
    return table([one, f"and {one}", "same image", "different images", "above", "p", "mean maps", *(["ceiling", "share"] if with_share else [])], rows,
                 "Similarity above that of maps of different images", note=note)


def ceiling(comparison, level):
    frame = comparison.ceiling
    if frame is None:
        return ""
    rows = [[str(row.model), str(row.repeat), str(row.difference), interval(row.similarity, row.low, row.high), int(row.images)] for row in frame.itertuples()]
    return table([comparison.run.across.removesuffix("s"), "repetition", "what differs", "similarity", "images"], rows, "Similarity of maps and their repetitions",
                 note=f"Maps of flipped, moved or cropped images are moved back before. In brackets the bootstrap {level}. The ceiling of two {comparison.run.across} "
                      "is the geometric mean of their similarities with their own repetitions.")


def differences_of(run, comparison):
    """The table of cell differences, or None."""
    columns = ("model_a", "model_b", "model_c", "model_d", "difference", "low", "high", "p", "p_holm")
    return run.optional(f"cell_differences_{comparison.table}", *columns)


def cell_differences(frame):
    if frame is None:
        return ""
    shown = frame.sort_values("p", kind="stable").head(MOST_ROWS)
    rows = [[f"{row.model_a} – {row.model_b}", f"{row.model_c} – {row.model_d}", interval(row.difference, row.low, row.high), probability(row.p),
             probability(row.p_holm)] for row in shown.itertuples()]
    rest = f" Here are the {len(shown)} of {len(frame)} with the smallest p." if len(shown) < len(frame) else ""
    return table(["pair", "and pair", "difference of dissimilarity", "p", "p, corrected (Holm)"], rows, "Do two cells of the matrix differ?",
                 note="Difference: first minus second pair." + rest)


def splits(tree, names, caption):
    """The clusters of a tree, the tightest first, with how often they come again."""
    rows = []
    for members, height, items, support in zip(tree.members(names), tree.z[:, 2], tree.z[:, 3], tree.support):
        if items < len(names):
            rows.append([", ".join(members), int(items), float(height), Cell("–" if np.isnan(support) else f"{100 * support:.0f} %", support)])
    note = "Support: share of resamples of the images whose tree has this cluster."
    return table(["members of the cluster", "members", "height", "support"], rows, caption, note=note) if rows else ""


def flat_clusters(run, name, linkage):
    frame = run.optional(f"flat_clusters_{name}_{linkage}", "name")
    if frame is None:
        return ""
    rows = [[str(row[0]), *map(int, row[1:])] for row in frame.itertuples(index=False)]
    columns = ["name", *(f"{column.removeprefix('k')} clusters" for column in frame.columns[1:])]
    return table(columns, rows, f"The tree of {linkage} linkage cut into k clusters", 0)


def communities(run, name):
    frame = run.optional(f"communities_{name}", "name")
    parts = []
    if frame is not None:
        rows = [[str(row[0]), *map(int, row[1:])] for row in frame.itertuples(index=False)]
        columns = ["name", *(column.replace("_", " ") for column in frame.columns[1:])]
        parts.append(table(columns, rows, "Communities by algorithm and resolution", 0))
    columns = ["algorithm", "resolution", "communities", "modularity", "runs", "distinct_partitions", "stability"]
    quality = run.optional(f"community_quality_{name}", *columns)
    if quality is not None:
        rows = [[row.algorithm, float(row.resolution), int(row.communities), float(row.modularity), int(row.runs), int(row.distinct_partitions),
                 Cell(f"{100 * row.stability:.0f} %", row.stability)] for row in quality.itertuples()]
        parts.append(table([column.replace("_", " ") for column in columns], rows, "How good and how stable the communities are", 4,
                           "Stability: share of the runs that end in the best partition."))
    return "".join(parts)


def pca_variance(run, name):
    frame = run.optional(f"pca_variance_{name}", "component", "explained_variance_ratio")
    if frame is None:
        return ""
    share = frame["explained_variance_ratio"].to_numpy(float)
    rows = [[int(component), float(100 * part), float(100 * total)] for component, part, total in zip(frame["component"], share, share.cumsum())]
    return table(["component", "variance explained, %", "together, %"], rows, "Principal components", 1)


def pooled_kappa(run, comparison):
    name = f"cohens_kappa_matrix_{comparison.table}"
    return matrix(run.table(name), "Cohen's kappa over all pixels of all images together") if run.optional(name) is not None else ""


def matrix(frame, caption, digits=3, corner="model"):
    rows = [[str(name), *values] for name, values in zip(frame.index, frame.to_numpy())]
    return table([corner, *frame.columns], rows, caption, digits)


def linkage_summary(run):
    frame = run.optional("linkage_summary", "matrix", "linkage", "cophenetic_correlation")
    if frame is None:
        return ""
    frame = frame.pivot_table(index="matrix", columns="linkage", values="cophenetic_correlation", sort=False)
    return matrix(frame, "Cophenetic correlation: how well each tree keeps the dissimilarities (1 = exactly)", corner="matrix")


def group_tests(frame, level):
    if frame is None:
        return ""
    titles = {"permanova": "PERMANOVA, R²", "anosim": "ANOSIM, R", "between_minus_within": "mean between minus within", "silhouette": "silhouette"}
    rows = [[row.matrix, titles.get(row.test, row.test), interval(row.effect, row.effect_low, row.effect_high), float(row.effect_by_chance), probability(row.p),
             probability(row.p_adjusted), Cell(f"{'all ' if row.exact else ''}{row.arrangements}", row.arrangements)] for row in frame.itertuples()]
    return table(["matrix", "test", "effect", "effect by chance", "p", "p, corrected (Holm)", "arrangements"], rows, "Do the groups differ?",
                 note=f"In brackets the bootstrap {level}. By chance: the mean over groups of the same sizes at random, whose share with an effect at least as large is p.")


def group_dissimilarity(frame, level):
    if frame is None:
        return ""
    rows = [[row.matrix, str(row.group_a), str(row.group_b), interval(row.mean_dissimilarity, row.low, row.high)] for row in frame.itertuples()
            if not np.isnan(row.mean_dissimilarity)]
    return table(["matrix", "group", "and group", "mean dissimilarity"], rows, "Within and between groups", note=f"In brackets the bootstrap {level}.")


def group_agreement(frame):
    if frame is None:
        return ""
    rows = [[row.matrix, row.partition.replace("_", " "), int(row.clusters), float(row.adjusted_rand_index), float(row.adjusted_mutual_information)]
            for row in frame.itertuples()]
    return table(["matrix", "clusters found by", "clusters", "adjusted Rand index", "adjusted mutual information"], rows, "Are the groups found again?",
                 note="1 = the clusters are the groups; 0 = they have no more in common than by chance.")


def mantel(frame):
    if frame is None:
        return ""
    rows = [[f"{row.method_a}, {row.metric_a}", f"{row.method_b}, {row.metric_b}", float(row.correlation), probability(row.p), int(row.models),
             int(row.permutations)] for row in frame.itertuples()]
    return table(["matrix", "and matrix", "correlation", "p", "rows", "permutations"], rows,
                 "Mantel test: do two dissimilarity matrices order the pairs alike?")


def images_needed(frame):
    if frame is None:
        return ""
    rows = [[str(row.method), str(row.metric), float(row.wanted_error), Cell("not reached", np.nan) if np.isnan(row.images) else int(row.images)]
            for row in frame.itertuples()]
    return table(["method", "metric", "wanted mean error", "images"], rows,
                 "Images that bring the mean error of a dissimilarity below the wanted one", 4)


FACTS = {"same_predictions": "same predictions", "right": "right models", "confidence": "mean confidence"}


def consensus(run, method, rows=20):
    parts = []
    frame = run.optional(f"consensus_models_{method}", "model", "images", "similarity", "low", "high")
    if frame is not None:
        parts.append(table(["model", "similarity with the consensus", "images"],
                           [[str(row.model), interval(row.similarity, row.low, row.high), int(row.images)] for row in frame.itertuples()],
                           f"Which model looks elsewhere? {method}", note="Cosine of its map with the mean map of all models."))
    frame = run.optional(f"consensus_{method}", "image", "label", "disagreement", "same_predictions", "right")
    if frame is not None:
        facts = list(frame.columns[frame.columns.get_loc("disagreement"):])
        parts.append(table(["image", *(FACTS.get(name, name) for name in facts)],
                           [[str(row["image"]), *(float(row[name]) for name in facts)] for _, row in frame.head(rows).iterrows()],
                           f"Where do models look at different things? {method}",
                           note=f"Disagreement: 1 - mean cosine of every two models' maps. The {min(rows, len(frame))} of {len(frame)} images with most of it."))
    frame = run.optional("disagreement_correlation", "method", "quantity", "correlation")
    frame = None if frame is None else frame[frame["method"] == method].dropna(subset=["correlation"])
    if frame is not None and len(frame):
        parts.append(table(["of an image", "correlation with its disagreement"],
                           [[FACTS.get(row.quantity, str(row.quantity)), float(row.correlation)] for row in frame.itertuples()],
                           f"What goes with disagreement? {method}", note="Spearman's correlation over the images."))
    return parts


def reliability(run):
    frame = run.optional("reliability", "method", "metric", "images", "splits", "correlation", "reliability", "low", "high")
    if frame is None:
        return ""
    rows = [[str(row.method), str(row.metric), float(row.correlation), interval(row.reliability, row.low, row.high)] for row in frame.itertuples()]
    first = frame.iloc[0]
    return table(["method", "metric", "correlation of halves", "reliability"], rows, "Would the matrix come again on other images?",
                 note=f"The cells over either half of the images, {first.splits} random splits. Reliability: by Spearman and Brown, as expected of two matrices over "
                      f"{first.images} images each; in brackets 95 % of the splits.")


def image_count(frame, title):
    """Median and spread of the error over the subsets of each size."""
    groups = frame.groupby("images")["mean_absolute_difference"].quantile([0.5, 0.05, 0.95]).unstack()
    rows = [[int(count), interval(row[0.5], row[0.05], row[0.95], 4)] for count, row in groups.iterrows()]
    return table(["images", "mean error of a dissimilarity"], rows, f"Error by number of images, {title}", 4,
                 "Median over the subsets, in brackets from the 5th to the 95th percentile.")


def agreement(run):
    parts = []
    frame = run.optional("agreement", "model_a", "model_b", "images", "same", "different")
    if frame is not None:
        rows = [[str(row.model_a), str(row.model_b), share(int(row.same), int(row.images)), int(row.same), int(row.different), int(row.images)]
                for row in frame.itertuples()]
        note = f"{WILSON} Over all pairs and images: {int(frame['same'].sum())} the same, {int(frame['different'].sum())} different."
        parts.append(table(["model", "and model", "same class", "images: same", "different", "together"], rows,
                           "How often two models give the same class", note=note))
    else:
        parts.append(matrix(run.table("same_predictions_count").astype(int), "Images to which both models give the same class", 0))
    frame = run.optional("agreement_correlation", "method", "metric", "correlation")
    if frame is not None:
        rows = [[str(row.method), str(row.metric), float(row.correlation)] for row in frame.itertuples()]
        parts.append(table(["method", "metric", "correlation"], rows, "Do models that predict alike explain alike?",
                           note="Correlation of the count of same predictions with the mean similarity, over the pairs."))
    return parts


def share(hits, total):
    """A percentage with its Wilson 95 % interval."""
    if total == 0:
        return Cell("–", np.nan)
    z, part = 1.96, hits / total
    middle, spread = part + z * z / (2 * total), z * np.sqrt(part * (1 - part) / total + z * z / (4 * total * total))
    low, high = (max(0.0, (middle - spread) / (1 + z * z / total)), min(1.0, (middle + spread) / (1 + z * z / total)))
    return Cell(f"{100 * part:.1f} % ({100 * low:.1f} to {100 * high:.1f})", part)


def accuracy(run):
    parts = []
    labelled = int((run.labels >= 0).sum())
    frame = run.optional("accuracy", "model", "accuracy")
    if frame is not None:
        rows = [[str(row.model), share(0 if np.isnan(row.accuracy) else round(row.accuracy * labelled), labelled), labelled]
                for row in frame.itertuples()]
        parts.append(table(["model", "classified right", "labelled images"], rows, "Share of labelled images classified right", note=WILSON))
    frame = run.optional("accuracy_transforms")
    if frame is not None:
        rows = [[value if isinstance(value, str) else float(value) for value in row] for row in frame.itertuples(index=False)]
        columns = [str(name).replace("_", " ") for name in frame.columns]
        parts.append(table(columns, rows, "Accuracy by each model's own evaluation recipe and at 224 x 224"))
    return parts
