#!/usr/bin/env python3
"""Real weights on real photos: top-1 of EfficientNet-Lite on the 1000 photos of shared/data/imagenet-sample within 0.3 points of the figures in
shared/data/pretrained.md, by each model's own evaluation recipe."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import TESTS, sightline

SHARED = Path(os.environ.get("SIGHTLINE_SHARED", "../shared"))
WEIGHTS = TESTS.parent / "models/weights"
EXPECTED = {"EfficientNet_Lite0": 0.872, "EfficientNet_Lite1": 0.880, "EfficientNet_Lite2": 0.878}


class Accuracy(unittest.TestCase):
    def test_top_1_on_a_thousand_photos(self):
        photos = SHARED / "data/imagenet-sample"
        if not photos.is_dir():
            self.skipTest(f"SKIPPED: no shared folder at '{SHARED}' (set SIGHTLINE_SHARED)")
        if not WEIGHTS.is_dir():
            self.skipTest("SKIPPED: no weights; run models/fetch_demo_weights.sh")
        with tempfile.TemporaryDirectory(prefix="sightline-test-") as folder:
            job = ["--models", "lite", "--weights", WEIGHTS, "--images", photos, "--classes", photos / "classes.csv", "--output", folder]
            process = sightline("accuracy", *job, ranks=2, timeout=900)
            self.assertEqual(process.returncode, 0, process.stderr)
            print(process.stdout)
            accuracy = pd.read_csv(Path(folder) / "tables/accuracy_transforms.csv", index_col=0)["top1_model"]
        for model, expected in EXPECTED.items():
            print(f"{model}: top-1 {accuracy[model]:.3f}, expected {expected:.3f}")
            self.assertLessEqual(abs(accuracy[model] - expected), 0.003, model)


if __name__ == "__main__":
    unittest.main()
