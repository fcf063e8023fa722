#!/usr/bin/env python3
"""Real weights on real photos: a head for cats and dogs, the Focus study's order of methods, and a planted bias that is found where it is and not where it is not."""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, PROGRAM, TESTS, sightline

ROOT = TESTS.parent
WEIGHTS = ROOT / "models/weights"
PHOTOS = Path(os.environ.get("SIGHTLINE_SHARED", ROOT / "../shared")) / "data/dogs-vs-cats"
MODEL = "tf_efficientnet_lite0"


def rows(file):
    with open(file, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@unittest.skipUnless(PHOTOS.is_dir() and (WEIGHTS / f"{MODEL}.in1k.safetensors").exists(), "SKIPPED: no shared folder, or models/fetch_demo_weights.sh was not run")
class Trust(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="sightline-test-")
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def run_it(self, *words, ranks=0):
        process = sightline(*words, ranks=ranks, timeout=600)
        self.assertEqual(process.returncode, 0, process.stderr)
        return process.stdout

    def train(self, train, val, output):
        self.run_it("train", "--models", MODEL, "--weights", WEIGHTS, "--transforms", "model", "--train", train, "--val", val, "--output", output, ranks=2)
        return float(rows(output / "tables/training.csv")[0]["val_accuracy"])

    def test_a_head_is_learnt_and_the_studys_order_shows(self):
        self.assertGreaterEqual(self.train(PHOTOS / "train", PHOTOS / "val", self.folder / "head"), 0.97)
        self.run_it("focus", "--models", f"{MODEL},{MODEL}@random=1", "--weights", self.folder / "head/weights", "--images", PHOTOS / "val", "--mosaics.per-class", 10,
                    "--methods", "gradcam,gradcampp,saliency,lrp", "--output", self.folder / "focus", ranks=2)
        score = {(row["model"], row["method"]): row for row in rows(self.folder / "focus/tables/focus_summary.csv")}
        mean = {method: float(score["EfficientNet_Lite0", method]["mean"]) for method in ("gradcam", "gradcampp", "saliency", "lrp")}
        print("Focus:", {method: round(value, 3) for method, value in mean.items()})
        self.assertGreater(mean["gradcam"], 0.9)
        self.assertGreater(mean["lrp"], 0.9)
        self.assertGreater(mean["gradcampp"], 0.75)
        self.assertLess(abs(mean["saliency"] - 0.5), 0.1)
        self.assertIn("chance by construction", score["EfficientNet_Lite0", "saliency"]["note"])
        random = score["EfficientNet_Lite0@random=1", "gradcam"]
        self.assertLess(float(random["low"]), 0.5 + 0.02)
        self.assertGreater(float(random["high"]), 0.5 - 0.02)

    def test_the_other_half_of_the_photos_learns_as_well(self):
        lists = []
        for part in range(2):
            lists.append(self.folder / f"half{part}.csv")
            files = [(file, label) for label, name in enumerate(("cat", "dog")) for file in sorted((PHOTOS / "train" / name).iterdir())[part::2]]
            lists[-1].write_text("path,label\n" + "".join(f"{os.path.relpath(file, self.folder)},{label}\n" for file, label in files))
        self.assertGreaterEqual(self.train(*lists, self.folder / "half"), 0.97)

    def test_planted_biases_are_found_and_told_apart_and_none_where_there_is_none(self):
        environment = dict(ENVIRONMENT, SIGHTLINE=str(PROGRAM), SIGHTLINE_PYTHON=sys.executable, SIGHTLINE_WEIGHTS=str(WEIGHTS))
        process = subprocess.run([ROOT / "jobs/planted-bias.sh", PHOTOS, "dog", self.folder / "planted", "2"], capture_output=True, text=True, env=environment, check=False)
        self.assertEqual(process.returncode, 0, process.stderr)
        found = {kind: {(row["method"], row["target"], row["other"]) for row in rows(self.folder / f"planted/{kind}/bias/tables/bias_summary.csv") if row["finding"] == "suspected"}
                 for kind in ("biased", "clean")}
        self.assertEqual(found["biased"], {("gradcam", "1", "0"), ("hirescam", "1", "0")})  # the marks speak for dogs
        self.assertEqual(found["clean"], set())
        marks = {row["path"]: row["mark"] for row in rows(self.folder / "planted/photos/marks.csv")}
        for method in ("gradcam", "hirescam"):
            kinds = [row for row in rows(self.folder / "planted/biased/bias/tables/bias_kinds.csv") if row["method"] == method]
            pairs = {(row["kind"], marks[f"val/{row['path']}"]) for row in kinds}
            self.assertEqual((len(pairs), len({kind for kind, _ in pairs}), len({mark for _, mark in pairs})), (2, 2, 2), kinds)


if __name__ == "__main__":
    unittest.main()
