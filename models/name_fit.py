"""Fits the names of a checkpoint to those that a model needs: takes off what training wraps around a model, renames, and says what does not fit."""

import re
from collections import Counter, namedtuple

from checkpoint_names import BUFFERS, rename
from name_lists import expand, shortened
from pytorch_file import BadCheckpoint

Fit = namedtuple("Fit", "tensors source prefix missing extra")  # tensors: name -> (tensor, shape); prefix: what was taken off; two sorted lists of names


def without_compile(tensors):
    """torch.compile puts '_orig_mod.' before the names of the model, or of any part of it that was compiled."""
    renamed = {re.sub(r"(^|\.)_orig_mod\.", r"\1", name): tensor for name, tensor in tensors.items()}
    if len(renamed) != len(tensors):
        raise BadCheckpoint("two of its names become one without the '_orig_mod.' of torch.compile")
    return renamed


def without_prefixes(tensors):
    """The tensors as they are named, then without each prefix that all names share: 'module.' of DataParallel, 'model.' of Lightning, or any other."""
    taken = ""
    while True:
        yield taken, tensors
        first = {name.partition(".")[0] for name in tensors}
        if len(first) != 1 or any("." not in name for name in tensors):
            return
        prefix = f"{min(first)}."
        taken += prefix
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}


def compare(tensors, model, needed, taken):
    renamed, source = rename(tensors, model)
    found = {name for name in renamed if not name.endswith(BUFFERS)}
    return Fit(renamed, source, taken, sorted(needed - found), sorted(found - needed))


def misfits(tensors, manifest):
    """How many names do not fit this model, for messages."""
    try:
        fit = compare(tensors, manifest["id"], set(expand(manifest["tensors"])), "")
    except BadCheckpoint:
        return float("inf")
    return len(fit.missing) + len(fit.extra)


def begin_alike(fit, tensors, manifest):
    """What the names share at their beginning, where they fit better without it; else ""."""
    if fit.prefix:
        return f"all {len(tensors)} names begin with '{fit.prefix}'; "
    first = Counter(name.partition(".")[0] + "." for name in tensors if "." in name)
    prefix, count = first.most_common(1)[0] if first else ("", 0)
    stripped = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    better = misfits(stripped, manifest) < len(fit.missing) + len(fit.extra)
    return f"{count} of {len(tensors)} names begin with '{prefix}' (--prefix {prefix} takes only those); " if better else ""


def other_model(stripped, manifests):
    """The model whose names are nearest, where most names fit it; else ""."""
    distances = {manifest["id"]: misfits(stripped, manifest) for manifest in manifests}
    nearest = min(distances, key=distances.get, default="")
    if not nearest or 2 * distances[nearest] > len(stripped):
        return ""
    return f"; they are those of --model {nearest}" if distances[nearest] == 0 else f"; the nearest model is {nearest}, where {distances[nearest]} do not fit"


def mismatch(fit, stripped, tensors, manifest, manifests):
    """The message for names that do not fit. stripped: the tensors as `fit` reads them; tensors: as the file names them."""
    needed = len(expand(manifest["tensors"]))
    reading = f"read as {fit.source} names" + (f" without '{fit.prefix}'" if fit.prefix else "")
    there = f"{needed - len(fit.missing)} of the {needed} that the model needs are there"
    lines = [f"its names do not fit {manifest['id']}: {begin_alike(fit, tensors, manifest)}{reading}, {there}{other_model(stripped, manifests)}"]
    if fit.missing:
        lines.append(f"{len(fit.missing)} missing: {shortened(fit.missing)}")
    if fit.extra:
        lines.append(f"{len(fit.extra)} not of this model: {shortened(fit.extra)}")
    return "\n    ".join(lines)


def fit_names(tensors, manifest, manifests):
    """-> the Fit where nothing is missing and nothing left. Raises BadCheckpoint with the nearest one."""
    tensors = without_compile(tensors)
    needed, best = set(expand(manifest["tensors"])), None
    for taken, stripped in without_prefixes(tensors):
        fit = compare(stripped, manifest["id"], needed, taken)
        if not fit.missing and not fit.extra:
            return fit
        if best is None or len(fit.missing) + len(fit.extra) < len(best[0].missing) + len(best[0].extra):
            best = fit, stripped
    raise BadCheckpoint(mismatch(*best, tensors, manifest, manifests))
