#!/usr/bin/env python3
"""Parts of a job and their merge; plan, status and check."""

import re
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, RunTest, command, differences, sightline

SUPERPIXELS = ("--methods", "gradcam,kernelshap", "--kernelshap.features", "grid:1x2")


class Merge(RunTest):
    def test_parts_become_the_store_of_the_whole_job(self):
        self.assert_done(self.attribute("whole", *SUPERPIXELS))
        for part, ranks in (("1/3", 0), ("2/3", 2), ("3/3", 3)):
            self.assert_done(self.attribute("joined", *SUPERPIXELS, "--part", part, ranks=ranks))
        self.assertFalse((self.folder / "joined/explanations.h5").exists())
        process = sightline("status", self.folder / "joined")
        self.assert_done(process)
        self.assertIn("3 parts together", process.stdout)
        self.assertRegex(process.stdout, r"all +66 +0 +100.0 %")
        for ranks in (2, 0):  # a second time changes nothing
            self.assert_done(sightline("merge", "--output", self.folder / "joined", ranks=ranks))
            self.assertEqual(differences(self.folder / "whole/explanations.h5", self.folder / "joined/explanations.h5"), [])
        self.assertIn("0 of 66 records to make", self.attribute("joined", *SUPERPIXELS).stderr)

    def test_stores_of_different_models_and_a_corrupt_record(self):
        self.assert_done(self.attribute("whole"))
        for model in ("tf_efficientnet_lite0", "ResNet18"):
            self.assert_done(self.attribute(model, models=model))
        with h5py.File(self.folder / "ResNet18/explanations.h5", "r+") as store:
            store["models/ResNet18/gradcam/values"][3, 0, 0] += 1
        process = sightline("merge", self.folder / "tf_efficientnet_lite0", self.folder / "ResNet18/explanations.h5", "--output", self.folder / "joined", ranks=2)
        self.assert_done(process)
        self.assertIn("1 records are corrupt and were left out", process.stderr)
        self.assertIn("1 of 44 records to make", self.attribute("joined").stderr)
        self.assertEqual(differences(self.folder / "whole/explanations.h5", self.folder / "joined/explanations.h5"), [])

    def test_other_parameters_and_no_parts_are_refused(self):
        self.assert_done(self.attribute("a"))
        self.assert_done(self.attribute("b", "--target", "3"))
        self.assert_refused(sightline("merge", self.folder / "a", self.folder / "b", "--output", self.folder / "c"), 2, "target = predicted", "says 3")
        self.assert_refused(sightline("merge", "--output", self.folder / "a"), 3, "holds no parts")
        self.assert_refused(self.attribute("a", "--part", "4/3"), 2, "'4/3' is not K/N")


class HalfPixels(RunTest):
    images = 5
    pixels = ("--methods", "gradcam,saliency")

    def test_off_by_half_a_unit_in_the_last_place_at_half_the_size(self):
        self.assert_done(self.attribute("whole", *self.pixels))
        halves = (*self.pixels, "--pixel-dtype", "float16")
        for name, ranks in (("halves", 0), ("ranks", 3)):
            self.assert_done(self.attribute(name, *halves, ranks=ranks))
        for part in ("1/2", "2/2"):
            self.assert_done(self.attribute("joined", *halves, "--part", part))
        self.assert_done(sightline("merge", "--output", self.folder / "joined", ranks=2))
        whole, small = (self.folder / name / "explanations.h5" for name in ("whole", "halves"))
        for name in ("ranks", "joined"):
            self.assertEqual(differences(small, self.folder / name / "explanations.h5"), [], name)
        self.assertLess(small.stat().st_size, 0.55 * whole.stat().st_size)
        self.assert_done(sightline("inspect", small))
        with h5py.File(whole) as a, h5py.File(small) as b:
            for model in a["models"]:
                self.assertTrue((a[f"models/{model}/gradcam/values"][:] == b[f"models/{model}/gradcam/values"][:]).all())
                exact, group = a[f"models/{model}/saliency/values"][:], b[f"models/{model}/saliency"]
                self.assertEqual(group["values"].dtype, np.float16)
                read = group["values"][:].astype(np.float32) * group["scale"][:][:, None, None]
                bound = np.maximum(np.abs(exact) * 2.0 ** -11, np.abs(exact).max((1, 2), keepdims=True) * 2.0 ** -39)
                self.assertTrue((np.abs(read - exact) <= bound).all(), model)
        self.assert_refused(self.attribute("halves", *self.pixels), 2, "pixel-dtype = float16, this job says float32")
        for name in ("whole", "halves"):
            self.assert_done(sightline("compare", "--output", self.folder / name, *self.pixels))
        a, b = (pd.read_csv(self.folder / name / "tables/similarity_matrix_saliency_cosine.csv", index_col=0).to_numpy() for name in ("whole", "halves"))
        self.assertLess(np.abs(a - b).max(), 1e-5)


class Plan(RunTest):
    images = 40

    def test_size_is_what_the_run_makes_and_the_table_goes_to_4096_ranks(self):
        process = sightline("plan", *self.job("planned", *SUPERPIXELS, "--ranks", "8"))
        self.assert_done(process)
        predicted = int(re.search(r"\((\d+) bytes\) when done", process.stdout)[1])
        self.assertIn("records 240, of which 0 are done", process.stdout)
        self.assertIn("sbatch --ntasks=8", process.stdout)
        table = pd.read_csv(self.folder / "planned/tables/plan_efficiency.csv")
        self.assertEqual(list(table.ranks), [2 ** i for i in range(13)])
        self.assertGreater((self.folder / "planned/figures/plan_efficiency.png").stat().st_size, 10_000)
        without = sightline("plan", *self.job("bare", "--report.python", "/none/python"))
        self.assert_done(without)
        self.assertIn("plan_efficiency.png is left out", without.stderr)
        self.assertTrue((table.efficiency <= 1).all() and (table.efficiency > 0).all())
        self.assert_done(self.attribute("planned", *SUPERPIXELS))
        made = (self.folder / "planned/explanations.h5").stat().st_size
        self.assertLess(abs(predicted / made - 1), 0.02)
        self.assertIn("of which 240 are done", sightline("plan", *self.job("planned", *SUPERPIXELS, "--calibrate", "0")).stdout)


class PlanOfAComparison(RunTest):
    def test_says_what_compare_makes_of_the_maps_that_are_there(self):
        words = ("plan", "--plan.stage", "compare", "--compare.metrics", "cosine,rbf", "--compare.resamples", "300", "--compare.subsets", "4", "--ranks", "2", "--output")
        self.assert_refused(sightline(*words, self.folder / "out"), 3, "out/explanations.h5", "sightline attribute")
        self.assert_done(self.attribute("out", "--methods", "gradcam"))
        planned = sightline(*words, self.folder / "out")
        self.assert_done(planned)
        self.assertIn("images 11, models 2, pairs 3; tables (methods x metrics) 2", planned.stdout)
        self.assertIn(f"comparison.h5: {2 * 3 * 11 * 4} B when done", planned.stdout)
        self.assertRegex(planned.stdout, r"\n +1024 ")
        self.assertRegex(planned.stdout, r"sbatch --ntasks=2 .*many_nodes.sbatch compare JOB.ini")
        with h5py.File(self.folder / "out/explanations.h5", "r+") as store:
            store["models/ResNet18/gradcam/status"][1:] = 0
        self.assert_refused(sightline(*words, self.folder / "out"), 3, "gradcam", "fewer than two images")


class Status(RunTest):
    def test_before_during_and_after_a_run(self):
        self.assert_refused(sightline("status", self.folder / "none"), 3, "no such folder")
        slow = ("--methods", "rise", "--rise.samples", "100")
        process = subprocess.Popen(command(2, "attribute", *self.job("slow", *slow, models="resnet18d")), env=ENVIRONMENT, stderr=subprocess.DEVNULL)
        told = ""
        while process.poll() is None and "rise" not in told:
            time.sleep(0.2)
            if (self.folder / "slow").exists():
                told = sightline("status", self.folder / "slow").stdout
        self.assertIn("'sightline attribute' on", told)
        self.assertEqual(process.wait(timeout=120), 0)
        after = sightline("status", self.folder / "slow").stdout
        self.assertIn("no job runs", after)
        self.assertRegex(after, r"all +22 +0 +100\.0 %")
        self.assertFalse((self.folder / "slow/progress.json").exists())


class Check(RunTest):
    images = 1

    def test_says_what_there_is_and_warns_of_too_many_ranks(self):
        process = sightline("check", "--output", self.folder / "check", ranks=3)
        self.assert_done(process)
        for text in ("3 ranks", "48 records by 3 ranks, all right", "would have kept 48", "3 of 3 give the same bits"):
            self.assertIn(text, process.stdout)
        speed = r"rank +2: \d+ cores allowed, device cpu: [\d.]+ TFLOP/s in float32 products, copies [\d.]+ GB/s to it and [\d.]+ GB/s back"
        self.assertRegex(process.stdout, speed)
        self.assertEqual(list((self.folder / "check").iterdir()), [], "nothing stays behind")
        process = sightline("check", "--threads", "1000", "--output", self.folder / "check")
        self.assertIn("1 ranks of 1000 threads share", process.stderr)


if __name__ == "__main__":
    unittest.main()
