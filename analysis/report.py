#!/usr/bin/env python3
"""Draws the figures of a run and its report.html. Called by 'sightline report'."""

import argparse
import csv
import sys
from pathlib import Path

import packages

packages.demand("report", "google-crc32c", "h5py", "matplotlib", "numpy", "pandas", "pillow")

import page
from focus_report import FocusReport, is_focus_run
from run_folder import RunFolder
from store import BadRun, give_up
from sections import Report


def read_class_names(path):
    """index -> name, from a CSV with the header index,wnid,name; empty without one."""
    if not path:
        return {}
    try:
        with open(path, newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))[1:]
        return {int(row[0]): row[-1] for row in rows if row}
    except (OSError, ValueError) as error:
        raise BadRun(f"{path}: cannot be read as class names: {error}") from error


def make_report(arguments):
    if is_focus_run(arguments.folder):
        report = FocusReport(RunFolder(arguments.folder, arguments.images), read_class_names(arguments.classes))
        text = page.page(f"Sightline report: {arguments.folder.resolve().name}", report.lead(), report.all(), {}, scripts=("report.js",))
        (arguments.folder / "report.html").write_text(text, encoding="utf-8")
        return
    report = Report(arguments, read_class_names(arguments.classes))
    text = page.page(f"Sightline report: {report.run.folder.resolve().name}", report.lead(), report.all(), report.data())
    (report.run.folder / "report.html").write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run's --output")
    parser.add_argument("--images", default="", help="the run's --images, for the photos")
    parser.add_argument("--classes", default="", help="the run's --classes, for names")
    parser.add_argument("--count", type=int, default=8, help="images in the grid and the viewer")
    parser.add_argument("--linkage", default="average", help="comma separated, the first is the main one")
    try:
        make_report(parser.parse_args())
    except BadRun as error:
        give_up("report", error)


if __name__ == "__main__":
    main()
