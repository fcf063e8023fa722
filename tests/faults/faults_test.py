#!/usr/bin/env python3
"""Bad input gives one clear error and the right exit code; kills and full disks lose nothing that was finished."""

import json
import shutil
import struct
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, FIXTURES, PROGRAM, RunTest, command, differences, sightline, tables


def safetensors(header, data=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class BadImages(RunTest):
    images = 8

    def broken(self, name, content):
        (self.photos / name).write_bytes(content)
        return self.attribute("out")

    def test_each_kind_is_one_clear_error(self):
        jpeg = (FIXTURES / "rgb.jpg").read_bytes()
        cases = {"truncated.jpg": (jpeg[:-60], "truncated"), "text.jpg": (b"hello", "not a picture"), "empty.png": (b"", "empty")}
        for name, (content, text) in cases.items():
            with self.subTest(name):
                self.assert_refused(self.broken(name, content), 3, name, text)
                (self.photos / name).unlink()

    def test_one_pixel(self):
        from PIL import Image
        Image.new("RGB", (1, 1)).save(self.photos / "dot.png")
        self.assert_refused(self.attribute("out"), 3, "dot.png", "1 x 1 pixels")

    def test_too_many_pixels_of_any_format(self):
        from PIL import Image
        small = Image.open(FIXTURES / "rgb.png").convert("RGB")
        for kind in ("png", "bmp", "webp", "tif"):
            file = self.photos / f"bomb.{kind}"
            small.save(file)
            self.assert_done(self.attribute(kind, models="ResNet18"))
            if kind != "webp":  # Pillow writes none that is as large
                Image.new("1" if kind != "bmp" else "L", (20_000, 9_600)).save(file)
                self.assert_refused(self.attribute("out"), 3, file.name, "20000 x 9600 pixels; at most 178956970")
            file.unlink()

    def test_skip_goes_on_lists_and_keeps_the_rest(self):
        self.assert_done(self.attribute("whole"))
        (self.photos / "zzz.jpg").write_bytes(b"hello")
        process = self.attribute("out", "--on-bad-image", "skip", ranks=2)
        self.assert_done(process)
        self.assertIn("zzz.jpg", (self.folder / "out/skipped_images.txt").read_text())
        with h5py.File(self.folder / "out/explanations.h5") as store:
            status = store["models/ResNet18/gradcam/status"][:]
        self.assertEqual((status != 0).sum(), self.images)

    def test_failing_keeps_what_was_finished(self):
        (self.photos / "zzz.jpg").write_bytes(b"hello")
        self.assertEqual(self.attribute("out").returncode, 3)
        with h5py.File(self.folder / "out/explanations.h5") as store:
            self.assertGreater((store["models/ResNet18/gradcam/status"][:] != 0).sum(), 0)

    def test_deleted_between_plan_and_run(self):
        names = sorted(photo.name for photo in self.photos.iterdir())
        (self.photos / "list.csv").write_text("path,label\n" + "".join(f"{name},0\n" for name in names))
        images = ("--images", self.photos / "list.csv")
        self.assert_done(sightline("plan", *self.job("out", *images)))
        (self.photos / names[-1]).unlink()
        self.assert_refused(self.attribute("out", *images), 3, names[-1])
        process = self.attribute("out", *images, "--on-bad-image", "skip", ranks=2)
        self.assert_done(process)
        self.assertIn(names[-1], (self.folder / "out/skipped_images.txt").read_text())
        with h5py.File(self.folder / "out/explanations.h5") as store:
            self.assertEqual((store["models/ResNet18/gradcam/status"][:] != 0).sum(), len(names) - 1)

    def test_no_images_no_folder_missing_file(self):
        self.assert_refused(sightline("attribute", *self.job("out", "--images", self.folder / "nowhere")), 3, "nowhere", "no such folder")
        (self.folder / "list.csv").write_text("path,label\nphotos/000.jpg,1\nphotos/gone.jpg,2\n")
        self.assert_refused(sightline("attribute", *self.job("out", "--images", self.folder / "list.csv")), 3, "gone.jpg", "no such file")


class BadJobs(RunTest):
    images = 1

    def test_loops_of_links_are_bad_input(self):
        loop = self.folder / "loop"
        loop.symlink_to("loop")
        for option in ("--images", "--classes", "--weights"):
            with self.subTest(option):
                self.assert_refused(self.attribute("out", option, loop), 3, "loop")
        self.assert_refused(sightline("export", loop, "--to", "npy", "--output", self.folder / "out"), 3, "loop")

    def test_a_path_with_a_hash_in_a_job_file_is_taken_whole(self):
        photos = self.folder / "set#3"
        self.photos.rename(photos)
        (self.folder / "job.ini").write_text(f"images = {photos}\nmodels = tf_efficientnet_lite0\nweights = synthetic:1  # a formula\noutput = {self.folder / 'out'}\n")
        self.assert_done(sightline("attribute", self.folder / "job.ini", "--limit", 1))

    def test_parameters_that_exclude_each_other_are_found_before_anything_is_loaded(self):
        process = self.attribute("out", "--methods", "lime", "--lime.samples", 5000, "--lime.solver", "process", "--weights", self.folder / "none")
        self.assert_refused(process, 2, "lime.samples: 5000 is more than the 4096")
        self.assertFalse((self.folder / "out").exists())

    def test_three_mistakes_are_reported_together(self):
        job = self.folder / "toy.ini"
        job.write_text(f"models = resnet81\nimages = {self.photos}\noutput = {self.folder / 'out'}\nbach = 2\n[compare]\nmetrics = cosin\n")
        process = sightline("run", job, ranks=2)
        self.assert_refused(process, 2, "3 mistakes", "Did you mean 'resnet18'?", "Did you mean 'batch'?", "Did you mean 'cosine'?")
        self.assertFalse((self.folder / "out").exists())

    def test_unknown_command_and_option(self):
        self.assert_refused(sightline("atribute"), 2, "Did you mean 'attribute'?")
        self.assert_refused(sightline("compare", "--outptu", "x"), 2, "'--outptu' is not an option. Did you mean '--output'?")

    def test_label_target_without_labels(self):
        self.assert_refused(self.attribute("out", "--target", "label"), 3, "no label")

    def test_own_models_need_their_preprocessing_and_a_module(self):
        own = self.folder / "my.ts"
        own.write_text("not a module")
        self.assert_refused(self.attribute("out", models=str(own)), 2, "my.ts", "--input-size, --mean and --std")
        facts = ["--input-size", "224", "--mean", "0.5,0.5,0.5", "--std", "0.5,0.5,0.5"]
        self.assert_refused(self.attribute("out", *facts, models=str(own)), 3, "my.ts", "is not a TorchScript file")
        self.assert_refused(self.attribute("out", *facts, "--mean", "1,2", models=str(own)), 2, "'1,2' is not three numbers")

    def test_a_model_that_cannot_take_the_common_size(self):
        process = self.attribute("out", models="vit_large_patch32_384")
        self.assert_refused(process, 3, "takes images and tiles of 384 x 384 only", "--transforms model")

    def test_options_that_contradict_each_other_are_mistakes_of_the_job(self):
        self.assert_done(self.attribute("done", models="ResNet18"))
        cases = {("ssim",): ("5", "compare.size: 5 is too small for ssim, whose windows are 7 x 7 pixels"),
                 ("emd", "--compare.emd-grid", "16"): ("15", "compare.size: 15 is too small for emd, whose grid has 16 cells")}
        for (metric, *more), (size, text) in cases.items():
            words = ("--compare.metrics", metric, *more, "--compare.size", size)
            self.assert_refused(sightline("compare", "--output", self.folder / "done", *words), 2, text)
            self.assert_refused(sightline("run", *self.job("out", *words)), 2, text)
            enough = ("--compare.size", str(int(size) + (2 if metric == "ssim" else 1)))
            self.assert_done(sightline("compare", "--output", self.folder / "done", *words, *enough))
        job = self.job("out", "--methods", "occlusion,kernelshap", "--occlusion.stride", "40", "--kernelshap.samples", "auto", "--kernelshap.sampling", "captum")
        self.assert_refused(sightline("attribute", *job), 2, "2 mistakes", "occlusion.stride: 40", "kernelshap.samples: auto")
        train = ("train", "--train", self.photos, *self.job("out")[:4], "--output", self.folder / "out", "--layers", "all")
        self.assert_refused(sightline(*train, "--warmup-epochs", "2", "--patience", "1"), 2, "warmup-epochs: 2 is more than epochs, 1", "--val")
        self.assertFalse((self.folder / "out").exists())

    def test_unwritable_output(self):
        (self.folder / "file").write_text("in the way")
        self.assert_refused(self.attribute("file/out"), 4, "file/out")


class BadWeights(RunTest):
    images = 1

    def refused(self, content, *texts, name="weights.safetensors"):
        (self.folder / name).write_bytes(content)
        self.assert_refused(self.attribute("out", "--weights", self.folder / name, models="ResNet18"), 3, name, *texts)

    def test_truncated_header(self):
        self.refused(struct.pack("<Q", 5000) + b"{", "truncated")

    def test_weights_of_another_model(self):
        header = {"conv1.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
        self.refused(safetensors(header, b"1234"), "not for this model", "'conv1.0.weight' [32, 3, 3, 3] is missing")

    def test_pytorch_file_names_the_converter(self):
        self.refused(b"PK\x03\x04", "convert_weights.py", name="resnet.pth")

    def test_missing_file(self):
        self.assert_refused(self.attribute("out", "--weights", self.folder), 3, "tf_efficientnet_lite0.in1k.safetensors", "resnet18d.ra2_in1k.safetensors", "missing")


class TrainedWeights(RunTest):
    """Without tests of its own: a trained file of weights, of which tests change the classifier."""
    images = 4

    def prepare(self):
        self.split_into_classes()
        self.assert_done(sightline("train", "--models", "tf_efficientnet_lite0", "--weights", "synthetic:1", "--train", self.photos, "--output", self.folder / "head"))

    def enter(self, folder):
        super().enter(folder)
        self.weights = folder / "head/weights/tf_efficientnet_lite0.in1k.safetensors"

    def read_weights(self):
        """-> header, data"""
        content = self.weights.read_bytes()
        data = 8 + struct.unpack("<Q", content[:8])[0]
        return json.loads(content[8:data]), content[data:]


class SingleOutput(TrainedWeights):
    def test_is_refused(self):
        header, data = self.read_weights()
        for name in ("classifier.weight", "classifier.bias"):  # the first of two rows
            begin, end = header[name]["data_offsets"]
            header[name] |= {"shape": [1, *header[name]["shape"][1:]], "data_offsets": [begin, (begin + end) // 2]}
        self.weights.write_bytes(safetensors(header, data))
        process = sightline("attribute", *self.job("out", "--weights", self.weights, models="tf_efficientnet_lite0"))
        self.assert_refused(process, 3, "EfficientNet_Lite0: the model has a single output", "sigmoid")


class NonfiniteWeights(TrainedWeights):
    """One NaN in the classifier's bias: the logit of that class is NaN for every image."""

    def prepare(self):
        super().prepare()
        header, data = self.read_weights()
        begin = header["classifier.bias"]["data_offsets"][0]
        self.weights.write_bytes(safetensors(header, data[:begin] + struct.pack("<f", float("nan")) + data[begin + 4:]))

    def job_with_nan(self, output, *extra):
        return self.job(output, "--weights", self.weights, "--methods", "gradcam,saliency,kernelshap", "--kernelshap.features", "grid:1x2", *extra,
                        models="tf_efficientnet_lite0")

    def test_are_refused_with_the_name_of_the_tensor(self):
        self.assert_refused(sightline("attribute", *self.job_with_nan("out")), 3, self.weights.name, "'classifier.bias' (1 of 2)", "--allow-nonfinite-weights on")
        self.assertFalse((self.folder / "out/explanations.h5").exists())

    def test_make_records_without_a_prediction_where_they_are_allowed(self):
        allowed = ("--allow-nonfinite-weights", "on")
        process = sightline("attribute", *self.job_with_nan("out", *allowed), ranks=2)
        self.assert_done(process)
        self.assertIn("the logits of EfficientNet_Lite0 are not finite", process.stderr)
        with h5py.File(self.folder / "out/explanations.h5") as store:
            model = store["models/EfficientNet_Lite0"]
            self.assertEqual(model["prediction"][:].tolist(), [-1] * 4)
            self.assertTrue(np.isnan(model["probability"][:]).all())
            for method in ("gradcam", "saliency", "kernelshap"):
                self.assertEqual(model[method]["target"][:].tolist(), [-1] * 4)
                self.assertTrue(np.isnan(model[method]["values"][:]).all())
        inspected = sightline("inspect", self.folder / "out/explanations.h5")
        self.assert_done(inspected)
        predictions = next(line for line in inspected.stdout.splitlines() if "(predictions)" in line)
        self.assertEqual(predictions.split()[2:], ["0", "0", "0", "4"], "done, missing, corrupt, not finite")
        self.assertIn("0 of 16 records to make", sightline("attribute", *self.job_with_nan("out", *allowed)).stderr)
        process = sightline("accuracy", *self.job_with_nan("accuracy", *allowed), ranks=2)
        self.assert_done(process)
        self.assertIn("the logits of 4 images are not finite", process.stderr)


class BadStores(RunTest):
    images = 4

    def prepare(self):
        self.assert_done(self.attribute("good"))

    def test_damaged_and_foreign_stores_are_refused(self):
        store = self.folder / "good/explanations.h5"
        damaged = self.folder / "bad.h5"
        damaged.write_bytes(store.read_bytes()[:3000])
        self.assert_refused(sightline("inspect", damaged), 3, "bad.h5")
        damaged.write_text("hello")
        self.assert_refused(sightline("inspect", damaged), 3, "bad.h5")

    def test_stores_that_are_not_as_the_schema_says_are_refused_by_every_command(self):
        """One such store here; all kinds of them are in tests/unit/store/layout_test.cpp."""
        with h5py.File(self.folder / "good/explanations.h5", "r+") as store:
            del store["models/ResNet18/logits"]
            store["models/ResNet18/logits"] = np.zeros(4000, "f4")
        (self.folder / "parts/parts").mkdir(parents=True)
        shutil.copy(self.folder / "good/explanations.h5", self.folder / "parts/parts/1-of-1.h5")
        store = self.folder / "good/explanations.h5"
        for command in (("inspect", store), ("status", self.folder / "good"), ("compare", "--output", self.folder / "good"),
                        ("export", store, "--to", "npy", "--output", self.folder / "npy"), ("merge", "--output", self.folder / "parts"),
                        ("attribute", *self.job("good"))):
            with self.subTest(command[0]):
                self.assert_refused(sightline(*command), 3, "models/ResNet18/logits: has the shape (4000)")

    def test_a_store_without_models_has_nothing_to_compare(self):
        with h5py.File(self.folder / "good/explanations.h5", "r+") as store:
            del store["models"]
            store.create_group("models")
        self.assert_refused(sightline("compare", "--output", self.folder / "good"), 3, "explanations.h5: holds no model")
        self.assert_refused(sightline("compare", "--output", self.folder / "good", ranks=2), 3, "explanations.h5: holds no model")

    def test_flipped_bits_are_found_and_made_again(self):
        shutil.copytree(self.folder / "good", self.folder / "flipped")
        with h5py.File(self.folder / "flipped/explanations.h5", "r+") as store:
            store["models/ResNet18/gradcam/values"][2, 0, 0] += 1
        self.assert_refused(sightline("inspect", self.folder / "flipped/explanations.h5"), 3, "1 records are corrupt")
        process = self.attribute("flipped")
        self.assert_done(process)
        self.assertIn("corrupt", process.stderr)
        self.assertEqual(differences(self.folder / "good/explanations.h5", self.folder / "flipped/explanations.h5"), [])

    def compare(self, output, ranks=2):
        process = sightline("compare", "--output", self.folder / output, "--compare.metrics", "cosine", ranks=ranks)
        self.assert_done(process)
        return process

    def test_compare_takes_only_records_that_verify(self):
        self.compare("good")
        shutil.copytree(self.folder / "good", self.folder / "without")
        shutil.copytree(self.folder / "good", self.folder / "flipped")
        with h5py.File(self.folder / "flipped/explanations.h5", "r+") as store:
            store["models/ResNet18/gradcam/values"][2] += 1
            store["models/ResNet18/logits"][1, 3] += 1
        with h5py.File(self.folder / "without/explanations.h5", "r+") as store:
            store["models/ResNet18/gradcam/status"][2] = 0
            store["models/ResNet18/status"][1] = 0
        self.compare("without")
        process = self.compare("flipped")
        self.assertRegex(process.stderr, r"the record of ResNet18, gradcam, 002\.\w+ is corrupt and is left out")
        self.assertRegex(process.stderr, r"the record of ResNet18, prediction, 001\.\w+ is corrupt and is left out")
        self.assertEqual(tables(self.folder / "flipped"), tables(self.folder / "without"))
        self.assertNotEqual(tables(self.folder / "flipped"), tables(self.folder / "good"))

    def test_superpixel_labels_beyond_the_values_are_left_out(self):
        words = ("--methods", "kernelshap", "--kernelshap.features", "grid:2x2", "--kernelshap.samples", 8)
        self.assert_done(self.attribute("grids", *words))
        for metrics in ("cosine", "kappa"):  # by superpixels, by pixels
            with self.subTest(metrics):
                shutil.copytree(self.folder / "grids", self.folder / metrics)
                with h5py.File(self.folder / metrics / "explanations.h5", "r+") as store:
                    store["superpixels/grid2x2-224"][3, 100:, 100:] = 65535
                    store["superpixel_status/grid2x2-224"][3] = 0  # no checksum is known, as in files of earlier versions
                process = sightline("compare", "--output", self.folder / metrics, "--methods", "kernelshap", "--compare.metrics", metrics)
                self.assert_done(process)
                self.assertRegex(process.stderr, r"superpixels grid2x2-224 of 003\.\w+: the label 65535 has no value among the 4 of ResNet18, kernelshap")
                self.assertIn("1 of 4 kernelshap maps are missing, corrupt or not finite", process.stderr)

    def test_other_parameters_are_refused_by_name(self):
        self.assert_refused(self.attribute("good", "--target", "3"), 2, "target = predicted, this job says 3")
        self.assert_refused(self.attribute("good", "--weights", "synthetic:2"), 2, "weights_sha256 = synthetic:1, this job says synthetic:2")

    def test_compare_before_attribute(self):
        self.assert_refused(sightline("compare", "--output", self.folder), 3, "explanations.h5")


class TwoJobs(RunTest):
    def test_the_second_on_one_output_is_refused_and_the_first_unharmed(self):
        slow = self.job("shared", "--methods", "rise", "--rise.samples", "100", models="resnet18d")
        first = subprocess.Popen(command(2, "attribute", *slow), env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
        while not (self.folder / "shared/explanations.h5").exists() and first.poll() is None:
            time.sleep(0.01)
        for stage in ("attribute", "compare"):
            self.assert_refused(sightline(stage, "--output", self.folder / "shared", *slow), 4, "in use by 'sightline attribute'", "process")
        _, errors = first.communicate(timeout=300)
        self.assertEqual(first.returncode, 0, errors)
        self.assertFalse((self.folder / "shared/sightline.lock").exists())
        self.assertIn(f"0 of {self.images * 2} records to make", self.attribute("shared", *slow).stderr)


class WithoutFileLocks(RunTest):
    """NFS and Lustre may be mounted so that locking a file is an error."""

    images = 2
    library = PROGRAM.parent / "tests/libsightline_no_locks.so"

    def sightline(self, *words, ranks=0):
        return subprocess.run(command(ranks, *words), env=dict(ENVIRONMENT, LD_PRELOAD=str(self.library)), capture_output=True, text=True, timeout=300, check=False)

    def test_are_not_needed(self):
        self.assertTrue(self.library.exists(), "setup/build.sh release makes it")
        for stage in ("attribute", "compare"):
            self.assert_done(sightline(stage, *self.job("whole", "--methods", "gradcam")))
            self.assert_done(self.sightline(stage, *self.job("out", "--methods", "gradcam"), ranks=2))
        for file in ("explanations.h5", "comparison.h5"):
            self.assertEqual(differences(self.folder / "whole" / file, self.folder / "out" / file), [])
        self.assert_done(self.sightline("inspect", self.folder / "out/explanations.h5"))
        self.assert_done(self.sightline("export", self.folder / "out/explanations.h5", "--to", "npy", "--output", self.folder / "arrays"))
        locked = subprocess.run(["flock", self.photos, "true"], env=dict(ENVIRONMENT, LD_PRELOAD=str(self.library)), capture_output=True, text=True, check=False)
        self.assertIn("No locks available", locked.stderr, "the library does nothing here")


class SmallDisk(RunTest):
    """On a file system of its own."""

    def mount(self, size):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True, text=True)
        if mounted.returncode:
            self.skipTest(f"SKIPPED: no tmpfs can be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=False)
        return disk


class ReadOnly(SmallDisk):
    images = 4

    def test_a_read_only_output_is_one_error_and_stays_readable(self):
        disk = self.mount("20m")
        self.assert_done(self.attribute("disk/out", models="ResNet18"))
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for ranks in (0, 2):
            self.assert_refused(self.attribute("disk/out", ranks=ranks), 4, "disk/out", "Read-only file system")
        self.assert_refused(self.attribute("disk/new"), 4, "disk/new", "Read-only file system")
        self.assert_done(sightline("inspect", disk / "out/explanations.h5"))


class FullDisk(SmallDisk):
    images = 400

    def test_full_disk_is_one_error_and_finished_records_stay(self):
        disk = self.mount("700k")
        process = self.attribute("disk/out", "--store-logits", "all", models="tf_efficientnet_lite0", ranks=1)
        self.assert_refused(process, 4)
        store = disk / "out/explanations.h5"
        if store.exists():
            self.assert_done(sightline("inspect", store))


if __name__ == "__main__":
    unittest.main()
