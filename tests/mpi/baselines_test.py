#!/usr/bin/env python3
"""Floor and ceiling of a similarity: how alike are two models' maps of different images, and one model's maps of an image that is explained again?
Against all pairs of images, and maps moved back, counted out in numpy."""

import sys
import unittest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent / "analysis")]
from maps import enlarge, read_map
from sightline_runs import RunTest, sightline, tables

METHODS = ("gradcam", "saliency", "kernelshap")
SIZE = 64


def cosine(a, b):
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30))


class Baselines(RunTest):
    images = 12

    def explain(self, output, *more):
        return self.attribute(output, "--methods", ",".join(METHODS), "--kernelshap.features", "grid:3x3", "--kernelshap.samples", "10", *more)

    def prepare(self):
        self.assert_done(self.explain("out"))

    def compare_process(self, *more, ranks=0):
        return sightline("compare", "--output", self.folder / "out", "--methods", ",".join(METHODS), "--compare.metrics", "cosine", "--compare.size", SIZE, *more, ranks=ranks)

    def compare(self, *more, ranks=0):
        self.assert_done(self.compare_process(*more, ranks=ranks))

    def table(self, method, name="floor"):
        return pd.read_csv(self.folder / f"out/tables/{name}_{method}_cosine.csv")

    def matrix(self, method, name):
        return pd.read_csv(self.folder / f"out/tables/{name}_{method}_cosine.csv", index_col=0)

    def maps(self, model, method, output="out"):
        """images x pixels, as compare reads them"""
        with h5py.File(self.folder / output / "explanations.h5") as store:
            group = store[f"models/{model}/{method}"]
            if method == "kernelshap":
                values = group["values"][:].astype(float)
                values /= np.nanmax(np.abs(values), axis=1, keepdims=True)
                labels = np.arange(9).reshape(3, 3)
                places = ((np.arange(SIZE) + 0.5) / SIZE * 3).astype(int)
                return values[:, labels[np.ix_(places, places)]].reshape(len(values), -1)
            return np.stack([read_map(group.attrs["kind"], method, raw, SIZE).ravel() for raw in group["values"][:]])

class Floor(Baselines):
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

    def test_a_common_grid(self):
        self.compare("--compare.grid", "8", "--compare.floor", "0")
        for method in METHODS[1:]:  # Grad-CAM's maps are coarser
            means = pd.read_csv(self.folder / f"out/tables/similarity_matrix_{method}_cosine.csv", index_col=0)
            a, b = (self.maps(model, method).reshape(-1, 8, SIZE // 8, 8, SIZE // 8).mean(axis=(2, 4)) for model in means.index)
            enlarged = [np.stack([enlarge(each, SIZE).ravel() for each in maps]) for maps in (a, b)]
            self.assertAlmostEqual(means.iloc[0, 1], np.mean([cosine(x, y) for x, y in zip(*enlarged)]), 2 if method == "kernelshap" else 3)
        fine = self.matrix("gradcam", "similarity_matrix")
        self.compare("--compare.floor", "0")
        self.assertTrue(np.allclose(fine, self.matrix("gradcam", "similarity_matrix"), atol=1e-12))

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


class Ceiling(Baselines):
    def prepare(self):
        super().prepare()
        self.assert_done(self.explain("flip", "--perturb", "flip"))
        self.assert_done(self.explain("shift", "--perturb", "shift"))
        self.assert_done(self.explain("seed", "--seed", "2"))

    def repeats(self, *names):
        return "--compare.repeats", ",".join(str(self.folder / name) for name in names)

    def moved_back(self, maps, how):
        maps = maps.reshape(-1, SIZE, SIZE)
        if how == "flip":
            maps = maps[:, :, ::-1]
        if how == "shift":  # by 2 2/7 of these 64 pixels
            places = np.minimum(np.arange(SIZE) + SIZE / 28, SIZE - 1)
            for axis in (1, 2):
                low, share = places.astype(int), (places - places.astype(int)).reshape((-1, 1) if axis == 1 else (1, -1))
                maps = np.take(maps, low, axis) * (1 - share) + np.take(maps, np.minimum(low + 1, SIZE - 1), axis) * share
        return maps.reshape(len(maps), -1)

    def test_is_the_similarity_of_a_map_and_its_repetitions(self):
        names = ("flip", "shift", "seed")
        self.compare(*self.repeats(*names), "--compare.floor", "30")
        for method in METHODS:
            table, ceiling = self.table(method, "ceiling"), self.matrix(method, "similarity_ceiling")
            self.assertEqual(len(table), len(ceiling) * len(names))
            for row in table.itertuples():
                with self.subTest(method, model=row.model, repeat=Path(row.repeat).name):
                    how = Path(row.repeat).name
                    own, again = self.maps(row.model, method), self.moved_back(self.maps(row.model, method, how), how)
                    self.assertAlmostEqual(row.similarity, np.mean([cosine(x, y) for x, y in zip(own, again)]), 3)
                    drawn = how != "seed" or method == "kernelshap"  # the others draw no random numbers
                    self.assertEqual(row.difference, how if drawn else "nothing")
                    self.assertTrue(row.low <= row.similarity <= row.high)
                    self.assertEqual(row.images, 12)
            counts = table[table["difference"] != "nothing"]
            reliability = counts.groupby("model")["similarity"].mean()
            for row in self.table(method).itertuples():
                self.assertAlmostEqual(ceiling.loc[row.model_a, row.model_a], reliability[row.model_a], 9)
                self.assertAlmostEqual(row.ceiling, np.sqrt(reliability[row.model_a] * reliability[row.model_b]), 9)
                self.assertAlmostEqual(row.ceiling, ceiling.loc[row.model_a, row.model_b], 12)
                self.assertAlmostEqual(row.share, (row.similarity - row.floor) / (row.ceiling - row.floor), 9)
                self.assertTrue(row.share_low <= row.share <= row.share_high)
                self.assertEqual(row.share, self.matrix(method, "similarity_share").loc[row.model_a, row.model_b])

    def test_a_run_is_no_repetition_of_itself(self):
        self.compare(*self.repeats("out"))
        table = self.table("saliency", "ceiling")
        self.assertTrue(np.allclose(table["similarity"], 1, atol=1e-6))
        self.assertEqual(set(table["difference"]), {"nothing"})
        self.assertTrue(self.matrix("saliency", "similarity_ceiling").isna().all(axis=None))

    def test_the_same_bits_on_any_ranks_and_none_without_repeats(self):
        self.compare(*self.repeats("flip", "seed"))
        one = tables(self.folder / "out")
        self.compare(*self.repeats("flip", "seed"), ranks=3)
        self.assertEqual(tables(self.folder / "out"), one)
        self.compare(*self.repeats("flip"), "--compare.floor", "0")  # a ceiling without a floor
        self.assertIn("ceiling_gradcam_cosine.csv", tables(self.folder / "out"))
        self.assertNotIn("similarity_share_gradcam_cosine.csv", tables(self.folder / "out"))
        self.compare()
        self.assertFalse([name for name in tables(self.folder / "out") if "ceiling_" in name or "share_" in name])
        self.assertTrue(self.table("gradcam")["share"].isna().all())

    def test_a_missing_map_makes_no_repetition(self):
        with h5py.File(self.folder / "seed/explanations.h5", "r+") as store:
            for model in store["models"].values():
                model["gradcam/status"][3] = 0
        self.compare(*self.repeats("seed"))
        self.assertTrue(self.matrix("gradcam", "similarity_ceiling").isna().all(axis=None), "the other maps are the same")
        self.assertEqual(set(self.table("gradcam", "ceiling")["images"]), {11})

    def test_repetitions_of_some_images(self):
        self.assert_done(self.explain("few", "--limit", "5", "--perturb", "crop"))
        self.compare(*self.repeats("few"))
        self.assertEqual(set(self.table("gradcam", "ceiling")["images"]), {5})
        self.assertEqual(set(self.table("gradcam")["images"]), {5})
        self.assertEqual(set(self.table("gradcam", "ceiling")["difference"]), {"crop"})
        for photo in sorted(self.photos.iterdir())[:5]:
            photo.unlink()
        self.assert_done(self.explain("rest"))
        self.assert_refused(self.compare_process(*self.repeats("few", "rest"), ranks=2), 3, "compare.repeats", "have no image of", "in common")

    def test_other_runs_are_refused(self):
        self.assert_refused(self.compare_process(*self.repeats("nowhere")), 3, "nowhere/explanations.h5")
        others = self.folder / "other_photos"
        others.mkdir()
        (self.photos / "000.jpg").rename(others / "another.jpg")
        self.assert_done(sightline("attribute", *self.job("others"), "--images", others, "--methods", "gradcam"))
        self.assert_refused(self.compare_process(*self.repeats("others"), ranks=2), 3, "others/explanations.h5", "has no image of")
        self.assert_done(self.attribute("one", models="ResNet18"))
        self.assert_refused(self.compare_process(*self.repeats("one")), 3, "one/explanations.h5", "has no gradcam maps of EfficientNet_Lite0")
        self.assert_refused(self.explain("flip"), 2, "transforms = common, flip, this job says common")
        self.assert_refused(self.explain("seed", "--seed", "3"), 2, "kernelshap was made with seed = 2, this job says 3")
        self.assert_done(sightline("compare", "--output", self.folder / "flip", "--methods", "gradcam"))
        self.assert_refused(sightline("report", "--output", self.folder / "flip"), 3, "has maps of perturbed images (flip)")
        self.assert_refused(sightline("run", *self.job("run", "--perturb", "flip")), 2, "perturb: 'sightline run' takes images as they are")


if __name__ == "__main__":
    unittest.main()
