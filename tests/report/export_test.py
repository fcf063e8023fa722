#!/usr/bin/env python3
"""What 'sightline export' writes, opened by those who read it: numpy, Pillow and ViRelAy's own data model."""

import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import TESTS, RunTest, sightline

sys.path.append(str(TESTS.parent / ".deps/test-python"))
sys.path.append(str(TESTS.parent / "analysis"))
from maps import gradcam_pixels
from store import BadRun, Store


class Export(RunTest):
    images = 4

    def prepare(self):
        self.assert_done(self.attribute("run", "--methods", "gradcam,occlusion,lime", "--lime.samples", 20, "--store-logits", "all", models="tf_efficientnet_lite0"))

    def enter(self, folder):
        super().enter(folder)
        self.store = folder / "run/explanations.h5"

    def export(self, to, *extra):
        return sightline("export", self.store, "--to", to, "--output", self.folder / to, "--images", self.photos, *extra)

    def test_npy_has_the_maps_as_they_are_compared(self):
        self.assert_done(self.export("npy"))
        files = sorted((self.folder / "npy/GradCAM/EfficientNet_Lite0/unlabelled").glob("*.npy"))
        self.assertEqual(len(files), self.images)
        with h5py.File(self.store) as store:
            raw = store["models/EfficientNet_Lite0/gradcam/values"][0].astype(float)
            prediction = int(store["models/EfficientNet_Lite0/prediction"][0])
        np.testing.assert_allclose(np.load(files[0]), gradcam_pixels(raw, 224), atol=1e-6)
        self.assertEqual(files[0].with_suffix(".txt").read_text(), f"class {prediction}")
        self.assertLess(np.load(self.folder / "npy/occlusion/EfficientNet_Lite0/unlabelled" / files[0].name).min(), 0)

    def test_png_are_pictures(self):
        self.assert_done(self.export("png"))
        files = sorted((self.folder / "png").rglob("*.png"))
        self.assertEqual(len(files), 3 * self.images)
        picture = Image.open(files[0])
        self.assertEqual((picture.size, picture.mode), ((224, 224), "RGB"))
        self.assertGreater(len(picture.getcolors(1 << 20)), 100)

    def test_virelay_opens_its_project(self):
        from virelay.model import Project

        self.assert_done(self.export("virelay"))
        project = Project(str(self.folder / "virelay/EfficientNet_Lite0_gradcam/project.yaml"))
        self.assertEqual((project.name, project.attribution_method), ("EfficientNet_Lite0 gradcam", "gradcam"))
        self.assertEqual(len(project.dataset), self.images)
        self.assertEqual(project.get_sample(1).data.shape, (224, 224, 3))
        attribution = project.get_attribution(1)
        self.assertEqual(attribution.data.shape, (224, 224, 3))
        self.assertAlmostEqual(float(attribution.data.sum(2).max()), 1.0, places=4)
        self.assertEqual(attribution.labels[0].name, "unknown")
        self.assertEqual(len(attribution.prediction), 1000)
        project.close()

    def rename_images(self, *first):
        """Gives the first images of the store other paths."""
        with h5py.File(self.store, "r+") as store:
            for image, path in enumerate(first):
                store["images/path"][image] = path

    def test_a_path_that_leads_out_of_its_folder_stays_in_the_output(self):
        self.rename_images("../000.jpg")
        self.assert_done(self.export("npy"))
        self.assertTrue((self.folder / "npy/GradCAM/EfficientNet_Lite0/unlabelled/000.npy").exists())
        self.assertEqual(list((self.folder / "npy/GradCAM").glob("*.npy")), [])

    def test_two_images_of_one_place_are_refused(self):
        self.rename_images("a/cat/000.jpg", "b/cat/000.png")
        for to in ("npy", "png"):
            self.assert_refused(self.export(to), 3, "a/cat/000.jpg", "b/cat/000.png", "cat/000")

    def damage(self, change):
        """-> the path of a copy of the store that `change` has damaged."""
        path = Path(tempfile.mkdtemp(dir=self.folder)) / "damaged.h5"
        path.write_bytes(self.store.read_bytes())
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    def test_only_records_that_verify_are_exported(self):
        model = "models/EfficientNet_Lite0"

        def flip(file):
            file[f"{model}/gradcam/values"][0, 0, 0] += 1
            file[f"{model}/logits"][1, 0] += 1
            file[next(iter(file["superpixels"].values())).name][2, 0, 0] += 1

        path = self.damage(flip)
        process = sightline("export", path, "--to", "npy", "--output", self.folder / "npy")
        self.assert_done(process)
        there = {method: [file.stem for file in sorted((self.folder / "npy" / method).rglob("*.npy"))] for method in ("GradCAM", "occlusion", "lime")}
        self.assertEqual(there, {"GradCAM": ["002", "003"], "occlusion": ["000", "002", "003"], "lime": ["000", "003"]})
        for what in ("gradcam, 000", "prediction, 001", "lime, 002"):
            self.assertRegex(process.stderr, f"EfficientNet_Lite0, {what}.* is corrupt and is left out")

    def test_stores_that_are_not_as_the_schema_says_are_refused(self):
        model = "models/EfficientNet_Lite0"

        def replaced(path, shape, dtype, **options):
            def change(file):
                del file[path]
                file.create_dataset(path, shape, dtype, **options)
            return path, change

        def with_attribute(path, name, value):
            return name, lambda file: file[path].attrs.__setitem__(name, value)

        def linked(path, link):
            def change(file):
                del file[path]
                file[path] = link
            return path, change

        def made_of_itself(file):
            del file[f"{model}/logits"]
            layout = h5py.VirtualLayout((4, 1000), "f4")
            layout[:] = h5py.VirtualSource(".", f"{model}/logits", (4, 1000))
            file.create_virtual_dataset(f"{model}/logits", layout)

        def a_group(path):
            def change(file):
                del file[path]
                file.create_group(path)
            return path, change

        superpixels = list(h5py.File(self.store)["superpixels"])[0]
        for text, change in (
                with_attribute("/", "format", [1, 2]), with_attribute(model, "input_size", [224, 224]), with_attribute(model, "input_size", 10**9),
                with_attribute(model, "weights", np.arange(9)), with_attribute(f"{model}/gradcam", "kind", 3.0), with_attribute("/images", "root", [1.0]),
                replaced("images/path", (4,), "i4"), replaced("images/label", (5,), "i4"), replaced("images/label", (), "i4"),
                replaced(f"{model}/logits", (4000,), "f4"), replaced(f"{model}/logits", (4, 0), "f4"), replaced(f"{model}/logits", (4, 10**12), "f4", chunks=(1, 10)),
                replaced(f"{model}/status", (3,), "u4"), replaced(f"{model}/prediction", (4, 1), "i4"), replaced(f"{model}/probability", (4,), "S8"),
                replaced(f"{model}/gradcam/values", (4, 49), "f4"), replaced(f"{model}/gradcam/values", (), "f4"), replaced(f"{model}/gradcam/target", (1,), "i4"),
                replaced(f"{model}/lime/values", (4, 7, 7), "f4"), replaced(f"superpixels/{superpixels}", (4, 50176), "u2"),
                replaced(f"superpixels/{superpixels}", (4, 224, 224), "f4"), replaced(f"superpixel_status/{superpixels}", (4, 2), "u4"),
                replaced(f"{model}/gradcam/status", (4,), "u4", external=[("/etc/passwd", 0, 16)]),
                replaced("images", (4,), "i4"), replaced("models", (4,), "i4"), replaced(model, (4,), "i4"), replaced("superpixels", (4,), "u2"),
                replaced("superpixel_status", (4,), "u4"), a_group("images/path"), a_group(f"superpixels/{superpixels}"), a_group(f"superpixel_status/{superpixels}"),
                a_group(f"{model}/logits"), a_group(f"{model}/gradcam/values"), a_group(f"{model}/gradcam/status"),
                linked(f"{model}/gradcam", h5py.SoftLink("/models")), linked("models", h5py.ExternalLink("other.h5", "/models")),
                (f"{model}/logits", made_of_itself)):
            with self.subTest(text):
                with self.assertRaises(BadRun) as refused:
                    damaged = Store(self.damage(change))
                    for method in ("gradcam", "lime"):
                        damaged.map("EfficientNet_Lite0", method, 0, 224)
                self.assertIn(text, str(refused.exception))

    def test_mistakes_are_one_sentence(self):
        self.assert_refused(sightline("export", self.store, "--output", self.folder / "x"), 2, "--to npy|png|virelay")
        (self.folder / "classes.csv").write_text("index,wnid,name\none,n01,tench\n")
        self.assert_refused(self.export("npy", "--classes", self.folder / "classes.csv"), 3, "classes.csv", "'one'")
        self.assert_refused(self.export("numpy"), 2, "'numpy' is not one of npy, png, virelay")
        self.assert_refused(sightline("export", self.photos / "000.jpg", "--to", "npy", "--output", self.folder / "x"), 3, "000.jpg")
        process = sightline("export", self.store, "--to", "png", "--output", self.folder / "x", "--images", self.folder)
        self.assertEqual(process.returncode, 3)
        self.assertIn("--images names the folder or the archives of the photos", process.stderr)


if __name__ == "__main__":
    unittest.main()
