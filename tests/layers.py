#!/usr/bin/env python3
"""Checks that a folder of src/ includes only folders that its line in src/CMakeLists.txt names, directly or through others."""

import re
import sys
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "src"


def linked_folders():
    """By library name (attribution_methods): the names of all that it links, itself included."""
    text = (SOURCES / "CMakeLists.txt").read_text()
    direct = {}
    for folder, linked in re.findall(r"^sightline_layer\((\S+)([^)]*)\)", text, re.MULTILINE):
        direct[folder.replace("/", "_")] = set(re.findall(r"\bsightline_(\w+)", linked))
    every = {}
    for folder, linked in direct.items():  # lower layers come first
        every[folder] = {folder}.union(*(every[lower] for lower in linked))
    return every


def wrong_includes(linked):
    for file in sorted(SOURCES.rglob("*.[ch]pp")):
        folder = "_".join(file.parent.relative_to(SOURCES).parts)
        for included in re.findall(r'^#include "(.+)/[^/"]+"', file.read_text(), re.MULTILINE):
            if folder in linked and included.replace("/", "_") not in linked[folder]:
                yield f"{file.relative_to(SOURCES.parent)}: includes {included}/, which the line of its folder in src/CMakeLists.txt does not link"


if __name__ == "__main__":
    problems = list(wrong_includes(linked_folders()))
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
