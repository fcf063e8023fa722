"""Finds the state dict in what a PyTorch file holds: the whole of it, or an entry beside the optimizer and the options of a training run."""

from collections import namedtuple

from pytorch_file import BadCheckpoint, Inert, Tensor

# entry: where in the file the tensors were, "" = the whole file; others: the further entries that are dicts of tensors
StateDict = namedtuple("StateDict", "tensors entry others")
USUAL_ENTRIES = ("state_dict_ema", "model_ema", "state_dict", "model")  # averaged weights first, as timm does


def is_state_dict(candidate):
    if not isinstance(candidate, dict) or not candidate:
        return False
    return all(isinstance(name, str) and isinstance(value, Tensor) for name, value in candidate.items())


def kind(value):
    return value.name if isinstance(value, Inert) else type(value).__name__


def refuse_module(module, entry, path):
    """A module is objects of its classes, which would have to be imported; that runs code."""
    load = "torch.jit.load({!r})" if module.name.startswith("__torch__") else "torch.load({!r}, weights_only=False)"
    place = f"[{entry!r}]" if entry else ""
    raise BadCheckpoint(
        f"{f'its entry {entry!r}' if entry else 'it'} is a whole pickled object of the class {module.name}, which cannot be read without running code. "
        "Where you trust it and its packages are installed, these two lines of Python save its state dict:\n"
        f"    import torch; model = {load.format(str(path))}{place}\n"
        "    torch.save(model.state_dict(), 'state_dict.pth')")


def refuse(content, path):
    """The content holds no dict of tensors: says what it holds."""
    if isinstance(content, Inert):
        refuse_module(content, "", path)
    entries = content if isinstance(content, dict) else {}
    for entry in (*USUAL_ENTRIES, "ema", "net", "network"):
        if isinstance(entries.get(entry), Inert):
            refuse_module(entries[entry], entry, path)
    listed = [f"{key} ({kind(value)})" for key, value in entries.items()] or [kind(content)]
    raise BadCheckpoint(f"no dict of tensors in it; it holds {', '.join(listed[:12])}{' and more' if len(listed) > 12 else ''}")


def find_state_dict(content, wanted, path):
    """The wanted entry; unless one is wanted: the content itself, the first of the usual entries, or the only entry with tensors."""
    if wanted is None and is_state_dict(content):
        return StateDict(dict(content), "", [])
    entries = content if isinstance(content, dict) else {}
    found = [key for key, value in entries.items() if isinstance(key, str) and is_state_dict(value)]
    if not found:
        refuse(content, path)
    only = found[0] if len(found) == 1 else None
    entry = next((key for key in USUAL_ENTRIES if key in found), only) if wanted is None else wanted
    if entry not in found:
        why = f"has no entry {wanted!r} with tensors" if wanted is not None else "has several entries with tensors"
        raise BadCheckpoint(f"{why}; --entry takes one of {', '.join(found)}")
    return StateDict(dict(entries[entry]), entry, [key for key in found if key != entry])
