#!/usr/bin/env python3
"""Results do not depend on the number of ranks, on batches or on interruptions."""

import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
sys.path.append(str(Path(__file__).resolve().parent.parent.parent / "analysis"))
from sightline_runs import ENVIRONMENT, RunTest, command, differences, sightline, tables
from store import Store


class Ranks(RunTest):
    def run_all(self, output, ranks, *extra):
        for stage in ("attribute", "compare", "cluster"):
            self.assert_done(sightline(stage, *self.job(output, *extra), ranks=ranks))
        return self.folder / output

    def test_one_to_eight_ranks_give_the_same_bits(self):
        one = self.run_all("one", 0)
        self.assertGreater(len(tables(one)), 10)
        for ranks in (1, 2, 3, 5, 8):
            with self.subTest(ranks=ranks):
                many = self.run_all(f"ranks{ranks}", ranks)
                self.assertEqual(differences(one / "explanations.h5", many / "explanations.h5"), [])
                self.assertEqual(differences(one / "comparison.h5", many / "comparison.h5"), [])
                self.assertEqual(tables(one), tables(many))

    def test_batches_change_tables_by_rounding_only(self):
        reference = self.run_all("batch2", 0)
        for batch in (1, 3, 8):
            other = self.run_all(f"batch{batch}", 0, "--batch", batch, "--chunk", 16)
            for name in tables(reference):
                if name.startswith(("similarity", "dissimilarity")):
                    a, b = (pd.read_csv(folder / "tables" / name, index_col=0).to_numpy() for folder in (reference, other))
                    np.testing.assert_allclose(a, b, rtol=0, atol=1e-6, err_msg=f"{name}, batch {batch}")

    def test_a_batch_that_was_searched_is_kept(self):
        begun = self.attribute("searched", "--batch", 0, ranks=2)
        self.assert_done(begun)
        self.assertIn("images in one pass are fastest here", begun.stderr)
        with h5py.File(self.folder / "searched/explanations.h5") as file:
            batch = file.attrs["batch"]
        self.assertIn(batch, (1, 2, 4, 8))
        resumed = self.attribute("searched", "--batch", 0, "--methods", "gradcam,saliency")
        self.assert_done(resumed)
        self.assertNotIn("fastest here", resumed.stderr)
        self.assert_done(self.attribute("given", "--batch", batch, "--methods", "gradcam,saliency"))
        self.assertEqual(differences(self.folder / "searched/explanations.h5", self.folder / "given/explanations.h5"), [])
        self.assert_refused(self.attribute("part", "--batch", 0, "--part", "1/2"), 2, "batch: 0 measures")

    def test_the_largest_logits_or_none_are_stored_and_tables_stay_the_same(self):
        for kept in ("all", "top5", "none"):
            self.run_all(kept, 2, "--store-logits", kept)
            self.assertEqual(tables(self.folder / kept), tables(self.folder / "all"))
            self.assert_done(sightline("inspect", self.folder / kept / "explanations.h5"))  # ends with 3 for a corrupt record
        with (h5py.File(self.folder / "all/explanations.h5") as every, h5py.File(self.folder / "top5/explanations.h5") as largest,
              h5py.File(self.folder / "none/explanations.h5") as without):
            for model in every["models"]:
                logits = every[f"models/{model}/logits"][:]
                order = np.argsort(-logits, axis=1, kind="stable")[:, :5]
                np.testing.assert_array_equal(largest[f"models/{model}/logit_classes"], order)
                np.testing.assert_array_equal(largest[f"models/{model}/logits"], np.take_along_axis(logits, order, 1))
                self.assertNotIn("logits", without[f"models/{model}"])
                np.testing.assert_array_equal(Store(self.folder / "top5/explanations.h5").logit_classes(model, 0), order[0])
                for store in (largest, without):
                    self.assertEqual(store[f"models/{model}"].attrs["classes"], 1000)
                    np.testing.assert_array_equal(store[f"models/{model}/prediction"], every[f"models/{model}/prediction"])
        self.assert_done(self.attribute("all", "--methods", "gradcam,saliency"))  # goes on with all of them
        self.assert_refused(self.attribute("all", "--store-logits", "top5"), 2, "store-logits = all, this job says top5")
        self.assert_done(self.attribute("plain"))
        self.assertEqual(differences(self.folder / "plain/explanations.h5", self.folder / "top5/explanations.h5"), [])
        for part, kept in ((1, "all"), (2, "top5")):
            self.assert_done(self.attribute("mixed", "--part", f"{part}/2", "--store-logits", kept))
        self.assert_refused(sightline("merge", "--output", self.folder / "mixed"), 2, "store-logits")
        self.assert_refused(sightline("export", self.folder / "plain", "--to", "virelay", "--output", self.folder / "v"), 3, "--store-logits all")

    def test_mixed_precision_is_for_masked_images_alone(self):
        words = ("--methods", "gradcam,saliency,kernelshap,occlusion", "--kernelshap.samples", 30, "--occlusion.window", 112, "--occlusion.stride", 112,
                 "--limit", 1)  # a processor without AVX512 takes about a minute for a picture in bf16
        for precision in ("fp32", "mixed"):
            self.assert_done(self.attribute(precision, *words, "--precision", precision, models="ResNet18"))
        with h5py.File(self.folder / "fp32/explanations.h5") as exact, h5py.File(self.folder / "mixed/explanations.h5") as mixed:
            self.assertEqual(mixed["models/ResNet18"].attrs["precision"], "mixed")
            for method, masks in (("gradcam", False), ("saliency", False), ("kernelshap", True), ("occlusion", True)):
                a, b = (file[f"models/ResNet18/{method}/values"][:].astype(float) for file in (exact, mixed))
                error = np.linalg.norm(np.nan_to_num(a - b)) / np.linalg.norm(np.nan_to_num(a))
                self.assertTrue(1e-6 < error < 0.2 if masks else error == 0, f"{method}: {error}")
        self.assert_refused(self.attribute("mixed", *words), 2, "precision")
        self.assert_refused(self.attribute("tf32", *words, "--device", "cpu", "--precision", "tf32", ranks=2), 2, "tf32 is a number format of GPUs")


class EveryFamily(RunTest):
    images = 4

    def test_transformers_and_dense_nets_too(self):
        models = "DeiT_T,Swin_T,pvt_v2_b0,convnextv2_atto,DenseNet121,mobilenetv3_small_100"
        alone, three = (self.attribute(name, "--methods", "gradcam,gradcampp", ranks=ranks, models=models) for name, ranks in (("alone", 0), ("three", 3)))
        self.assert_done(alone)
        self.assert_done(three)
        self.assertEqual(differences(self.folder / "alone/explanations.h5", self.folder / "three/explanations.h5"), [])


class EveryMethod(RunTest):
    """Numbers depend on neither ranks nor how many models a rank holds; on batches only by rounding."""
    images = 4
    methods = ("gradcam,gradcampp,hirescam,layercam,xgradcam,eigencam,saliency,inputxgradient,smoothgrad,integratedgradients,gradientshap,guidedbackprop,deeplift,lrp,"
               "attentionrollout,chefer,kernelshap,lime,shapleyvaluesampling,occlusion,rise")
    budget = ("--smoothgrad.samples", "3", "--integratedgradients.steps", "4", "--gradientshap.samples", "2", "--kernelshap.samples", "12", "--kernelshap.features", "slic:6",
              "--lime.samples", "10", "--lime.features", "grid:2x3", "--shapleyvaluesampling.samples", "2", "--shapleyvaluesampling.features", "slic:6",
              "--occlusion.window", "112", "--occlusion.stride", "112", "--rise.samples", "6")

    def explain(self, output, *extra, ranks=0):
        self.assert_done(self.attribute(output, "--methods", self.methods, *self.budget, *extra, ranks=ranks, models="resnet18,deit_tiny_patch16_224"))
        return self.folder / output / "explanations.h5"

    def test_same_bits_on_any_ranks_and_groups_same_numbers_in_any_batch(self):
        alone = self.explain("alone")
        self.assertEqual(differences(alone, self.explain("one-model-at-once", "--models-at-once", "1", ranks=3)), [])
        with h5py.File(alone) as a, h5py.File(self.explain("batch4", "--batch", "4")) as b:
            for model in a["models"]:
                for method in self.methods.split(","):
                    if method in a[f"models/{model}"]:
                        x, y = (np.nan_to_num(file[f"models/{model}/{method}/values"][:].astype(np.float64)) for file in (a, b))
                        self.assertLess(np.linalg.norm(x - y), 2e-3 * np.linalg.norm(x), f"{model} {method}")


class Accuracy(RunTest):
    images = 13
    classes = [0, 5, 480, 999]

    def prepare(self):
        lines = [f"{photo.name},{self.classes[i % 4]}" for i, photo in enumerate(sorted(self.photos.iterdir()))]
        (self.photos / "list.csv").write_text("path,label\n" + "\n".join(lines) + "\n")

    def accuracy(self, output, ranks):
        process = sightline("accuracy", *self.job(output, "--images", self.photos / "list.csv"), ranks=ranks)
        self.assert_done(process)
        return (self.folder / output / "tables/accuracy_transforms.csv").read_text(), process

    def test_counts_are_exact_for_any_number_of_ranks(self):
        alone, _ = self.accuracy("alone", 0)
        for ranks in (2, 3):
            self.assertEqual(self.accuracy(f"ranks{ranks}", ranks)[0], alone)
        again, process = self.accuracy("alone", 2)
        self.assertEqual(again, alone)
        self.assertIn("0 of 26 records to make", process.stderr)
        table = pd.read_csv(self.folder / "alone/tables/accuracy_transforms.csv", index_col=0)
        for transforms in ("model", "common"):
            with h5py.File(self.folder / f"alone/predictions_{transforms}.h5") as store:
                labels = store["images/label"][:]
                for model in table.index:
                    order = np.argsort(-store[f"models/{model}/logits"][:], axis=1, kind="stable")
                    self.assertEqual(table[f"images_{transforms}"][model], 13)
                    self.assertEqual(table[f"top1_count_{transforms}"][model], (order[:, 0] == labels).sum())
                    self.assertEqual(table[f"top5_count_{transforms}"][model], (order[:, :5] == labels[:, None]).any(1).sum())
        self.assertTrue(np.allclose(table.top1_difference, table.top1_model - table.top1_common))

    def test_needs_labels(self):
        self.assert_refused(sightline("accuracy", *self.job("none"), ranks=2), 3, "no image has a label")
        self.assertFalse((self.folder / "none/predictions_model.h5").exists(), "told before anything is computed")


class MoreRanksThanWork(RunTest):
    images = 2

    def test_ranks_without_work(self):
        for stage in ("attribute", "compare", "cluster"):
            self.assert_done(sightline(stage, *self.job("few"), ranks=8))
        self.assert_done(self.attribute("alone"))
        self.assertEqual(differences(self.folder / "few/explanations.h5", self.folder / "alone/explanations.h5"), [])


class PathsOfBytes(RunTest):
    images = 5

    def test_a_folder_that_is_not_utf8_is_read_by_every_rank(self):
        photos = self.folder / os.fsdecode(b"caf\xe9")
        self.photos.rename(photos)
        self.photos = photos
        self.assert_done(self.attribute("out", ranks=3))
        self.assert_done(self.attribute("alone"))
        self.assertEqual(differences(self.folder / "out/explanations.h5", self.folder / "alone/explanations.h5"), [])
        self.assertTrue((self.folder / "out/run.json").exists())


class FailingRank(RunTest):
    def test_one_failing_rank_ends_all_with_one_message(self):
        (self.photos / "005.jpg").write_text("not a picture")
        process = self.attribute("broken", ranks=3)
        self.assert_refused(process, 3, "005.jpg")


class Resume(RunTest):
    images = 30

    def test_signal_stops_with_75_and_the_next_run_completes_to_the_same_bits(self):
        self.assert_done(self.attribute("whole"))
        for number, stop in enumerate((signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)):
            output = f"stopped{number}"
            process = subprocess.Popen(command(0, "attribute", *self.job(output)), env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
            while not (self.folder / output / "explanations.h5").exists() and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(stop)
            _, errors = process.communicate(timeout=120)
            self.assertIn(process.returncode, (75, 0), errors)
            self.assert_done(self.attribute(output, ranks=2))
            self.assertEqual(differences(self.folder / "whole/explanations.h5", self.folder / output / "explanations.h5"), [])

    def test_a_second_run_computes_nothing_and_new_models_and_images_extend(self):
        self.assert_done(self.attribute("grow", "--limit", "7", models="ResNet18"))
        self.assertIn("0 of 14 records to make", self.attribute("grow", "--limit", "7", models="ResNet18").stderr)
        process = self.attribute("grow", models="ResNet18,tf_efficientnet_lite0")
        self.assert_done(process)
        self.assertIn("106 of 120 records to make", process.stderr)
        with h5py.File(self.folder / "grow/explanations.h5") as store:
            self.assertEqual(len(store["images/path"]), 30)
            for model in ("ResNet18", "EfficientNet_Lite0"):
                self.assertTrue((store[f"models/{model}/gradcam/status"][:] != 0).all())


if __name__ == "__main__":
    unittest.main()
