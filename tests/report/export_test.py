#!/usr/bin/env python3
"""What 'sightline export' writes, opened by those who read it: numpy, Pillow and ViRelAy's own data model."""

import sys
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


class Export(RunTest):
    images = 4

    def setUp(self):
        super().setUp()
        self.assert_done(self.attribute("run", "--methods", "gradcam,occlusion", models="tf_efficientnet_lite0"))
        self.store = self.folder / "run/explanations.h5"

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
        self.assertEqual(len(files), 2 * self.images)
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

    def test_mistakes_are_one_sentence(self):
        self.assert_refused(sightline("export", self.store, "--output", self.folder / "x"), 2, "--to npy|png|virelay")
        (self.folder / "classes.csv").write_text("index,wnid,name\none,n01,tench\n")
        self.assert_refused(self.export("npy", "--classes", self.folder / "classes.csv"), 3, "classes.csv", "'one'")
        self.assert_refused(self.export("numpy"), 2, "'numpy' is not one of npy, png, virelay")
        self.assert_refused(sightline("export", self.photos / "000.jpg", "--to", "npy", "--output", self.folder / "x"), 3, "000.jpg")
        process = sightline("export", self.store, "--to", "png", "--output", self.folder / "x", "--images", self.folder)
        self.assertEqual(process.returncode, 3)
        self.assertIn("--images names the folder of the photos", process.stderr)


if __name__ == "__main__":
    unittest.main()
