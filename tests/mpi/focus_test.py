#!/usr/bin/env python3
"""train, mosaics, focus and bias on one rank and on several: the same weights, mosaics, scores and tables, also after kills; and their job files in the small."""

import random
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, TESTS, RunTest, command, differences, sightline, tables

JOBS = TESTS.parent / "jobs"


class Focus(RunTest):
    images = 8
    methods = "gradcam,saliency,kernelshap"

    def prepare(self):
        self.split_into_classes()

    def focus(self, output, *extra, ranks=0, models="tf_efficientnet_lite0"):
        return sightline("focus", *self.job(output, "--methods", self.methods, "--kernelshap.samples", 20, "--kernelshap.features", "grid:4x4",
                                            "--mosaics.per-class", 2, "--focus.resamples", 200, *extra, models=models), ranks=ranks)

    def test_scores_and_tables_do_not_depend_on_ranks_or_kills(self):
        self.assert_done(self.focus("one"))
        self.assert_done(self.focus("three", ranks=3))
        self.assertEqual(differences(self.folder / "one/focus.h5", self.folder / "three/focus.h5"), [])
        self.assertEqual(tables(self.folder / "one"), tables(self.folder / "three"))
        words = self.job("killed", "--methods", self.methods, "--kernelshap.samples", 20, "--kernelshap.features", "grid:4x4", "--mosaics.per-class", 2,
                         "--focus.resamples", 200, models="tf_efficientnet_lite0")
        for wait in (1.0, 2.5):
            process = subprocess.Popen(command(2, "focus", *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            time.sleep(wait)
            process.kill()
            process.wait()
            self.kill_ranks("killed")
        self.assert_done(self.focus("killed", ranks=2))
        self.assertEqual(tables(self.folder / "one"), tables(self.folder / "killed"))

    def test_the_store_says_what_the_tables_say(self):
        self.assert_done(self.focus("out", "--focus.maps", "on"))
        with h5py.File(self.folder / "out/focus.h5") as store:
            for method in self.methods.split(","):
                group = store[f"models/EfficientNet_Lite0/{method}"]
                relevance, targets = group["tile_relevance"][:], group["target_tiles"][:]
                np.testing.assert_allclose(group["focus"][:], (relevance * targets).sum((1, 2)) / relevance.sum((1, 2)), rtol=1e-5)
            saliency = store["models/EfficientNet_Lite0/saliency"]
            quarters = saliency["values"][:].reshape(4, 2, 224, 2, 224).clip(0).sum((2, 4))
            np.testing.assert_allclose(saliency["tile_relevance"][:], quarters, rtol=1e-4)
        self.assert_done(self.focus("small"))
        self.assertEqual(tables(self.folder / "out"), tables(self.folder / "small"))
        self.assertLess((self.folder / "small/focus.h5").stat().st_size * 10, (self.folder / "out/focus.h5").stat().st_size)

    def test_other_metrics_judge_the_same_maps(self):
        metrics = "pointing_game,deletion,insertion,sensitivity_n"
        words = ("--focus.metrics", metrics, "--focus.steps", 4)
        self.assert_done(self.focus("one", *words))
        self.assert_done(self.focus("three", *words, ranks=3))
        self.assertEqual(tables(self.folder / "one"), tables(self.folder / "three"))
        made = tables(self.folder / "one")
        rows = [line.split(",") for line in made["focus_quality.csv"].splitlines()[1:]]
        self.assertEqual([row[2] for row in rows], [name for name in ["focus", *metrics.split(",")] for _ in range(3)])
        with h5py.File(self.folder / "one/focus.h5") as store:
            for row in rows:
                self.assertAlmostEqual(float(row[6]), np.nanmean(store[f"models/EfficientNet_Lite0/{row[1]}/{row[2]}"][:]), places=6)
        self.assertEqual(len(made["focus_metric_agreement.csv"].splitlines()), 1 + 10)
        self.assert_refused(self.focus("one", "--focus.metrics", "deletion"), 2, "focus.metrics")
        self.assert_refused(self.focus("two", "--focus.metrics", "deleton"), 2, "Did you mean 'deletion'")

    def test_written_mosaics_can_be_given_back(self):
        self.assert_done(sightline("mosaics", "--images", self.photos, "--output", self.folder / "mosaics", "--mosaics.per-class", 2, ranks=2))
        self.assertEqual(len(list((self.folder / "mosaics/mosaics").glob("*.png"))), 4)
        self.assert_done(self.focus("drawn"))
        self.assert_done(self.focus("given", "--mosaics.file", self.folder / "mosaics/mosaics.csv", "--mosaics.per-class", 77))
        self.assertEqual(tables(self.folder / "drawn"), tables(self.folder / "given"))

    def test_features_of_mosaics_beside_those_of_photos(self):
        for output, ranks in (("one", 0), ("two", 2)):
            self.assert_done(self.focus(output, "--methods", "gradcam", "--focus.ood", "on", ranks=ranks))
        self.assertEqual(tables(self.folder / "one"), tables(self.folder / "two"))
        made = tables(self.folder / "one")
        row = dict(zip(*(line.split(",") for line in made["focus_ood.csv"].splitlines())))
        self.assertEqual((row["model"], row["mosaics"]), ("EfficientNet_Lite0", "4"))
        self.assertEqual(len(made["focus_ood_map.csv"].splitlines()), 1 + int(row["images"]) + 4)

    def test_patches_of_two_photos(self):
        words = ("--mosaics.layout", "patches", "--mosaics.grid", "4x4", "--mosaics.targets", 8)
        self.assert_done(sightline("mosaics", "--images", self.photos, "--output", self.folder / "mosaics", "--mosaics.per-class", 2, *words))
        self.assert_done(self.focus("out", *words, "--focus.maps", "on"))
        self.assertEqual((self.folder / "mosaics/mosaics.csv").read_text(), (self.folder / "out/mosaics.csv").read_text())
        self.assert_done(self.focus("given", "--mosaics.file", self.folder / "mosaics/mosaics.csv", ranks=2))
        self.assertEqual(tables(self.folder / "out"), tables(self.folder / "given"))
        with Image.open(next((self.folder / "mosaics/mosaics").glob("*.png"))) as picture:
            self.assertEqual(picture.size, (224, 224))
        with h5py.File(self.folder / "out/focus.h5") as store:
            self.assertEqual(store["models/EfficientNet_Lite0/saliency/values"].shape, (4, 224, 224))
            self.assertEqual(store["models/EfficientNet_Lite0/gradcam/tile_relevance"].shape, (4, 4, 4))

    def test_positions_and_random_weights(self):
        self.assert_done(self.focus("out", "--methods", "gradcam", "--mosaics.arrangement", "all", models="tf_efficientnet_lite0,tf_efficientnet_lite0@random=1"))
        made = tables(self.folder / "out")
        self.assertEqual(len(made["focus_positions.csv"].splitlines()), 1 + 2 * 7, "six arrangements, and one at random")
        self.assertEqual(len(made["focus_position_test.csv"].splitlines()), 1 + 2)
        self.assertIn("EfficientNet_Lite0,gradcam,1,", made["focus_randomisation.csv"])

    def test_methods_without_a_score_anywhere_are_counted(self):
        self.assert_done(self.focus("out", "--methods", "lrp@rules=zplus_all,gradcam", models="tf_efficientnet_lite0@random=1,tf_efficientnet_lite0"))
        rows = [line.split(",") for line in tables(self.folder / "out")["focus_summary.csv"].splitlines()[1:]]
        self.assertEqual([int(row[2]) + int(row[3]) for row in rows], [4] * 4)

    def test_what_cannot_be_is_refused(self):
        self.assert_refused(self.focus("out", "--mosaics.targets", 4), 2, "mosaics.targets")
        self.assert_refused(self.focus("out", "--mosaics.grid", "2by2"), 2, "mosaics.grid", "2x2")
        self.assert_refused(self.focus("out", "--models", "ResNet18@random=2"), 2, "random=SHARE")
        self.assert_done(self.focus("out", "--methods", "gradcam"))
        self.assert_refused(self.focus("out", "--methods", "gradcam", "--seed", 2), 2, "mosaics.csv", "other mosaics")
        for photo in list((self.photos / "cat").iterdir())[1:]:
            photo.unlink()
        self.assert_refused(self.focus("small"), 3, "class 0", "small-classes skip")

    def train(self, output, *extra, ranks=0):
        return sightline("train", "--models", "tf_efficientnet_lite0", "--weights", "synthetic:1", "--train", self.photos, "--val", self.photos, "--output", self.folder / output,
                         *extra, ranks=ranks)

    def test_a_trained_head_is_the_same_for_any_ranks_and_goes_back_in(self):
        self.assert_done(self.train("one"))
        self.assert_done(self.train("two", ranks=2))
        file = "weights/tf_efficientnet_lite0.in1k.safetensors"
        self.assertEqual((self.folder / "one" / file).read_bytes(), (self.folder / "two" / file).read_bytes())
        self.assertEqual(tables(self.folder / "one"), tables(self.folder / "two"))
        accuracy = float(tables(self.folder / "one")["training.csv"].splitlines()[1].split(",")[3])
        self.assertGreater(accuracy, 0.5)  # some of the photos are in both folders
        self.assert_done(self.attribute("maps", "--weights", self.folder / "one/weights", models="tf_efficientnet_lite0"))
        with h5py.File(self.folder / "maps/explanations.h5") as store:
            labels = [int(path.decode().startswith("dog")) for path in store["images/path"]]
            right = store["models/EfficientNet_Lite0/prediction"][:] == labels
            self.assertEqual(right.mean(), accuracy)

    def test_fine_tuning_goes_on_after_kills_to_the_same_bits(self):
        words = ("--layers", "all", "--epochs", 2, "--train-batch", 3, "--checkpoint-steps", 1, "--lr", 1e-4)
        self.assert_done(self.train("whole", *words))
        self.assert_done(self.train("shared", *words, ranks=2))
        chance, struck = random.Random(1), 0
        arguments = ["train", "--models", "tf_efficientnet_lite0", "--weights", "synthetic:1", "--train", self.photos, "--val", self.photos, "--output", self.folder / "killed", *words]
        for _ in range(20):
            process = subprocess.Popen(command(0, *arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            time.sleep(chance.uniform(0.2, 1.6))
            struck += process.poll() is None
            process.kill()
            process.wait()
        print(f"train: {struck} of 20 kills while running")
        self.assert_done(self.train("killed", *words))
        self.assertGreater(struck, 3)
        file = "weights/tf_efficientnet_lite0.in1k.safetensors"
        self.assertEqual((self.folder / "whole" / file).read_bytes(), (self.folder / "killed" / file).read_bytes())
        self.assertEqual(tables(self.folder / "whole"), tables(self.folder / "killed"))
        np.testing.assert_allclose(self.curve("whole"), self.curve("shared"), rtol=1e-3)  # the sum of the gradients is rounded otherwise
        self.assert_refused(self.train("killed", *words, "--epochs", 3), 2, "written with other options")

    def curve(self, run):
        return np.genfromtxt(self.folder / run / "tables/training_curve_EfficientNet_Lite0.csv", delimiter=",", skip_header=1, usecols=2)

    def test_batch_norms_see_the_batch_of_all_ranks(self):
        words = ("--layers", "all", "--epochs", 2, "--train-batch", 7, "--lr", 1e-4, "--augment", "off")  # the last batch is one picture: a rank has none
        self.assert_done(self.train("frozen", *words))
        words = (*words, "--batch-norm", "synchronised")
        self.assert_done(self.train("one", *words))
        self.assert_done(self.train("two", *words, ranks=2))
        np.testing.assert_allclose(self.curve("one"), self.curve("two"), rtol=1e-3)
        self.assertGreater(np.abs(self.curve("one") / self.curve("frozen") - 1).max(), 0.01)
        file = "weights/tf_efficientnet_lite0.in1k.safetensors"
        self.assertEqual((self.folder / "one" / file).stat().st_size, (self.folder / "frozen" / file).stat().st_size)

    def test_pictures_that_cannot_be_read_are_skipped_where_asked(self):
        words = ("--layers", "last:1", "--epochs", 1, "--train-batch", 3)
        next((self.photos / "cat").iterdir()).write_bytes(b"no picture")
        self.assert_refused(self.train("out", *words), 3, "cat/")
        mosaics = ("mosaics", "--images", self.photos, "--mosaics.per-class", 4, "--output", self.folder / "mosaics")
        self.assert_refused(sightline(*mosaics), 3, "cat/")
        process = sightline(*mosaics, "--on-bad-image", "skip", ranks=2)
        self.assert_done(process)
        self.assertIn("is left out: ", process.stderr)
        self.assertLess(len(list((self.folder / "mosaics/mosaics").glob("*.png"))), 8)
        process = self.train("out", *words, "--on-bad-image", "skip", ranks=2)
        self.assert_done(process)
        self.assertIn("skipped: ", process.stderr)
        for photo in self.photos.glob("*/*"):
            photo.write_bytes(b"no picture")
        self.assert_refused(self.train("none", *words, "--on-bad-image", "skip", ranks=2), 3, "none of the 8 images")
        self.assert_refused(self.focus("out", "--methods", "gradcam", "--focus.ood", "on", "--on-bad-image", "skip", ranks=2), 3, "0 photos and 0 mosaics")

    def test_a_loss_that_is_not_finite_ends_training_with_the_checkpoint_kept(self):
        words = ("--layers", "last:1", "--epochs", 4, "--train-batch", 3, "--checkpoint-steps", 1, "--lr", 1e30)
        self.assert_refused(self.train("out", *words), 4, "the loss is", "lower --lr", "checkpoint is kept")
        self.assertTrue((self.folder / "out/checkpoints/EfficientNet_Lite0.safetensors").exists())

    def test_bad_training_material_is_refused(self):
        (self.photos / "empty").mkdir()
        self.assert_refused(self.train("out"), 3, "empty has no images")
        (self.photos / "empty").rmdir()
        for classes, text in (("0,n0,cat\n5,n5,dog\n", "none with the index 1"), ("0,cat,\n1,dog,dog\n", "record 1: the class 0 has no name")):
            (self.folder / "classes.csv").write_text("index,wnid,name\n" + classes)
            for ranks in (0, 2):
                self.assert_refused(self.train("out", "--classes", self.folder / "classes.csv", ranks=ranks), 3, "classes.csv", text)
        self.assert_refused(sightline("train", "--models", "tf_efficientnet_lite0", "--output", self.folder / "out"), 2, "train: is not given")
        for photo in (self.photos / "dog").iterdir():
            photo.unlink()
        (self.photos / "dog").rmdir()
        self.assert_refused(self.train("out"), 3, "single class 'cat'")

    def test_bias_does_not_depend_on_ranks(self):
        self.assert_done(self.train("head"))
        for output, ranks in (("one", 0), ("two", 2)):
            process = sightline("bias", *self.job(output, "--weights", self.folder / "head/weights", "--bias.worst", 2, "--focus.resamples", 200,
                                                  models="tf_efficientnet_lite0"), ranks=ranks)
            self.assert_done(process)
        self.assertEqual(tables(self.folder / "one"), tables(self.folder / "two"))
        self.assertEqual(len(tables(self.folder / "one")["bias_worst.csv"].splitlines()), 1 + 4)
        self.assertEqual(len(tables(self.folder / "one")["bias_summary.csv"].splitlines()), 1 + 2)

    def lists(self, dataset, folder, *extra):
        return subprocess.run([sys.executable, JOBS / "list_dataset.py", dataset, folder, "--output", self.folder / "lists" / f"{dataset}.csv", *extra],
                              capture_output=True, text=True, check=False)

    def test_data_sets_are_listed_as_they_lie_on_the_disk(self):
        photo = next((self.photos / "cat").iterdir())
        def place(*names):
            for name in names:
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(photo, self.folder / name)
        place("kaggle/cat.0.jpg", "kaggle/dog.0.jpg", "kaggle/dog.1.jpg", "val/ILSVRC2012_val_00000001.JPEG", "val/ILSVRC2012_val_00000002.JPEG",
              "mit/Images/bar/a.jpg", "mit/Images/gym/b.jpg", "mame/data_256/x.jpg", "mame/data_256/y.jpg", "mame/data_256/z.jpg")
        # The third picture is not on the disk: the classes are numbered with it all the same.
        (self.folder / "LOC_val_solution.csv").write_text("ImageId,PredictionString\n" + "".join(f"ILSVRC2012_val_{number:08},{wnid} 1 2 3 4\n" for number, wnid in (
            (2, "n01440764"), (1, "n01484850"), (3, "n01443537"))))
        (self.folder / "mit/TestImages.txt").write_text("gym/b.jpg\nbar/a.jpg\n")
        (self.folder / "mit/TrainImages.txt").write_text("bar/c.jpg\n")
        (self.folder / "mame/MAMe_dataset.csv").write_text("Image file,Medium,Subset\nx.jpg,Silk,test\ny.jpg,Iron,test\nz.jpg,Iron,train\n")
        for dataset, folder, labels in (("dogs-vs-cats", "kaggle", [0, 1, 1]), ("imagenet", "val", [2, 0]), ("mit67", "mit", [1, 0]), ("mame", "mame", [1, 0])):
            with self.subTest(dataset):
                process = self.lists(dataset, self.folder / folder)
                self.assertEqual(process.returncode, 0, process.stderr)
                rows = [line.split(",") for line in (self.folder / f"lists/{dataset}.csv").read_text().splitlines()[1:]]
                self.assertEqual([int(row[1]) for row in rows], labels)
                self.assertTrue(all((self.folder / "lists" / row[0]).exists() for row in rows))
                self.assert_done(sightline("mosaics", "--images", self.folder / f"lists/{dataset}.csv", "--mosaics.grid", "2x1", "--mosaics.targets", 1, "--mosaics.per-class", 1,
                                           "--output", self.folder / "out" / dataset))
                missing = self.lists(dataset, self.folder / "lists")
                self.assertNotEqual(missing.returncode, 0)
                self.assertEqual(len(missing.stderr.splitlines()), 1, missing.stderr)
                self.assertIn("expected", missing.stderr)
        place("kaggle/dog.4.jpg", "val/ILSVRC2012_val_00000009.JPEG")
        self.assertEqual(self.lists("dogs-vs-cats", self.folder / "kaggle", "--subset", "val").returncode, 0)
        self.assertEqual((self.folder / "lists/dogs-vs-cats.csv").read_text().splitlines()[1:], ["../kaggle/dog.4.jpg,1"])
        unknown = self.lists("imagenet", self.folder / "val")
        self.assertEqual(len(unknown.stderr.splitlines()), 1, unknown.stderr)
        self.assertIn("ILSVRC2012_val_00000009.JPEG: the ground truth does not have it", unknown.stderr)

    def test_every_focus_job_file_runs(self):
        small = ["--models", "tf_efficientnet_lite0", "--weights", "synthetic:1", "--images", self.photos, "--methods", "gradcam", "--mosaics.per-class", 1]
        readme = (JOBS / "README.md").read_text()
        files = sorted(JOBS.glob("focus-*.ini"))
        self.assertEqual(len(files), 4)
        for file in files:
            with self.subTest(file.stem):
                self.assert_done(sightline("focus", file, *small, "--output", self.folder / file.stem, ranks=2))
                self.assertIn(f"`{file.stem}`", readme)
        process = sightline("plan", JOBS / "focus-imagenet.ini", *small, "--plan.stage", "focus", "--output", self.folder / "plan")
        self.assert_done(process)
        self.assertIn(f"slurm/many_nodes.sbatch focus {JOBS / 'focus-imagenet.ini'} --images '{self.photos}' --methods 'gradcam'", process.stdout)


if __name__ == "__main__":
    unittest.main()
