#!/usr/bin/env python3
"""Draws what 'sightline plan' simulated, parallel efficiency and hours by ranks. Called by it: plan_figure.py plan_efficiency.csv FIGURE.png"""

import csv
import sys
from pathlib import Path

import packages

packages.demand("plan", "matplotlib")

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

BLUE, ORANGE = "#0072B2", "#E69F00"


def draw(rows):
    ranks = [int(row["ranks"]) for row in rows]
    figure, left = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    left.plot(ranks, [100 * float(row["efficiency"]) for row in rows], marker="o", color=BLUE)
    left.set_xscale("log", base=2)
    left.xaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    left.set_xlabel("ranks")
    left.set_ylim(0, 104)
    left.set_ylabel("parallel efficiency (%)", color=BLUE)
    right = left.twinx()
    right.plot(ranks, [float(row["seconds"]) / 3600 for row in rows], marker="s", markersize=4, linestyle="--", color=ORANGE)
    right.set_yscale("log")
    right.set_ylabel("hours", color=ORANGE)
    left.set_title("Simulated from the times measured here", fontsize=11)
    return figure


def main():
    table, picture = map(Path, sys.argv[1:])
    with open(table, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    picture.parent.mkdir(exist_ok=True)
    draw(rows).savefig(picture, dpi=150)


if __name__ == "__main__":
    main()
