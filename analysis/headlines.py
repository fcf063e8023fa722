"""The findings of a run in words."""

import html

import numpy as np


def confidence_of(run):
    """'95 % interval'; the level is that of the job."""
    return f"{100 * float(run.job.get('compare.confidence', 0.95)):g}\N{NO-BREAK SPACE}% interval"


def joined(words):
    words = [f"<b>{html.escape(str(word))}</b>" for word in words]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


class PairWords:
    """The pairs of different members of a comparison, by dissimilarity. `differences`: the table of cell differences, or None."""

    def __init__(self, comparison, differences, level):
        self.comparison, self.level = comparison, level
        self.pairs = [(row, a, b) for row, (a, b) in enumerate(comparison.pairs) if a != b]
        self.interval = comparison.interval("dissimilarity")
        self.pairs.sort(key=lambda pair: comparison.dissimilarity[pair[1], pair[2]])
        self.differences = differences

    def names(self, pair):
        return self.comparison.members[pair[1]], self.comparison.members[pair[2]]

    def numbers(self, pair):
        row, a, b = pair
        text = f"{self.comparison.dissimilarity[a, b]:.3f}"
        if self.interval is not None and self.comparison.counts[row] > 0:
            text += f", {self.level} {self.interval[0][a, b]:.3f} to {self.interval[1][a, b]:.3f}"
        return f"dissimilarity {text}, {self.comparison.counts[row]} images"

    def not_told_apart(self, pair):
        """How many other pairs do not differ from this one by the interval of the difference; None when not all differences are known."""
        if self.differences is None:
            return None
        a, b = self.names(pair)
        table = self.differences
        mine = table[((table["model_a"] == a) & (table["model_b"] == b)) | ((table["model_c"] == a) & (table["model_d"] == b))]
        return int(((mine["low"] <= 0) & (mine["high"] >= 0)).sum()) if len(mine) == len(self.pairs) - 1 else None

    def overlapping(self, pair):
        """How many other pairs have an interval that overlaps this one's."""
        (low, high), (_, a, b) = self.interval, pair
        return sum(bool(low[c, d] <= high[a, b] and high[c, d] >= low[a, b]) for other in self.pairs for _, c, d in [other] if other != pair)

    def sureness(self, pair):
        if self.interval is None or len(self.pairs) < 2:
            return ""
        count, why = self.not_told_apart(pair), f"the {self.level} of the difference holds 0"
        if count is None:
            count, why = self.overlapping(pair), "the intervals overlap"
        if count == 0:
            return " Every other pair can be told apart from it."
        return f" {count} other pair{'s' if count > 1 else ''} cannot be told apart from it ({why})."


def pair_headline(comparison, differences, level):
    words = PairWords(comparison, differences, level)
    if not words.pairs:
        return []
    near, far = words.pairs[0], words.pairs[-1]
    text = f"most alike are {joined(words.names(near))} ({words.numbers(near)}).{words.sureness(near)}"
    if len(words.pairs) > 1:
        text += f" Least alike are {joined(words.names(far))} ({words.numbers(far)}).{words.sureness(far)}"
    return [f"<b>{html.escape(comparison.group)}</b>, {html.escape(comparison.metric)}: {text}"]


def floor_headlines(comparisons, level):
    """Whether maps of the same image are more alike than maps of different ones: one sentence for each method and metric."""
    lines = []
    for comparison in comparisons:
        floor = comparison.floor
        if floor is None:
            continue
        apart = floor[floor["model_a"] != floor["model_b"]]
        if apart.empty:
            continue
        line = (f"<b>{html.escape(comparison.group)}</b>, {html.escape(comparison.metric)}: mean similarity {apart['similarity'].mean():.2f} on the same image, "
                f"{apart['floor'].mean():.2f} on different images")
        if apart["above_low"].notna().any():
            line += f"; {int((apart['above_low'] > 0).sum())} of {len(apart)} pairs are above that (the {level} of the difference lies above 0)"
        lines.append(line + "." + ceiling_sentence(comparison, apart))
    return lines


def ceiling_sentence(comparison, floor):
    """How far the pairs come from the floor to the ceiling; nothing without a ceiling."""
    if comparison.ceiling is None or floor["share"].isna().all():
        return ""
    ways = joined(sorted(set(comparison.ceiling["difference"].astype(str))))
    return (f" Repetitions ({ways}) put the ceiling at {floor['ceiling'].mean():.2f}: the pairs come {100 * floor['share'].median():.0f} % of the way there "
            f"(median; from {100 * floor['share'].min():.0f} to {100 * floor['share'].max():.0f} %).")


def group_headlines(tests, groups, level):
    """Whether the groups differ: one sentence for each matrix. `tests`: group_tests.csv, or None; `groups`: names and sizes in words."""
    if tests is None:
        return []
    lines = []
    for name, rows in tests.groupby("matrix", sort=False):
        if name.endswith("_matching"):
            continue
        row = rows.set_index("test").loc["permanova"]
        limits = "" if np.isnan(row.effect_low) else f" ({level} {100 * row.effect_low:.0f} to {100 * row.effect_high:.0f} %)"
        differ = "differ" if row.p_adjusted < 0.05 else "are not shown to differ"
        lines.append(f"<b>{html.escape(name)}</b>: {groups} {differ}: {100 * row.effect:.0f} %{limits} of the variation lies between them, "
                     f"{100 * row.effect_by_chance:.0f} % would if models were grouped at random (PERMANOVA, p = {row.p:.4f}, {row.p_adjusted:.4f} corrected).")
    return lines


def mantel_headlines(mantel, across):
    """One sentence for every two groups under the same metric. `across`: what the matrices compare, such as 'models'."""
    if mantel is None:
        return []
    lines = []
    for row in mantel.itertuples():
        if row.metric_a != row.metric_b or row.method_a == row.method_b:
            continue
        strength = "strongly" if row.correlation >= 0.7 else "moderately" if row.correlation >= 0.4 else "weakly"
        agree = row.p < 0.05 and row.correlation > 0
        verb = f"agree {strength} on which {across} are alike" if agree else f"are not shown to agree on which {across} are alike"
        lines.append(f"{joined([row.method_a, row.method_b])} {verb} under {html.escape(str(row.metric_a))} "
                     f"(Mantel correlation {row.correlation:.2f}, p = {row.p:.4f}, {row.models} {across}).")
    return lines


def images_needed_headlines(needed):
    """One sentence for each method and metric, however many errors were wanted."""
    if needed is None:
        return []
    lines = []
    for (method, metric), rows in needed.groupby(["method", "metric"], sort=False):
        reached = [f"<b>{int(row.images)} images</b> bring it below {row.wanted_error:g}" for row in rows.itertuples() if not np.isnan(row.images)]
        missed = [f"no tried number of images brings it below {row.wanted_error:g}" for row in rows.itertuples() if np.isnan(row.images)]
        lines.append(f"<b>{html.escape(str(method))}</b>, {html.escape(str(metric))}, mean error of a dissimilarity: {', '.join(reached + missed)}.")
    return lines


def blank_headlines(comparisons):
    """Where maps are blank: one sentence for each method."""
    lines = []
    for comparison in comparisons:
        blank = comparison.blank_maps
        if blank is None:
            continue
        total = len(blank) * comparison.values.shape[1]
        count = sum(blank.values())
        line = f"<b>{html.escape(comparison.group)}</b>: {count} of {total} maps are blank"
        if count:
            worst = max(blank, key=blank.get)
            line += f" ({100 * count / total:.1f} %), most of them of <b>{html.escape(worst)}</b> ({blank[worst]})"
        lines.append(line + ".")
    return lines


def bullet_list(title, lines):
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<div><h3>{html.escape(title)}</h3><ul class="findings">{items}</ul></div>' if lines else ""
