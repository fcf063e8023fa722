"""The report of a Focus, bias or training run: sections in words, tables, box plots, mosaics with their explanations, and training curves."""

import html

import matplotlib.ticker
import numpy as np
from matplotlib.collections import PathCollection
from PIL import Image

import figures
import headlines
import page
from figures import plt
from run_folder import read_csv
from store import Store

TILE = 224
MOST_PICTURES = 12
SUMMARY = ("model", "method", "mosaics", "undefined", "mean", "low", "high", "median", "q1", "q3", "variance", "chance")


def is_focus_run(folder):
    return any((folder / "tables" / name).exists() for name in ("focus_summary.csv", "bias_summary.csv", "training.csv"))


def tile_photo(picture):
    """As the program crops a tile: short side to 256, the centre 224 x 224."""
    short = min(picture.size)
    picture = picture.resize([round(256 * side / short) for side in picture.size], Image.Resampling.BILINEAR)
    left, top = (picture.width - TILE) // 2, (picture.height - TILE) // 2
    return np.asarray(picture.crop((left, top, left + TILE, top + TILE)))


def is_mixture(row):
    """Whether each tile of a mosaic shows its part of a photo, not a whole one."""
    return row.get("layout") == "patches"


class Mosaics:
    """focus.h5 and mosaics.csv of one folder."""

    def __init__(self, folder, pictures):
        self.rows = read_csv(folder / "mosaics.csv", ("mosaic", "target", "rows", "columns")).set_index("mosaic")
        self.store = Store(folder / "focus.h5", "focus")
        self.index = {path: row for row, path in enumerate(self.store.paths)}
        self.pictures = pictures

    def photo(self, name):
        """The mosaic, or None without its photos."""
        row = self.rows.loc[name]
        try:
            tiles = [tile_photo(self.pictures.read(row[f"path_{tile + 1}"])) for tile in range(row["rows"] * row["columns"])]
        except OSError:
            return None
        if is_mixture(row):
            down, right = (np.searchsorted([TILE * part // parts for part in range(1, parts)], np.arange(TILE), side="right") for parts in (row["rows"], row["columns"]))
            return np.take_along_axis(np.stack(tiles), (down[:, None] * row["columns"] + right)[None, ..., None], 0)[0]
        return np.vstack([np.hstack(tiles[first:first + row["columns"]]) for first in range(0, len(tiles), row["columns"])])

    def relevance(self, model, method, name):
        """Its positive relevance in [0, 1], or None where only the tiles were stored, or no intact record is there."""
        if self.store.kind(model, method) == "tiles":
            return None
        row = self.rows.loc[name]
        size = (TILE, TILE) if is_mixture(row) else (TILE * row["rows"], TILE * row["columns"])
        relevance = self.store.map(model, method, self.index[name], size)
        return None if relevance is None else np.clip(relevance, 0, 1)


def method_colours(methods):
    palette = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999"]
    return {method: palette[i % len(palette)] for i, method in enumerate(methods)}


def box_plots(scores, chance, title):
    """One box for each model and method, coloured by method, a line at what a map that knows nothing scores."""
    models, methods = list(dict.fromkeys(scores["model"])), list(dict.fromkeys(scores["method"]))
    colours = method_colours(methods)
    figure, axes = plt.subplots(figsize=(2 + 0.42 * len(models) * (len(methods) + 1), 4.2), layout="constrained")
    place, centres = 0.0, []
    for model in models:
        start = place
        for method in methods:
            values = scores[(scores["model"] == model) & (scores["method"] == method)]["focus"].dropna()
            if len(values):
                axes.boxplot(values, positions=[place], widths=0.7, patch_artist=True, flierprops={"markersize": 2}, manage_ticks=False,
                             medianprops={"color": "black"}, boxprops={"facecolor": colours[method], "linewidth": 0.6})
            place += 1
        centres.append((start + place - 1) / 2)
        place += 1
    axes.axhline(chance, color="#666666", linewidth=0.9, linestyle="--")
    axes.set_xticks(centres, models, rotation=0 if len(models) < 5 else 30, ha="center" if len(models) < 5 else "right")
    axes.set_ylabel("Focus")
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_locator(matplotlib.ticker.MultipleLocator(0.25))
    axes.set_xlim(-1, place - 1)
    axes.legend([plt.Rectangle((0, 0), 1, 1, facecolor=colour) for colour in colours.values()], list(colours), loc="center left", bbox_to_anchor=(1.0, 0.5),
                frameon=False, fontsize=9)
    axes.set_title(title, fontsize=11)
    return figure


def histograms(scores, chance, models, title):
    """For each method the distributions of several models, one over the other."""
    methods = list(dict.fromkeys(scores["method"]))
    figure, axes = plt.subplots(1, len(methods), figsize=(2.6 * len(methods) + 1.6, 2.8), sharey=True, squeeze=False, layout="constrained")
    colours = method_colours(models)
    for field, method in zip(axes[0], methods):
        for model in models:
            values = scores[(scores["model"] == model) & (scores["method"] == method)]["focus"].dropna()
            if len(values):
                field.hist(values, bins=np.linspace(0, 1, 21), weights=np.full(len(values), 1 / len(values)), histtype="stepfilled", alpha=0.45,
                           color=colours[model], edgecolor=colours[model], label=model.partition("@")[2] or "trained")
        field.axvline(chance, color="#666666", linewidth=0.9, linestyle="--")
        field.set_title(method, fontsize=9)
        field.set_xlabel("Focus")
    axes[0][0].set_ylabel("share of the mosaics")
    axes[0][-1].legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.suptitle(title, fontsize=11)
    return figure


def feature_map(points, title):
    """Photos by class as dots and mosaics as crosses, in the first two principal components of a model's features."""
    figure, axes = plt.subplots(figsize=(5, 4.2), layout="constrained")
    classes = sorted(points["class"].unique())
    colours = method_colours(classes) if len(classes) <= 8 else dict.fromkeys(classes, "#0072B2")
    for kind, marker, alpha in (("image", ".", 0.5), ("mosaic", "x", 0.9)):
        mine = points[points["kind"] == kind]
        axes.scatter(mine["x"], mine["y"], s=22, marker=marker, alpha=alpha, linewidths=1.0, c=[colours[label] for label in mine["class"]],
                     label="photos" if kind == "image" else "mosaics")
    axes.set(xticks=[], yticks=[], xlabel="first component", ylabel="second component")
    for handle in axes.legend(fontsize=8).findobj(PathCollection):
        handle.set_color("#444444")
    axes.set_title(title, fontsize=11)
    return figure


def pictures(mosaics, cells, title):
    """A row of mosaics, each with its relevance over it. `cells`: (mosaic, model, method, caption)."""
    drawn = [(mosaics.photo(name), mosaics.relevance(model, method, name), caption) for name, model, method, caption in cells]
    drawn = [cell for cell in drawn if cell[0] is not None and cell[1] is not None]
    if not drawn:
        return None
    columns = min(4, len(drawn))
    rows = -(-len(drawn) // columns)
    height = drawn[0][0].shape[0] / drawn[0][0].shape[1]
    figure, axes = plt.subplots(rows, columns, figsize=(2.5 * columns, (2.4 * height + 0.5) * rows + 0.4), squeeze=False, layout="constrained")
    for field in axes.flat:
        field.axis("off")
    for field, (photo, relevance, caption) in zip(axes.flat, drawn):
        field.imshow(photo)
        field.imshow(relevance, cmap="inferno", alpha=0.55, vmin=0, vmax=1)
        field.set_title(caption, fontsize=8)
    figure.suptitle(title, fontsize=11)
    return figure


def curves(frame, step, title):
    """Loss and accuracies of every model by step or epoch."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    colours = method_colours(list(dict.fromkeys(frame["model"])))
    for model, rows in frame.groupby("model", sort=False):
        left.plot(rows[step], rows["loss" if "loss" in rows else "train_loss"], color=colours[model], marker=".", label=model)
        for column, style in (("train_accuracy", ":"), ("val_accuracy", "-")):
            if column in rows and rows[column].notna().any():
                right.plot(rows[step], rows[column], style, color=colours[model], marker=".", label=f"{model}, {column.partition('_')[0]}")
    left.set(xlabel=step, ylabel="loss", ylim=(0, None))
    right.set(xlabel=step, ylabel="accuracy", ylim=(None, 1.01))
    for field in (left, right):
        if field.lines:
            field.legend(fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=11)
    return figure


class FocusReport:
    """Of a folder with tables/focus_*.csv, tables/bias_*.csv or tables/training*.csv."""

    def __init__(self, run, class_names):
        self.run, self.class_names = run, class_names
        self.figures, self.folder = page.Figures(), run.folder / "figures"
        self.folder.mkdir(exist_ok=True)
        self.summary = run.optional("focus_summary", *SUMMARY)
        self.scores = run.optional("focus_mosaics", "mosaic", "model", "method", "focus")
        self.bias = run.optional("bias_summary", "model", "method", "target", "other", "pairs", "mean_wrong_share", "low", "high", "finding")

    def class_name(self, index):
        name = self.class_names.get(int(index))
        return f"class {index}" if name is None else name

    def draw(self, figure, name, caption, photos=False):
        return [self.figures.figure(figures.save(figure, self.folder / f"{name}.png"), caption, photos)] if figure is not None else []

    def findings(self):
        lines = []
        for model, rows in [] if self.summary is None else self.summary.groupby("model", sort=False):
            best = rows.sort_values("mean", ascending=False)
            words = ", ".join(f"{html.escape(row.method)} {row.mean:.2f}" + (f" ({row.low:.2f} to {row.high:.2f})" if not np.isnan(row.low) else "")
                              for row in best.itertuples() if not np.isnan(row.mean))
            lines.append(f"<b>{html.escape(model)}</b>, by mean Focus, chance {rows['chance'].iloc[0]:.2f}: {words}.")
        notes = [] if self.summary is None or "note" not in self.summary else self.summary[self.summary["note"].notna()]
        no_score = [] if len(notes) == 0 else [f"<b>{html.escape(row.method)}</b> on {html.escape(row.model)}: {html.escape(row.note)}." for row in notes.itertuples()]
        undefined = [] if self.summary is None else [f"<b>{html.escape(row.method)}</b> on {html.escape(row.model)}: {row.undefined} maps without positive relevance."
                                                     for row in self.summary.itertuples() if row.undefined]
        suspects = [] if self.bias is None else [
            f"<b>{html.escape(row.model)}</b>, {html.escape(row.method)}: {100 * row.mean_wrong_share:.0f} % of what speaks for {html.escape(self.class_name(row.target))} lies "
            f"on pictures of {html.escape(self.class_name(row.other))}." for row in self.bias[self.bias["finding"] == "suspected"].itertuples()]
        if self.bias is not None and not suspects:
            suspects = ["No bias is suspected."]
        return [headlines.bullet_list("Which methods look at the class", lines), headlines.bullet_list("What cannot score by construction", no_score),
                headlines.bullet_list("Undefined scores", undefined), headlines.bullet_list("Biases", suspects)]

    def table(self, name, caption, note="", digits=3):
        frame = self.run.optional(name)
        if frame is None:
            return ""
        frame = frame.fillna("") if "note" in frame else frame
        rows = [[page.Cell(str(value), value) if isinstance(value, (int, np.integer)) else value for value in row] for row in frame.itertuples(index=False)]
        return page.table([column.replace("_", " ") for column in frame.columns], rows, caption, digits, note)

    def focus(self):
        if self.summary is None or self.scores is None:
            return []
        chance = self.summary["chance"].iloc[0]
        parts = self.draw(box_plots(self.scores, chance, f"Focus of {self.scores['mosaic'].nunique()} mosaics"), "focus",
                          "Focus of every mosaic by model and method; dashed: what a map that knows nothing scores.")
        return [page.gallery(parts), self.table("focus_summary", "Focus by model and method", "low and high: bootstrap limits of the mean."),
                page.fold("Do the methods differ?", [self.table("focus_ranking", "Friedman's test over the mosaics", "Mean rank 1 = the best."),
                                                     self.table("focus_nemenyi", "Pairs of methods, Nemenyi's test", digits=4)]),
                *self.quality(), page.fold("By class", [self.table("focus_classes", "Focus by class")]),
                page.fold("Confidence and accuracy", [self.table("focus_confidence", "Focus against the target's probability, and where the model is right or wrong")])]

    def quality(self):
        if self.run.optional("focus_quality") is None:
            return []
        agreement = self.table("focus_metric_agreement", "Do metrics rank the methods alike? Kendall's tau", "1: the same order, -1: the opposite.", digits=2)
        return [agreement, page.fold("Every metric", [self.table("focus_quality", "Quality of the maps by other metrics",
                                                                 "deletion: area under the target's probability while the most relevant pixels go, insertion: while they come; sensitivity n: correlation of relevance and fall.")])]

    def fairness(self):
        points = self.run.optional("focus_ood_map", "model", "kind", "class", "x", "y")
        if points is None:
            return []
        parts = []
        for model in dict.fromkeys(points["model"]):
            parts += self.draw(feature_map(points[points["model"] == model], f"{model}: features of photos and mosaics"), f"focus_ood_{model}",
                               f"{model}: features before the classifier, first two principal components of the photos; colours are classes, of mosaics the target.")
        return [page.gallery(parts), self.table("focus_ood", "How far mosaics lie from the classes of the photos",
                                                "Distance to the nearest class mean, in units of the spread within classes. beyond 95: share of the mosaics farther than 95 % of the photos; "
                                                "auroc: 0.5 = as near as photos, 1 = all farther, 0 = all nearer (features are means over the picture: those of four photos lie nearer to the middle).")]

    def positions(self):
        return [self.table("focus_position_test", "Does the place of the target's tiles matter? Friedman's test over draws in every arrangement", digits=4),
                self.table("focus_positions", "Focus by arrangement", "T: a tile of the target, row by row.")]

    def randomisation(self):
        if self.run.optional("focus_randomisation") is None or self.scores is None:
            return []
        parts = []
        for base in dict.fromkeys(model.partition("@")[0] for model in self.scores["model"] if "@random=" in model):
            models = [model for model in dict.fromkeys(self.scores["model"]) if model.partition("@")[0] == base]
            figure = histograms(self.scores, self.summary["chance"].iloc[0], models, f"{base}: trained against random layers")
            parts += self.draw(figure, f"focus_randomisation_{base}", f"{base}: Focus with trained weights and with random ones in a share of the layers from the classifier down.")
        return [page.gallery(parts), self.table("focus_randomisation", "Trained against random weights", "trained is higher: share of mosaics, ties count half.")]

    def examples(self):
        if self.scores is None:
            return []
        mosaics = Mosaics(self.run.folder, self.run.pictures)
        parts = []
        for method in dict.fromkeys(self.scores["method"]):
            model = self.scores["model"].iloc[0]
            mine = self.scores[(self.scores["model"] == model) & (self.scores["method"] == method)]
            chosen = mine.iloc[figures.spread_out(8, len(mine))]
            cells = [(str(row.mosaic), model, method, f"for {self.class_name(row.target)}\nFocus " + ("undefined" if np.isnan(row.focus) else f"{row.focus:.2f}")) for row in chosen.itertuples()]
            parts += self.draw(pictures(mosaics, cells, f"{model}, {method}"), f"mosaics_{method}", f"Mosaics explained by {method} for {model}: positive relevance.", photos=True)
        return parts or [page.paragraph("Maps were not stored (<code>sightline focus --focus.maps on</code> keeps them), or the photos are no longer where they were (<code>sightline report "
                                        "--images</code> says where).")]

    def biases(self):
        if self.bias is None:
            return []
        pairs = self.run.optional("bias_pairs", "model", "method", "pair", "target", "other_path", "wrong_share")
        parts = [self.table("bias_summary", "Relevance on the wrong picture, by model, method and classes",
                            "suspected: above one half beyond the bootstrap limit, and many pictures of the other class are taken for the target.")]
        for (model, method), rows in [] if pairs is None else pairs.groupby(["model", "method"], sort=False):
            cells = [(str(row.pair), model, method, f"for {self.class_name(row.target)} (above)\n{100 * row.wrong_share:.0f} % on the other")
                     for row in rows.head(MOST_PICTURES).itertuples()]
            figure = pictures(Mosaics(self.run.folder / "bias" / model, self.run.pictures), cells, f"{model}, {method}: most on the wrong picture first")
            parts += self.draw(figure, f"bias_{model}_{method}", f"Pairs of the worst predicted pictures, {model}, {method}: the target's above, another class's below.", photos=True)
        kinds = self.run.optional("bias_kinds", "model", "method", "target", "other", "kind", "path", "wrong_share")
        for (model, method, target, other), rows in [] if kinds is None or pairs is None else kinds.groupby(["model", "method", "target", "other"], sort=False):
            of_kind = rows.groupby("kind").head(MOST_PICTURES // max(2, rows["kind"].nunique()))
            worst = pairs[(pairs["model"] == model) & (pairs["method"] == method) & (pairs["target"] == target)].drop_duplicates("other_path").set_index("other_path")["pair"]
            cells = [(str(worst[row.path]), model, method, f"kind {row.kind}\n{100 * row.wrong_share:.0f} % on the lower") for row in of_kind.itertuples()]
            figure = pictures(Mosaics(self.run.folder / "bias" / model, self.run.pictures), cells, f"{model}, {method}: what is taken for {self.class_name(target)}")
            parts += self.draw(figure, f"bias_kinds_{model}_{method}_{target}_{other}",
                               f"Pictures of {self.class_name(other)} that are taken for {self.class_name(target)} ({model}, {method}), by what the model sees there "
                               "(bias_kinds.csv).", photos=True)
        if kinds is not None and len(kinds):
            parts.append(page.fold("Kinds of bias", [self.table("bias_kinds", "Pictures that draw relevance, clustered by the features under it")]))
        return parts + [page.fold("Every pair", [self.table("bias_pairs", "Pairs, most relevance on the wrong picture first")]),
                        page.fold("The worst predicted pictures", [self.table("bias_worst", "Pictures whose own class has the least probability")])]

    def training(self):
        parts = []
        for path in sorted((self.run.folder / "tables").glob("training_curve*.csv")):
            frame = read_csv(path, ("model", "val_accuracy"))
            step = "step" if "step" in frame else "epoch"
            parts += self.draw(curves(frame, step, "Training"), path.stem, f"Loss and accuracy by {step}; dotted: on the images that are learnt from.")
        return [page.gallery(parts), self.table("training", "What training came to", digits=4)] if parts else []

    def job(self):
        options = [[key, str(value)] for key, value in sorted(self.run.job.items())]
        stages = [[name, float(stage.get("seconds", np.nan)), int(stage.get("ranks", 0))] for name, stage in self.run.facts.get("stages", {}).items()]
        return [page.table(["stage", "seconds", "ranks"], stages, "Time of each stage", 1) if stages else "",
                page.fold("Every option of the job", [page.table(["option", "value"], options, "The job as resolved")] if options else [])]

    def lead(self):
        names = [] if self.summary is None else list(dict.fromkeys(self.summary["model"]))
        names += [] if self.bias is None else [name for name in dict.fromkeys(self.bias["model"]) if name not in names]
        count = 0 if self.scores is None else self.scores["mosaic"].nunique()
        trained = self.run.optional("training", "model")
        names += [] if trained is None else [name for name in trained["model"] if name not in names]
        return html.escape(f"{', '.join(map(str, names))}" + (f"; {count} mosaics" if count else ""))

    def all(self):
        return [page.Section("summary", "Findings", [f'<div class="columns">{"".join(self.findings())}</div>']),
                page.Section("focus", "Which explanations can be trusted?", self.focus()),
                page.Section("examples", "Mosaics and their explanations", self.examples()),
                page.Section("fairness", "Are mosaics fair to the models?", self.fairness()),
                page.Section("positions", "Does the place in the mosaic matter?", [part for part in self.positions() if part]),
                page.Section("randomisation", "Trained against random weights", self.randomisation()),
                page.Section("bias", "What else is taken for a class?", self.biases()),
                page.Section("training", "Training", self.training()),
                page.Section("job", "What was run", [part for part in self.job() if part])]
