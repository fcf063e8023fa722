#!/usr/bin/env python3
"""sightline cluster: matrices that no tree can be made of are refused by row and column; small and even ones give whole trees; tests of groups."""

import csv
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import PROGRAM, TESTS, RunTest, sightline

LINKAGES = ("--cluster.linkage", "single,complete,average,weighted,ward")
PUBLISHED = Path(os.environ.get("SIGHTLINE_SHARED", TESTS.parent.parent / "shared")) / "data/published"


class MatrixTest(RunTest):
    images = 0

    def matrix(self, rows, names="abcdef", file="matrix.csv"):
        names = names[: len(rows)]
        lines = ["," + ",".join(names)] + [",".join([name, *map(str, row)]) for name, row in zip(names, rows, strict=True)]
        (self.folder / file).write_text("\n".join(lines) + "\n")
        return self.folder / file

    def cluster(self, *words):
        return sightline("cluster", *words, *LINKAGES, "--output", self.folder / "out")

    def table(self, name):
        return [line.split(",") for line in (self.folder / "out/tables" / name).read_text().splitlines()[1:]]


class Matrices(MatrixTest):
    def refused(self, rows, *texts, names="abcdef", file="matrix.csv", extra=()):
        self.assert_refused(self.cluster(self.matrix(rows, names, file), *extra), 3, file, *texts)
        self.assertFalse((self.folder / "out").exists())

    def test_each_fault_names_row_and_column(self):
        self.refused([[0, -5, 1], [-5, 0, 1], [1, 1, 0]], "row 'a', column 'b': -5.0 is negative")
        self.refused([[0, 1], [9, 0]], "row 'a', column 'b': 1.0 but row 'b', column 'a': 9.0")
        self.refused([[0, "nan"], [1, 0]], "row 'a', column 'b': 'nan' is not a finite number")
        self.refused([[0, 1e200], [1e200, 0]], "row 'a', column 'b': 1e+200")
        self.refused([[0, 1, 1], [1, 0, 1]], "row 2 should be named 'a' and have 3 fields; it is 'a' with 4")
        self.refused([[0, 1], [1, 0]], "the name 'a' stands for two rows", names="aa")
        self.refused([[1, 0.3], [0.3, 1]], "row 'a', column 'b': 0.3 is smaller than 1.0 on the diagonal", "--cluster.kind similarity")
        self.refused([[0, 0.3], [0.3, 0]], "row 'a', column 'b': 0.3 is larger than 0.0 on the diagonal", "--cluster.kind dissimilarity", file="similarity.csv")
        self.refused([[40, 7], [7, 40]], "row 'a', column 'a': 40.0 is above 1", extra=("--cluster.kind", "similarity"))

    def test_one_two_and_equal_items_are_in_every_tree(self):
        for rows in ([[0]], [[0, 3], [3, 0]], [[0] * 4] * 4, [[1] * 4] * 4, [[0, 0, 5], [0, 0, 5], [5, 5, 0]], [[0, -1e-9, 1], [-1e-9, 0, 1], [1, 1, 0]]):
            with self.subTest(rows=rows):
                self.assert_done(self.cluster(self.matrix(rows)))
                for linkage in LINKAGES[1].split(","):
                    self.assertEqual(len(self.table(f"linkage_matrix_{linkage}.csv")), len(rows) - 1)
                    for kind in ("leaves", "optimal_leaves"):
                        leaves = self.table(f"{kind}_matrix_{linkage}.csv")
                        self.assertEqual(sorted(leaf[2] for leaf in leaves), list("abcdef"[: len(rows)]))
                self.assertEqual(len(self.table("communities_matrix.csv")), len(rows))

    def test_two_matrices_of_one_name_would_replace_each_other(self):
        (self.folder / "other").mkdir()
        files = [self.matrix([[0, 1], [1, 0]]), self.matrix([[0, 2], [2, 0]], file="other/matrix.csv")]
        self.assert_refused(self.cluster(*files), 2, "two matrices are called 'matrix'")

    def test_published_matrices_are_taken(self):
        files = sorted(file for file in PUBLISHED.glob("*/*matrix*.csv"))
        if not files:
            self.skipTest("SKIPPED: no shared folder")
        copies = [shutil.copy(file, self.folder / f"{file.parent.name}_{file.name}") for file in files]
        self.assert_done(sightline("cluster", *copies, "--output", self.folder / "out", "--cluster.runs", "2"))
        self.assertEqual(len((self.folder / "out/tables/linkage_summary.csv").read_text().splitlines()), len(files) + 1)


class Groups(MatrixTest):
    """Six items in two groups that are far apart."""

    apart = [[0 if a == b else 0.1 if (a < 3) == (b < 3) else 1 for b in range(6)] for a in range(6)]

    def groups(self, text):
        (self.folder / "groups.csv").write_text(text)
        return "--cluster.groups", self.folder / "groups.csv"

    def found(self):
        with open(self.folder / "out/tables/group_tests.csv", newline="") as file:
            return {row["test"]: row for row in csv.DictReader(file)}

    def test_groups_of_a_file(self):
        process = self.cluster(self.matrix(self.apart), *self.groups("name,group,note\na,left,1\nb,left,2\nc,left,3\nd,right,\ne,right,\nf,right,\n"))
        self.assert_done(process)
        self.assertIn("99 % of the variation lies between the groups left (3), right (3); 20 % would by chance (p 0.1, all 20 arrangements)", process.stderr)
        found = self.found()
        for test, effect in {"permanova": 0.987, "anosim": 1, "between_minus_within": 0.9, "silhouette": 0.9}.items():
            self.assertAlmostEqual(float(found[test]["effect"]), effect, 3, test)
            self.assertEqual((found[test]["p"], found[test]["exact"], found[test]["effect_low"]), ("0.1", "1", ""), test)
        agreement = {row[1]: row[3:] for row in self.table("group_agreement.csv")}
        self.assertEqual(agreement["average_k2"], ["1.0", "1.0"])
        means = {(row[1], row[2]): round(float(row[3]), 9) for row in self.table("group_dissimilarity.csv")}
        self.assertEqual(means, {("left", "left"): 0.1, ("left", "right"): 1, ("right", "right"): 0.1})

    def test_models_of_the_zoo_have_kinds_and_others_are_left_out(self):
        matrix = self.matrix(self.apart)
        names = ["ResNet18", "resnet50.a1_in1k", "vgg16.tv_in1k@random=0.5", "ViT_B_32", "mine.ts", "Swin_T"]
        text = matrix.read_text()
        for letter, name in zip("abcdef", names):
            text = text.replace(f"\n{letter},", f"\n{name},")
        matrix.write_text(text.replace(",a,b,c,d,e,f", "," + ",".join(names)))
        process = self.cluster(matrix)
        self.assert_done(process)
        self.assertIn("groups cnn (3), transformer (2)", process.stderr)
        self.assertEqual(dict(self.table("item_groups.csv")), dict(zip(names, ["cnn"] * 3 + ["transformer", "", "transformer"])))
        self.assertEqual(self.found()["permanova"]["arrangements"], "10")

    def test_without_groups_there_are_no_tables(self):
        self.assert_done(self.cluster(self.matrix(self.apart)))
        self.assertFalse((self.folder / "out/tables/group_tests.csv").exists())

    def test_a_wrong_file_is_one_error(self):
        for text, error in {"": "is empty", "model,group\na,x\n": "no column 'name'", "name,group\na,x\na,y\n": "names 'a' twice", "name,group\na,\n": "'a,' should have 2 fields",
                            "name,group\nz,x\ny,x\n": "names none of the items, which are a, b, c, d, e, f"}.items():
            with self.subTest(error):
                self.assert_refused(self.cluster(self.matrix(self.apart), *self.groups(text)), 3, "groups.csv", error)
                self.assertFalse((self.folder / "out").exists(), "it is told before anything is computed")
        missing = ("--cluster.groups", self.folder / "missing.csv")
        self.assert_refused(self.cluster(self.matrix(self.apart), *missing), 3, "missing.csv", "No such file")
        self.assert_refused(sightline("run", *self.job("out"), *missing), 3, "missing.csv", "No such file")
        self.assertFalse((self.folder / "out").exists())

    def test_a_file_of_groups_beside_the_matrix_is_left_as_it_is(self):
        text = "name,group,note\na,left,mine\nb,left,\nc,left,\nd,right,\n"
        option = self.groups(text)
        self.assert_done(sightline("cluster", self.matrix(self.apart), *option))
        self.assertEqual((self.folder / "groups.csv").read_text(), text)
        self.assertTrue((self.folder / "item_groups.csv").exists())

    def test_the_published_matrices(self):
        if not PUBLISHED.is_dir():
            self.skipTest("SKIPPED: no shared folder")
        process = subprocess.run([TESTS.parent / "jobs/published-groups.sh", PUBLISHED, self.folder / "groups"], env=dict(os.environ, SIGHTLINE=str(PROGRAM)), capture_output=True,
                                 text=True, check=False)
        self.assert_done(process)
        lines = [line.split() for line in process.stdout.splitlines()[1:]]
        self.assertEqual(len(lines), 50)
        self.assertTrue(all(0 < float(line[-1]) <= 1 and 0 <= float(line[-5]) <= 1 for line in lines), process.stdout)


class ComparisonFiles(RunTest):
    images = 3

    def test_damaged_ones_are_refused_by_the_dataset(self):
        self.assert_done(self.attribute("out"))
        self.assert_done(sightline("compare", "--output", self.folder / "out", "--compare.metrics", "cosine"))
        store = self.folder / "out/comparison.h5"
        whole = store.read_bytes()
        group = "gradcam/cosine"

        def negative(file):
            file[f"{group}/dissimilarity_all"][...] *= -1

        def asymmetric(file):
            file[f"{group}/dissimilarity_matching"][0, 1] += 1

        def fewer_models(file):
            del file["gradcam/models"]
            file["gradcam/models"] = ["one"]

        def fewer_pairs(file):
            short = file[f"{group}/per_image"][:2]
            del file[f"{group}/per_image"]
            file[f"{group}/per_image"] = short

        def wrong_rows(file):
            file["gradcam/prediction_rows"][1] = 7

        cases = {negative: "is negative", asymmetric: "must be symmetric", fewer_models: "1 names and 4 numbers",
                 fewer_pairs: "per_image: is not a table of 3 pairs", wrong_rows: "prediction_rows do not tell"}
        for damage, text in cases.items():
            with self.subTest(damage.__name__):
                store.write_bytes(whole)
                with h5py.File(store, "r+") as file:
                    damage(file)
                self.assert_refused(sightline("cluster", "--output", self.folder / "out"), 3, "comparison.h5", text)
        store.write_bytes(whole)
        self.assert_done(sightline("cluster", "--output", self.folder / "out"))


if __name__ == "__main__":
    unittest.main()
