#!/usr/bin/env python3
"""Ranks, scheduler, store and memory: strong and weak scaling from 1 to 2 ranks of one thread, time outside the models, the work counter's answer time, store throughput
against plain writes, memory over time, and the simulated efficiency of full ImageNet x 14 models x 3 methods on 1024 ranks.

    tests/benchmarks/run.sh scaling [--photos FOLDER] [--rounds N] [--memory-images N] [--skip-plan]
"""

import argparse
import csv
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ENVIRONMENT = dict(os.environ, OMP_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def find_photos(photos, endings=(".jpg", ".jpeg")):
    found = sorted(path.resolve() for path in Path(photos).rglob("*") if path.suffix.lower() in endings)
    if not found:
        sys.exit(f"{photos}: no pictures ({', '.join(endings)}); jobs/fetch_demo_photos.sh fetches some, and --photos names others")
    return found


def link_photos(photos, folder, count):
    """So many names for the pictures of a folder."""
    sources = find_photos(photos, (".jpg", ".jpeg", ".png"))
    folder.mkdir()
    for i, source in zip(range(count), itertools.cycle(sources)):
        (folder / f"{i:06}{source.suffix}").symlink_to(source)
    return folder


def program_parser(description):
    """Of a benchmark that runs the program itself."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=Path)
    parser.add_argument("--photos", default="jobs/photos")
    return parser


class Bench:
    def __init__(self, program, photos, folder):
        self.program, self.photos, self.folder = program, photos, folder
        self.runs = 0

    def attribute(self, images, ranks, models="resnet18,tf_efficientnet_lite0", methods="gradcam,rise"):
        self.runs += 1
        output = self.folder / f"run{self.runs}"
        launcher = ["mpirun", "--bind-to", "core", "-n", str(ranks)]
        subprocess.run([*launcher, self.program, "attribute", "--models", models, "--weights", "synthetic:1", "--images", images, "--methods", methods, "--rise.samples", "32",
                        "--chunk", "8", "--output", output], check=True, capture_output=True, env=ENVIRONMENT)
        stage = json.loads((output / "run.json").read_text())["stages"]["attribute"]
        return stage

    def scaling(self, rounds):
        many, few = link_photos(self.photos, self.folder / "many", 64), link_photos(self.photos, self.folder / "few", 32)
        strong, weak, outside, requests = [], [], [], []
        for _ in range(rounds):
            one, two, half = self.attribute(many, 1), self.attribute(many, 2), self.attribute(few, 1)
            strong.append(one["seconds"] / two["seconds"])
            weak.append(2 * half["seconds"] / two["seconds"])
            outside.append(1 - two["model_seconds"] / (2 * two["seconds"]))
            requests.append(two["request_seconds"])
        print(f"strong scaling, 1 to 2 ranks:       {statistics.median(strong):.2f} times as fast   {[round(x, 2) for x in strong]}")
        print(f"weak scaling, 1 to 2 ranks:         {statistics.median(weak):.2f} times the work in the same time")
        print(f"outside the models, 2 ranks:        {statistics.median(outside):.1%} (start of the run included)")
        print(f"work counter while ranks compute:   {statistics.median(requests) * 1e3:.2f} ms (median)")

    def store(self, rounds):
        made = json.loads(subprocess.run([self.program.parent / "tests/scaling_benchmark", self.folder, "2000", str(rounds)], check=True, capture_output=True, text=True,
                                         env=ENVIRONMENT).stdout)
        for stage, name in enumerate(("written", "written and synced")):
            ratios = [plain[stage] / store[stage] for plain, store in zip(made["plain"], made["store"])]
            print(f"store against plain writes, {name + ':':<20} {statistics.median(ratios):.2f} of their throughput, checksums included   {[round(x, 2) for x in ratios]}")

    def memory(self, count):
        images = link_photos(self.photos, self.folder / "memory", count)
        process = subprocess.Popen([self.program, "attribute", "--models", "mobilenetv3_small_100", "--weights", "synthetic:1", "--images", images, "--methods",
                                    "gradcam,saliency", "--output", self.folder / "memory-run"], env=ENVIRONMENT, stderr=subprocess.DEVNULL)
        samples = []
        while process.poll() is None:
            with open(f"/proc/{process.pid}/status") as status:
                text = status.read()
            if "VmRSS" in text:
                samples.append(int(text.split("VmRSS:")[1].split()[0]) / 1024)
            time.sleep(0.5)
        quarters = [statistics.median(samples[len(samples) * i // 8:len(samples) * (i + 1) // 8]) for i in (1, 3, 5, 7)]
        print(f"memory over {count} images:          {', '.join(f'{x:.0f}' for x in quarters)} MB after 1/8, 3/8, 5/8, 7/8 of the run")

    def plan(self):
        images = link_photos(self.photos, self.folder / "imagenet", 50_000)
        output = self.folder / "plan"
        subprocess.run([self.program, "plan", "--models", "thesis", "--weights", "synthetic:1", "--images", images, "--methods", "gradcam,integratedgradients,kernelshap",
                        "--output", output, "--ranks", "1024"], check=True, capture_output=True, env=ENVIRONMENT)
        with open(output / "tables/plan_efficiency.csv") as table:
            rows = {int(row["ranks"]): row for row in csv.DictReader(table)}
        for ranks in (64, 1024, 4096):
            print(f"simulated, ImageNet x 14 x 3:       {float(rows[ranks]['efficiency']):.1%} efficiency on {ranks} ranks, {float(rows[ranks]['seconds']) / 3600:.1f} h")


def main():
    parser = program_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory-images", type=int, default=10_000)
    parser.add_argument("--skip-plan", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sightline-scaling-") as folder:
        bench = Bench(arguments.program.resolve().parent.parent / "sightline", arguments.photos, Path(folder))
        bench.scaling(arguments.rounds)
        bench.store(arguments.rounds)
        bench.memory(arguments.memory_images)
        if not arguments.skip_plan:
            bench.plan()


if __name__ == "__main__":
    sys.exit(main())
