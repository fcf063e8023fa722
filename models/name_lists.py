"""Lists of tensor names, written short and taken apart again: 'blocks.{0-11}.attn.{proj,qkv}.{bias,weight}' stands for 48 names."""

import re
from itertools import product


def component(texts):
    """{'fc1', 'fc2'} -> 'fc{1-2}', {'bias', 'weight'} -> '{bias,weight}', {'norm'} -> 'norm'."""
    if len(texts) == 1:
        return min(texts)
    numbered = [re.fullmatch(r"(\D*)(0|[1-9]\d*)", text) for text in texts]
    if all(numbered) and len({found[1] for found in numbered}) == 1:
        numbers = sorted(int(found[2]) for found in numbered)
        if numbers == list(range(numbers[0], numbers[-1] + 1)):
            return f"{numbered[0][1]}{{{numbers[0]}-{numbers[-1]}}}"
    return f"{{{','.join(sorted(texts))}}}"


def collapse(names):
    """Names that differ in one component become one pattern; the last component is tried first, then the one before it."""
    patterns = [tuple(name.split(".")) for name in names]
    for place in range(1, max(map(len, patterns), default=0) + 1):
        merged = {}
        for pattern in patterns:
            head, tail = pattern[:-place], pattern[len(pattern) - place:][1:]
            merged.setdefault((head, tail) if place <= len(pattern) else pattern, []).append(pattern)
        patterns = [group[0] if len(group) == 1 else (*key[0], component({pattern[-place] for pattern in group}), *key[1]) for key, group in merged.items()]
    return [".".join(pattern) for pattern in patterns]


def choices(part):
    """The inverse of `component`."""
    numbers = re.fullmatch(r"(\D*)\{(\d+)-(\d+)\}", part)
    return [f"{numbers[1]}{number}" for number in range(int(numbers[2]), int(numbers[3]) + 1)] if numbers else part.strip("{}").split(",")


def expand(patterns):
    """The names that the patterns of `collapse` stand for."""
    return [".".join(parts) for pattern in patterns for parts in product(*map(choices, pattern.split(".")))]


def shortened(names, shown=8):
    """A list for a message."""
    patterns = collapse(names)
    return ", ".join(patterns[:shown]) + (f" and {len(patterns) - shown} more" if len(patterns) > shown else "")
