#!/usr/bin/env python3
"""The floor of a similarity: how alike are two models' maps of different images? Against all pairs of images, counted out in numpy."""

import sys
import unittest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent / "analysis")]
from maps import read_map
from sightline_runs import RunTest, sightline, tables

METHODS = ("gradcam", "saliency", "kernelshap")
SIZE = 64


def cosine(a, b):
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30))


class Floor(RunTest):
    images = 12

    def prepare(self):
        self.assert_done(self.attribute("out", "--methods", ",".join(METHODS), "--kernelshap.features", "grid:3x3", "--kernelshap.samples", "30"))

    def compare(self, *more, ranks=0):
        self.assert_done(sightline("compare", "--output", self.folder / "out", "--methods", ",".join(METHODS), "--compare.metrics", "cosine", "--compare.size", SIZE, *more, ranks=ranks))

    def table(self, method):
        return pd.read_csv(self.folder / f"out/tables/floor_{method}_cosine.csv")

    def maps(self, model, method):
        """images x pixels, as compare reads them"""
        with h5py.File(self.folder / "out/explanations.h5") as store:
            group = store[f"models/{model}/{method}"]
            if method == "kernelshap":
                values = group["values"][:].astype(float)
                values /= np.nanmax(np.abs(values), axis=1, keepdims=True)
                labels = np.arange(9).reshape(3, 3)
                places = ((np.arange(SIZE) + 0.5) / SIZE * 3).astype(int)
                return values[:, labels[np.ix_(places, places)]].reshape(len(values), -1)
            return np.stack([read_map(group.attrs["kind"], method, raw, SIZE).ravel() for raw in group["values"][:]])

    def test_is_the_mean_over_pairs_of_different_images(self):
        self.compare("--compare.floor", "200")
        for method in METHODS:
            for row in self.table(method).itertuples():
                with self.subTest(method, pair=(row.model_a, row.model_b)):
                    a, b = (self.maps(model, method) for model in (row.model_a, row.model_b))
                    all_pairs = np.array([[cosine(x, y) for y in b] for x in a])
                    different = ~np.eye(len(a), dtype=bool)
                    self.assertAlmostEqual(row.similarity, np.diag(all_pairs).mean(), 2 if method == "kernelshap" else 3)  # by areas, not pixels
                    self.assertAlmostEqual(row.floor, all_pairs[different].mean(), delta=0.01)  # of 200 draws
                    self.assertAlmostEqual(row.above, row.similarity - row.floor, 12)
                    self.assertTrue(row.above_low <= row.above <= row.above_high)
                    self.assertAlmostEqual(row.mean_maps, cosine(a.mean(axis=0), b.mean(axis=0)), 3)
                    self.assertEqual((row.images, row.draws), (12, 200))
                    self.assertTrue(1 / 201 <= row.p <= 1)

    def test_the_same_network_stands_high_above_it(self):
        twins = ("ResNet18", "ResNet18@random=0.05")  # but for the last layer
        self.assert_done(self.attribute("twins", models=",".join(twins)))
        self.assert_done(sightline("compare", "--output", self.folder / "twins", "--compare.metrics", "cosine", "--compare.floor", "99"))
        row = pd.read_csv(self.folder / "twins/tables/floor_gradcam_cosine.csv").iloc[0]
        self.assertEqual((row.model_a, row.model_b), twins)
        self.assertAlmostEqual(row.p, 0.01, 12)
        self.assertGreater(row.above_low, 0)

    def test_the_same_bits_on_any_ranks_and_none_without_draws(self):
        self.compare()
        one = tables(self.folder / "out")
        self.assertIn("similarity_floor_gradcam_cosine.csv", one)
        self.compare(ranks=3)
        self.assertEqual(tables(self.folder / "out"), one)
        self.compare("--compare.floor", "0")
        self.assertNotIn("similarity_floor_gradcam_cosine.csv", tables(self.folder / "out"))

    def test_a_sample_of_the_images(self):
        self.compare("--compare.floor-images", "5", ranks=2)
        self.assertEqual(set(self.table("gradcam")["images"]), {5})
        self.compare("--compare.floor-images", "2", "--models", "ResNet18,tf_efficientnet_lite0")
        self.assertEqual(set(self.table("gradcam")["images"]), {2})


if __name__ == "__main__":
    unittest.main()
