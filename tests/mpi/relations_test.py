#!/usr/bin/env python3
"""What models share besides explanations: behaviour, errors, representations, and which of them goes with alike explanations. Counted out in numpy."""

import sys
import unittest
from itertools import combinations
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax
from scipy.stats import spearmanr

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "support"), str(TESTS.parent / "analysis")]
from maps import read_map
from sightline_runs import RunTest, sightline, tables

MODELS = "tf_efficientnet_lite0,ResNet18,ResNet18@random=0.5,tf_efficientnet_lite0@random=0.5,ResNet18@random=0.05"
BEHAVIOUR = "agreement,errors,jensenshannon,logits"
MEASURES = ("cka", "procrustes", "rsa", "rsa_cosine", "neighbours")


def unbiased_hsic(k, l):
    """Song et al. 2012, equation 5"""
    n = len(k)
    k, l = (m - np.diag(np.diag(m)) for m in (k, l))
    one = np.ones(n)
    return (np.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / (n - 1) / (n - 2) - 2 / (n - 2) * (one @ k @ l @ one)) / n / (n - 3)


def cells(matrix):
    return np.array([matrix.iloc[a, b] for a, b in combinations(range(len(matrix)), 2)])


class Relations(RunTest):
    images = 12

    def options(self, *more):
        return ("--weights", "synthetic:1", "--images", self.photos, "--output", self.folder / "out", "--models", MODELS, *more)

    def prepare(self):
        self.split_into_classes()
        self.assert_done(self.attribute("out", "--methods", "gradcam", "--store-logits", "all", models=MODELS))
        self.assert_done(sightline("represent", *self.options("--represent.neighbours", "3")))
        self.assert_done(self.compare())
        self.assert_done(sightline("cluster", "--output", self.folder / "out"))

    def compare(self, *more, ranks=0, measures=BEHAVIOUR):
        return sightline("compare", "--output", self.folder / "out", "--models", MODELS, "--weights", "synthetic:1", "--compare.metrics", "cosine", "--compare.behaviour",
                         measures, *more, ranks=ranks)

    def matrix(self, name):
        return pd.read_csv(self.folder / f"out/tables/{name}.csv", index_col=0)

    def stored(self):
        """model -> (logits, prediction), labels"""
        with h5py.File(self.folder / "out/explanations.h5") as store:
            return {name: (group["logits"][:].astype(float), group["prediction"][:]) for name, group in store["models"].items()}, store["images/label"][:]

    def test_behaviour_is_scipys(self):
        models, labels = self.stored()
        means = {name: self.matrix(f"similarity_matrix_behaviour_{name}") for name in BEHAVIOUR.split(",")}
        for a, b in combinations(means["errors"].index, 2):
            with self.subTest(pair=(a, b)):
                (x, p), (y, q) = models[a], models[b]
                self.assertAlmostEqual(means["agreement"].loc[a, b], np.mean(p == q), 12)
                self.assertAlmostEqual(means["errors"].loc[a, b], np.mean((p == labels) == (q == labels)), 12)
                js = [1 - jensenshannon(softmax(i), softmax(j), 2) for i, j in zip(x, y)]
                self.assertAlmostEqual(means["jensenshannon"].loc[a, b], np.mean(js), 6)
                self.assertAlmostEqual(means["logits"].loc[a, b], np.mean([spearmanr(i, j).statistic for i, j in zip(x, y)]), 6)
        table = self.matrix("error_consistency").reset_index()
        for row in table.itertuples():
            right = [models[name][1] == labels for name in (row.model_a, row.model_b)]
            self.assertAlmostEqual(row.observed, np.mean(right[0] == right[1]), 12)
            self.assertAlmostEqual(row.expected, right[0].mean() * right[1].mean() + (1 - right[0].mean()) * (1 - right[1].mean()), 12)

    def test_cka_is_that_of_the_formula(self):
        with h5py.File(self.folder / "out/representations.h5") as store:
            features = {name: group["logits"][:].astype(float) for name, group in store["models"].items()}
        grams = {name: values @ values.T for name, values in features.items()}
        table = pd.read_csv(self.folder / "out/tables/representation_pairs.csv")
        self.assertEqual(len(table), 10)
        for row in table.itertuples():
            k, l = grams[row.model_a], grams[row.model_b]
            self.assertAlmostEqual(row.cka, unbiased_hsic(k, l) / np.sqrt(unbiased_hsic(k, k) * unbiased_hsic(l, l)), 6)
            self.assertEqual(row.images, 12)
            for measure in MEASURES:
                self.assertEqual(self.matrix(f"similarity_matrix_representation_{measure}").loc[row.model_a, row.model_b], getattr(row, measure))
                self.assertAlmostEqual(self.matrix(f"dissimilarity_matrix_representation_{measure}").loc[row.model_b, row.model_a], 1 - getattr(row, measure), 12)

    def test_what_goes_with_alike_explanations(self):
        table = pd.read_csv(self.folder / "out/tables/matrix_regression.csv")
        self.assertEqual(set(table["matrix"]), {"gradcam_cosine"})
        response = cells(self.matrix("dissimilarity_matrix_gradcam_cosine"))
        same = self.matrix("same_predictions_count")
        known = {"predictions": 1 - cells(same) / 12, "representation": cells(self.matrix("dissimilarity_matrix_representation_cka"))}
        known["architecture"] = np.array([0.5 if a.partition("@")[0] != b.partition("@")[0] else 0  # another family, and the largest ratio of parameters
                                          for a, b in combinations(same.index, 2)])
        rows = table.set_index("distance")
        self.assertIn("architecture", rows.index)
        for name, distance in known.items():
            if name in rows.index:
                self.assertAlmostEqual(rows.loc[name, "mantel"], np.corrcoef(response, distance)[0, 1], 9)
        self.assertIn("representation", rows.index)
        self.assertTrue(((0 < rows["p"]) & (rows["p"] <= 1)).all())
        self.assertTrue(Path(self.folder / "out/tables/linkage_representation_cka_average.csv").exists(), "representations have trees")
        self.assertTrue(Path(self.folder / "out/tables/linkage_behaviour_errors_average.csv").exists())

    def test_the_consensus_of_an_image(self):
        models, labels = self.stored()
        images = pd.read_csv(self.folder / "out/tables/consensus_gradcam.csv").set_index("image")
        similar = pd.read_csv(self.folder / "out/tables/consensus_models_gradcam.csv").set_index("model")
        with h5py.File(self.folder / "out/explanations.h5") as store:
            paths = [path.decode() for path in store["images/path"][:]]
            maps = {name: np.stack([read_map("grid", "gradcam", raw, 224).ravel() for raw in group["gradcam/values"][:]]) for name, group in store["models"].items()}
        names = list(similar.index)
        unit = np.stack([maps[name] / np.linalg.norm(maps[name], axis=1, keepdims=True) for name in names])  # models x images x pixels
        consensus = unit.mean(axis=0)
        cosines = np.einsum("mip,ip->mi", unit, consensus) / np.linalg.norm(consensus, axis=1)
        self.assertTrue(np.allclose(similar["similarity"], cosines.mean(axis=1), atol=1e-4))
        self.assertTrue(((similar["low"] <= similar["similarity"]) & (similar["similarity"] <= similar["high"])).all())
        pairs = list(combinations(range(len(names)), 2))
        for image, path in enumerate(paths):
            row = images.loc[path]
            self.assertAlmostEqual(row["disagreement"], 1 - np.mean([unit[a, image] @ unit[b, image] for a, b in pairs]), 3)
            classes = [models[name][1][image] for name in names]
            self.assertAlmostEqual(row["same_predictions"], np.mean([classes[a] == classes[b] for a, b in pairs]), 12)
            self.assertAlmostEqual(row["right"], np.mean([each == labels[image] for each in classes]), 12)
            self.assertAlmostEqual(row["confidence"], np.mean([softmax(models[name][0][image]).max() for name in names]), 5)
        self.assertTrue(images["disagreement"].is_monotonic_decreasing)

    def test_what_else_is_known_of_the_images(self):
        images = pd.read_csv(self.folder / "out/tables/consensus_gradcam.csv")
        boxes = dict(zip(images["image"][1:], np.linspace(0.1, 0.9, len(images) - 1) % 0.3))  # of one it is not known
        facts = self.folder / "facts.csv"
        facts.write_text("box,image,sharp\n" + "".join(f"{share},{name},{'' if share > 0.25 else 1 - share}\n" for name, share in boxes.items()) + "0.5,other.jpg,1\n")
        self.assert_done(self.compare("--compare.facts", facts, ranks=2))
        images = pd.read_csv(self.folder / "out/tables/consensus_gradcam.csv")
        self.assertEqual(list(images.columns[-2:]), ["box", "sharp"])
        self.assertTrue(np.array_equal(images["box"], images["image"].map(boxes), equal_nan=True))
        table = pd.read_csv(self.folder / "out/tables/disagreement_correlation.csv").set_index(["method", "quantity"])["correlation"]
        for name in ("same_predictions", "right", "confidence", "box", "sharp"):
            known = images[["disagreement", name]].dropna()
            expected = np.nan if known[name].nunique() < 2 else spearmanr(known["disagreement"], known[name]).statistic
            self.assertTrue(np.isclose(table["gradcam", name], expected, atol=1e-9, equal_nan=True), (name, table["gradcam", name], expected))
        self.assertTrue(np.isfinite(table["gradcam", "box"]))
        self.assert_refused(self.compare("--compare.facts", facts, "--compare.metrics", "rbf"), 2, "compare.facts", "cosine")
        for text, told in (("box\n1\n", "the column 'image'"), ("image,box\nother.jpg,1\n", "names no image of the run"), ("image,right\n", "the name 'right'"),
                           (f"image,box\n{images['image'][0]},wide\n", "'wide' in the column box"), (f"image,box\n{images['image'][0]}\n", "should have 2 fields"),
                           (f"image,box\n{images['image'][0]},1\n{images['image'][0]},1\n", "twice")):
            facts.write_text(text)
            self.assert_refused(self.compare("--compare.facts", facts), 3, "facts.csv", told)

    def test_the_same_bits_on_any_ranks(self):
        one = tables(self.folder / "out")
        self.assert_done(sightline("represent", *self.options("--represent.neighbours", "3"), ranks=3))
        self.assert_done(self.compare(ranks=3))  # which keeps the tables of represent
        self.assert_done(sightline("cluster", "--output", self.folder / "out", ranks=2))
        self.assertEqual(tables(self.folder / "out"), one)

    def test_what_cannot_be_compared(self):
        self.assert_refused(self.compare(measures="agrement"), 2, "compare.behaviour", "'agrement' is not one of", "agreement")
        for across in ("methods", "depths"):
            self.assert_refused(self.compare("--compare.across", across, "--methods", "gradcam,gradcam@0.5"), 2, "compare.behaviour")
        self.assert_done(self.attribute("few", "--methods", "gradcam", models="ResNet18,ResNet18@random=0.5"))
        process = sightline("compare", "--output", self.folder / "few", "--compare.behaviour", "logits")
        self.assert_refused(process, 2, "has not those of ResNet18", "--store-logits all")
        self.assert_done(self.attribute("flat", "--images", self.photos / "cat", models="ResNet18,ResNet18@random=0.5"))
        process = sightline("compare", "--output", self.folder / "flat", "--compare.behaviour", "agreement,errors")
        self.assert_refused(process, 2, "errors needs labels, and no image of")
        self.assert_refused(sightline("represent", *self.options("--models", "ResNet18")), 2, "name at least two")
        self.assert_refused(sightline("represent", *self.options("--output", self.folder / "other", "--represent.neighbours", "12")), 2, "represent.neighbours: 12 is not below the number of images, 12")


class Depths(RunTest):
    """Every layer of a model beside every layer of another."""

    images = 6
    models = "tf_efficientnet_lite0,ResNet18"
    methods = ("gradcam", "gradcam@0.25", "gradcam@0.5")

    def prepare(self):
        self.assert_done(self.attribute("out", "--methods", ",".join((*self.methods, "saliency")), models=self.models))

    def compare(self, *more, ranks=0):
        return sightline("compare", "--output", self.folder / "out", "--compare.across", "depths", "--compare.metrics", "cosine", "--compare.size", 56, *more, ranks=ranks)

    def represent(self, *more, ranks=0):
        words = self.job("out", "--represent.neighbours", "2", *more, models=self.models)
        return sightline("represent", *words, ranks=ranks)

    def test_every_layer_is_compared_with_every_layer_of_every_model(self):
        methods = ("--methods", ",".join((*self.methods, "saliency")))
        self.assert_done(self.compare(*methods))
        one = tables(self.folder / "out")
        self.assertNotIn("similarity_matrix_saliency_cosine.csv", one, "has no layers")
        matrix = pd.read_csv(self.folder / "out/tables/similarity_matrix_gradcam_cosine.csv", index_col=0)
        with h5py.File(self.folder / "out/explanations.h5") as store:
            maps = {f"{model}@{(name.partition('@')[2] or 'default')}": [read_map("grid", "gradcam", raw, 56).ravel() for raw in group[name]["values"][:]]
                    for model, group in store["models"].items() for name in self.methods}
        self.assertEqual(set(matrix.index), set(maps))
        for a, b in combinations(maps, 2):
            expected = np.mean([x @ y / max(np.linalg.norm(x) * np.linalg.norm(y), 1e-30) for x, y in zip(maps[a], maps[b])])
            self.assertAlmostEqual(matrix.loc[a, b], expected, 5, f"{a} {b}")
        self.assert_done(self.compare(*methods, ranks=3))
        self.assertEqual(tables(self.folder / "out"), one)
        groups = self.folder / "groups.csv"  # which would be taken, were layers of a model independent
        groups.write_text("name,group\n" + "".join(f"{name},{'a' if name.startswith('ResNet18') else 'b'}\n" for name in maps))
        process = sightline("cluster", "--output", self.folder / "out", "--cluster.groups", groups)
        self.assert_done(process)
        self.assertIn("layers of one model are not independent", process.stderr)
        self.assertIn("linkage_gradcam_cosine_average.csv", tables(self.folder / "out"))
        self.assertFalse({"group_tests.csv", "matrix_regression.csv"} & tables(self.folder / "out").keys())
        self.assert_refused(self.compare("--methods", "gradcam,saliency"), 2, "compare.across: depths needs a method with several layers", "gradcam,saliency")

    def test_representations_at_depths(self):
        self.assert_done(self.represent("--represent.depths", "0.5,1"))
        one = tables(self.folder / "out")
        matrix = pd.read_csv(self.folder / "out/tables/similarity_matrix_representation_cka.csv", index_col=0)
        names = [f"{model}@{depth}" for model in ("EfficientNet_Lite0", "ResNet18") for depth in ("0.5", "1")]
        self.assertEqual(list(matrix.index), names)
        with h5py.File(self.folder / "out/representations.h5") as store:
            grams = {name: (values := store[f"models/{name}/logits"][:].astype(float)) @ values.T for name in names}
            self.assertEqual(store["models/ResNet18@0.5/logits"].shape, (6, 128))
        for a, b in combinations(names, 2):
            k, l = grams[a], grams[b]
            self.assertAlmostEqual(matrix.loc[a, b], unbiased_hsic(k, l) / np.sqrt(unbiased_hsic(k, k) * unbiased_hsic(l, l)), 6)
        self.assert_done(self.represent("--represent.depths", "0.5,1", ranks=2))
        self.assertEqual(tables(self.folder / "out"), one)
        self.assert_done(self.represent("--represent.depths", "0.25,1", "--models", "ResNet18"))
        for wrong in ("0.5,half", "0", "1.5", "0.5,0.50"):
            self.assert_refused(self.represent("--represent.depths", wrong), 2, "represent.depths")


if __name__ == "__main__":
    unittest.main()
