#!/usr/bin/env python3
"""Every job file of jobs/ in the small, on two ranks: EfficientNet-Lites with real weights on real photos where models/fetch_demo_weights.sh and
jobs/fetch_demo_photos.sh were run (as in CI), else synthetic weights; and what the README says comes out of it."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import TESTS, RunTest, sightline, tables

JOBS = TESTS.parent / "jobs"
REAL = (TESTS.parent / "models/weights/tf_efficientnet_lite2.in1k.safetensors").exists() and (JOBS / "photos/photos.csv").exists()
SMALL = ["--kernelshap.samples", "20", "--integratedgradients.steps", "4", "--compare.resamples", "200", "--compare.permutations", "99"]
# job -> (options that make it small, tables that it is for)
EXPERIMENTS = {
    "gradcam-256": ([], ["similarity_matrix_gradcam_cosine.csv", "similarity_matrix_gradcam_rbf.csv"]),
    "gradcam-1024": ([], ["similarity_matrix_gradcam_cosine.csv"]),
    "kernelshap-64": ([], ["similarity_matrix_kernelshap_rbf.csv"]),
    "gradcam-256-only-same-prediction": ([], ["similarity_matrix_gradcam_cosine_matching.csv", "same_predictions_count.csv"]),
    "kernelshap-steps": (["--methods", "kernelshap@samples=10,kernelshap@samples=20"], ["dissimilarity_matrix_EfficientNet_Lite0_cosine.csv"]),
    "gradcam-512-histograms-clustering": ([], ["linkage_gradcam_cosine_weighted.csv", "communities_gradcam_rbf.csv", "pca_gradcam_cosine.csv"]),
    "gradcam-kernelshap-ig-128": ([], ["dissimilarity_matrix_integratedgradients_rbf.csv", "agreement_correlation.csv"]),
    "integratedgradients-abs-value": ([], ["dissimilarity_matrix_integratedgradients_cosine.csv"]),
    "visualizations": ([], ["similarity_matrix_kernelshap_cosine.csv"]),
    "influence-of-images-count": (["--compare.counts", "2,3"], ["image_count_gradcam_cosine.csv", "images_needed.csv"]),
    "deeper-explanations": ([], ["similarity_matrix_gradcam@0.25_cosine.csv", "similarity_matrix_integratedgradients_cosine.csv"]),
    "linkages": ([], ["linkage_summary.csv", "linkage_kernelshap_cosine_ward.csv", "optimal_leaves_gradcam_cosine_single.csv"]),
    "count-different-pairs": ([], ["agreement.csv", "agreement_correlation.csv"]),
    "attention-rollout": (["--models", "DeiT_T"], ["cohens_kappa_matrix_DeiT_T_kappa_0.5.csv", "cohens_kappa_matrix_DeiT_T_kappa_0.4_0.7.csv"]),
    "statistics-metrics": ([], ["similarity_matrix_gradcam_emd.csv", "similarity_matrix_gradcam_topk_iou.csv", "mantel.csv"]),
}
OTHERS = {"quickstart", "accuracy-not-resized", "imagenet-val-gradcam", "train-dogs-vs-cats", "train-imagenette2"}  # the tests of reports, archives and focus; its own


class Jobs(RunTest):
    images = 4

    def material(self, name):
        """The models, weights and photos of an experiment; three models for Mantel's test."""
        models = ["tf_efficientnet_lite0", "tf_efficientnet_lite1", "tf_efficientnet_lite2"] if REAL else ["tf_efficientnet_lite0", "ResNet18", "tf_efficientnet_lite1"]
        words = ["--models", ",".join(models if name == "statistics-metrics" else models[:2])]
        if REAL and name != "attention-rollout":
            return [*words, "--weights", TESTS.parent / "models/weights", "--images", JOBS / "photos/photos.csv", "--limit", self.images]
        return [*words, "--weights", "synthetic:1", "--images", self.photos]

    def run_stages(self, name, extra):
        words = [JOBS / f"{name}.ini", "--classes", JOBS / "imagenette.csv", "--output", self.folder / name, *SMALL, *self.material(name)]
        reuses = "explanations = " in (JOBS / f"{name}.ini").read_text()
        if reuses:
            words += ["--compare.explanations", self.folder / "gradcam-kernelshap-ig-128"]
        for stage in ("compare", "cluster") if reuses else ("attribute", "compare", "cluster"):
            self.assert_done(sightline(stage, *words, *extra, ranks=2))

    def test_every_job_file_runs_and_makes_its_tables(self):
        print("real weights and photos" if REAL else "synthetic weights: models/fetch_demo_weights.sh and jobs/fetch_demo_photos.sh were not run")
        self.assertEqual({path.stem for path in JOBS.glob("*.ini") if not path.stem.startswith("focus-")}, EXPERIMENTS.keys() | OTHERS)
        readme = (JOBS / "README.md").read_text()
        for name, (extra, wanted) in EXPERIMENTS.items():
            with self.subTest(name):
                self.run_stages(name, extra)
                self.assertEqual(set(wanted) - tables(self.folder / name).keys(), set())
                self.assertIn(f"`{name}`", readme)

    def test_accuracy(self):
        (self.folder / "list.csv").write_text("path,label\n" + "".join(f"photos/{photo.name},{i}\n" for i, photo in enumerate(sorted(self.photos.iterdir()))))
        process = sightline("accuracy", JOBS / "accuracy-not-resized.ini", "--classes", JOBS / "imagenette.csv", "--images", self.folder / "list.csv", "--output", self.folder / "out", "--weights", "synthetic:1",
                            "--models", "tf_efficientnet_lite0", ranks=2)
        self.assert_done(process)
        self.assertIn("accuracy_transforms.csv", tables(self.folder / "out"))


if __name__ == "__main__":
    unittest.main()
