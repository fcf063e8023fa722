"""The sections of report.html: what stands in each, and the figures it draws."""

import html

import numpy as np

import explanation_figures
import figures
import headlines
import interactive
import model_map_figures
import page
import relations
import statistics_figures
import tables
from comparison import Comparison
from run_folder import LINKAGES, RunFolder
from store import BadRun

MOST_HISTOGRAMS = 30  # models: beyond, the fields are too small to see anything
MOST_STRIP_ROWS = 6


def nonempty(*parts):
    return [part for part in parts if part]


def community_of(frame):
    """Group number of every model and the algorithm's name: Louvain at resolution 1 where it is there."""
    if frame is None:
        return None, ""
    columns = list(frame.columns)
    louvain = [column for column in columns if column.startswith("louvain")] or columns
    column = next((column for column in louvain if column.partition("_")[2] in ("1", "1.0")), louvain[0])
    algorithm, _, resolution = column.partition("_")
    return frame[column].to_numpy(int), algorithm.capitalize() + (f", resolution {resolution}" if resolution else "")


class Report:
    """A run, and the options of its report."""

    def __init__(self, arguments, class_names):
        self.run = RunFolder(arguments.folder, arguments.images)
        self.run.require_explanations()
        self.class_names = class_names
        self.wanted = [name.strip() for name in arguments.linkage.split(",") if name.strip()]
        for name in self.wanted or [""]:
            if name not in LINKAGES:
                raise BadRun(f"--linkage: '{name}' is none of {', '.join(LINKAGES)}")
        self.other = "models" if self.run.across == "methods" else "methods"  # what each matrix is of
        self.level = headlines.confidence_of(self.run)
        self.images = figures.spread_out(arguments.count, len(self.run.paths))
        self.folder = self.run.folder / "figures"
        self.folder.mkdir(exist_ok=True)
        self.figures = page.Figures()
        self.comparisons = [Comparison(self.run, group, metric) for group in self.run.groups for metric in self.run.metrics(group)]
        self.matching = [self.matching_of(comparison) for comparison in self.comparisons]
        # One alone has no tree
        self.linkages = {each.name: self.run.linkages(each.name, self.wanted, required=not each.matching) if len(each.members) > 1 else []
                         for each in self.comparisons + self.matching if each}

    def matching_of(self, comparison):
        there = self.run.optional(f"dissimilarity_matrix_{comparison.name}_matching") is not None
        return Comparison(self.run, comparison.group, comparison.metric, matching=True) if there else None

    def draw(self, figure, name, caption, photos=False):
        return self.figures.figure(figures.save(figure, self.folder / f"{name}.png"), caption, photos)

    def tree_figures(self, comparison):
        parts = []
        for linkage in self.linkages[comparison.name]:
            tree = self.run.tree(comparison.name, linkage, comparison.members)
            name = f"dendrogram_{comparison.name}" + ("" if linkage == self.wanted[0] else f"_{linkage}")
            title = comparison.title
            warning = " Ward's linkage is meant for Euclidean distances, which these are not." if linkage == "ward" else ""
            parts.append(self.draw(figures.tree(tree, comparison.members, f"{linkage} linkage, {title}", self.run.item_groups(comparison.members)), name,
                                   f"Which {self.run.across} explain alike: {linkage} linkage of the dissimilarities by {title}.{warning}"))
        return parts

    def map_figures(self, comparison):
        """Community graph, MDS map and PCA map, as far as their tables are there."""
        name, members, title = comparison.name, comparison.members, comparison.title
        groups, algorithm = community_of(self.run.rows_of(members, f"communities_{name}"))
        mds, pca = self.run.rows_of(members, f"mds_{name}", "x", "y"), self.run.rows_of(members, f"pca_{name}", "pc1", "pc2")
        coloured = "" if groups is None else f" Colour and shape: community ({algorithm})."
        given = self.run.item_groups(members)
        numbers, shown = (groups, coloured) if given is None else (given.numbers, " Colour and shape: group.")
        parts = []
        if mds is not None and groups is not None:
            figure = model_map_figures.community_graph(mds.to_numpy(), members, 1 - comparison.dissimilarity, groups,
                                                       f"Communities ({algorithm}), {title}")
            parts.append(self.draw(figure, f"communities_{name}", f"Communities of {self.run.across} by {title}: the wider an edge, the more alike its ends, "
                                                                  f"which lie where the MDS map has them.{coloured}"))
        if mds is not None:
            figure = model_map_figures.plane(mds.to_numpy(), members, numbers, f"MDS map, {title}", ("first coordinate", "second coordinate"), given)
            parts.append(self.draw(figure, f"mds_{name}", f"Classical multidimensional scaling: distances on the map follow the dissimilarities "
                                                          f"by {title} as well as a plane can.{shown}"))
        if pca is not None:
            figure = model_map_figures.plane(pca.to_numpy(), members, numbers, f"PCA map, {title}", self.component_labels(name), given)
            parts.append(self.draw(figure, f"pca_{name}", f"The first two principal components of the rows of 1 - dissimilarity "
                                                          f"by {title}.{shown}"))
        return parts

    def component_labels(self, name):
        variance = self.run.optional(f"pca_variance_{name}", "explained_variance_ratio")
        shares = [] if variance is None else variance["explained_variance_ratio"].to_numpy()
        return [f"component {index + 1}" + (f" ({100 * shares[index]:.0f} % of the variance)" if index < len(shares) else "") for index in range(2)]

    def view(self, comparison, other, is_open):
        """Figures and tables of one method and metric."""
        run, name, title = self.run, comparison.name, comparison.title
        drawings = []
        if len(comparison.members) > 1:
            matrix = run.table(f"dissimilarity_matrix_{name}")
            order = run.tree(name, self.wanted[0], comparison.members).leaves
            drawings.append(self.draw(figures.heatmap(matrix, order, f"Dissimilarity, {title}", run.item_groups(list(matrix.index))), f"heatmap_{name}",
                                      f"Dissimilarity of every pair of {self.run.across} by {title}, ordered by the dendrogram: 0 = the same explanations."))
            if run.across == "depths":
                drawings.insert(0, self.draw(figures.depths(matrix, f"Dissimilarity of depths, {title}"), f"depths_{name}",
                                             f"Every depth of a model beside every depth of another, by {title}: 0 = the same explanations."))
            drawings += self.tree_figures(comparison) + self.map_figures(comparison)
        if 1 < len(comparison.members) <= MOST_HISTOGRAMS:
            drawings.append(self.draw(statistics_figures.histograms(comparison, f"Similarity image by image, {title}"), f"histograms_{name}",
                                      f"How similar the explanations of every two {self.run.across} are, image by image, by {title}."))
        parts = [page.gallery(drawings), tables.pairs(comparison, self.level)]
        if other:
            parts.append(page.fold("The same over images to which both models give the same class", [tables.pairs(other, self.level)]))
        parts.append(page.fold("Is it more than chance?", nonempty(tables.floor(comparison, self.level), tables.ceiling(comparison, self.level))))
        parts.append(page.fold("Which cells differ", nonempty(tables.cell_differences(tables.differences_of(run, comparison)))))
        parts.append(page.fold("Clusters, communities, components", nonempty(*self.cluster_tables(comparison))))
        return page.fold(title, parts, is_open)

    def cluster_tables(self, comparison):
        run, name, members = self.run, comparison.name, comparison.members
        trees = [tables.splits(run.tree(name, linkage, members), members, f"Clusters of the tree, {linkage} linkage") for linkage in self.linkages[name]]
        others = [tables.flat_clusters(run, name, self.wanted[0]), tables.communities(run, name), tables.pca_variance(run, name),
                  tables.pooled_kappa(run, comparison)]
        return trees[:1] + others + trees[1:]

    def summary(self):
        alike = [line for comparison in self.comparisons
                 for line in headlines.pair_headline(comparison, tables.differences_of(self.run, comparison), self.level)]
        lists = [headlines.bullet_list("Do the groups differ?", headlines.group_headlines(self.group_tests(), self.groups_in_words(), self.level)),
                 headlines.bullet_list(f"Which {self.run.across} explain alike", alike),
                 headlines.bullet_list("Is it more than chance?", headlines.floor_headlines(self.comparisons, self.level)),
                 headlines.bullet_list("What goes with alike explanations?", relations.headlines(self.run)),
                 headlines.bullet_list(f"Do {self.other} agree?", headlines.mantel_headlines(self.mantel(), self.run.across)),
                 headlines.bullet_list("How many images are enough?", headlines.images_needed_headlines(self.needed())),
                 headlines.bullet_list("Blank maps", headlines.blank_headlines(self.comparisons))]
        return [f'<div class="columns">{"".join(lists)}</div>'] if any(lists) else []

    def group_tests(self):
        return self.run.optional("group_tests", "matrix", "test", "effect", "effect_low", "effect_high", "effect_by_chance", "p", "p_adjusted", "arrangements", "exact")

    def groups_in_words(self):
        """'cnn (9) and transformer (5)'"""
        frame = self.run.optional("item_groups", "name", "group")
        sizes = {} if frame is None else frame["group"].dropna().value_counts().to_dict()
        return headlines.joined([f"{name} ({size})" for name, size in sorted(sizes.items())]) if sizes else ""

    def groups(self):
        run = self.run
        return nonempty(tables.group_tests(self.group_tests(), self.level),
                        tables.group_dissimilarity(run.optional("group_dissimilarity", "matrix", "group_a", "group_b", "mean_dissimilarity", "low", "high"), self.level),
                        tables.group_agreement(run.optional("group_agreement", "matrix", "partition", "clusters", "adjusted_rand_index", "adjusted_mutual_information")))

    def mantel(self):
        return self.run.optional("mantel", "method_a", "metric_a", "method_b", "metric_b", "models", "correlation", "p", "permutations")

    def needed(self):
        return self.run.optional("images_needed", "method", "metric", "wanted_error", "images")

    def image_counts(self):
        parts = [tables.images_needed(self.needed()), tables.reliability(self.run)]
        for comparison in self.comparisons:
            subsets = self.run.optional(f"image_count_{comparison.name}", "images", "subset", "sum_absolute_difference", "mean_absolute_difference")
            if subsets is None:
                continue
            cells = self.run.optional(f"image_count_cells_{comparison.name}", "images", "variance")
            title = comparison.title
            drawing = self.draw(statistics_figures.image_counts(subsets, cells, f"How many images? {title}"), f"image_count_{comparison.name}",
                                f"Matrices from random subsets of the images against the matrix of all, {title}. "
                                "Left: summed over all cells; right: how a single cell varies.")
            parts.append(page.gallery([drawing, tables.image_count(subsets, title)]))
        return parts

    def explanations(self):
        run = self.run
        grids = []
        for method in run.methods:
            grid = explanation_figures.explanation_grid(run, method, self.images, self.class_names)
            grids.append(self.draw(grid, f"explanations_{method}", f"{method} maps over the photos, with the predicted class and its probability.",
                                   photos=True))
        strips = []
        for model in run.models if explanation_figures.strip_methods(run.methods) else []:
            strip = explanation_figures.deeper_strip(run, model, self.images[:MOST_STRIP_ROWS], self.class_names)
            strips.append(self.draw(strip, f"deeper_{model}", f"{model}: explanations from shallow to deep layers, and those of the whole network.",
                                    photos=True))
        agreement = [part for method in run.methods for part in tables.consensus(run, method)] if run.across == "models" else []
        return [interactive.viewer(), page.fold("On which images do the models disagree?", agreement), page.fold("From shallow to deep layers, model by model", strips),
                page.fold("All images and models at once, method by method", grids)]

    def what_was_run(self):
        facts = self.run.facts
        parts = [page.paragraph(f"Folder: <code>{html.escape(str(self.run.folder.resolve()))}</code>")]
        stages = [[name, float(stage.get("seconds", np.nan)), int(stage.get("ranks", 0))] for name, stage in facts.get("stages", {}).items()]
        parts.append(page.table(["stage", "seconds", "ranks"], stages, "Time of each stage", 1) if stages else "")
        store = self.run.store
        models = [[model, store.model_text(model, "timm_id"), store.model_text(model, "weights"), str(store.input_size(model))] for model in self.run.models]
        parts.append(page.table(["model", "timm id", "weights", "input size"], models, "Models"))
        job = [[key, str(value)] for key, value in sorted(self.run.job.items())]
        parts.append(page.fold("Every option of the job", [page.table(["option", "value"], job, "The job as resolved")] if job else []))
        libraries = [[key, str(value)] for key, value in facts.get("libraries", {}).items()]
        parts.append(page.fold("Libraries", [page.table(["library", "version"], libraries, "Versions")] if libraries else []))
        return parts

    def all(self):
        views = [self.view(comparison, other, is_open=index == 0) for index, (comparison, other) in enumerate(zip(self.comparisons, self.matching))]
        return [page.Section("summary", "Findings", self.summary()),
                page.Section("explore", "Explore", [interactive.explorer(self.level, self.run.across)] if self.comparisons else []),
                page.Section("explanations", "What the models look at", self.explanations() if self.run.methods else []),
                page.Section("comparisons", f"Comparisons by {self.other.removesuffix('s')} and metric", views),
                page.Section("group-tests", "Do the groups differ?", self.groups()),
                page.Section("relations", "What else do the models share?", relations.parts(self)),
                page.Section("methods", f"Do {self.other} and metrics agree?", nonempty(tables.mantel(self.mantel()), tables.linkage_summary(self.run))),
                page.Section("images", "How many images are enough?", nonempty(*self.image_counts())),
                page.Section("predictions", "Predictions", tables.accuracy(self.run) + tables.agreement(self.run)),
                page.Section("job", "What was run", self.what_was_run())]

    def data(self):
        """For the scripts of the page."""
        return interactive.page_data(self.run, self.comparisons, self.matching, self.linkages, self.images, self.class_names, self.level)

    def lead(self):
        """What was run, in one sentence."""
        run = self.run
        weights = {run.store.model_text(model, "weights") for model in run.models} - {""}
        same = f" with weights {html.escape(weights.pop())}" if len(weights) == 1 and len(run.models) > 1 else ""
        device = ", ".join(run.facts.get("devices", []))
        count = f"{len(run.models)} model{'s' if len(run.models) > 1 else ''}"
        return (f"{count}{same} explained {len(run.paths)} images by {html.escape(', '.join(run.methods)) or 'no method'}. "
                f"Sightline {html.escape(run.facts.get('program', 'of unknown version'))}{f' on {html.escape(device)}' if device else ''}.")
