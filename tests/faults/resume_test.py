#!/usr/bin/env python3
"""What a job does with the records of an earlier one: --verify full, recent and none, on any number of ranks."""

import json
import shutil
import sys
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import RunTest, differences, sightline

METHOD = "models/ResNet18/gradcam"


class Resume(RunTest):
    images = 8

    def words(self, output, *more):
        return "attribute", *self.job(output, "--methods", "gradcam,saliency", *more, models="resnet18d")

    def prepare(self):
        self.assert_done(sightline(*self.words("whole")))

    def setUp(self):
        super().setUp()
        shutil.copytree(self.folder / "whole", self.folder / "job")
        self.store = self.folder / "job/explanations.h5"

    def damage(self, image):
        with h5py.File(self.store, "r+") as file:
            file[METHOD + "/values"][image, 0, 0] += 1

    def forget(self, image):
        with h5py.File(self.store, "r+") as file:
            file[METHOD + "/status"][image] = 0

    def written(self, *options, ranks=0):
        """Runs the job on `ranks`. -> how many records it wrote"""
        process = sightline(*self.words("job", *options), ranks=ranks)
        self.assert_done(process)
        return int(process.stderr.split(" records written")[0].split()[-1])

    def differs(self):
        return differences(self.folder / "whole/explanations.h5", self.store) != []

    def test_missing_records_come_first_and_then_the_corrupt_ones(self):
        for ranks in (0, 2, 3):
            for image in (1, 6):
                self.damage(image)
            self.forget(4)
            process = sightline(*self.words("job"), ranks=ranks)
            self.assert_done(process)
            self.assertIn("1 of 24 records to make", process.stderr)
            self.assertEqual(process.stderr.count("is corrupt and is computed again"), 2)
            self.assertLess(process.stderr.index("1 of 1 records"), process.stderr.index("is corrupt"))
            self.assertIn("3 records written", process.stderr)
            self.assertFalse(self.differs())

    def test_none_believes_the_status(self):
        self.damage(1)
        self.forget(4)
        self.assertEqual(self.written("--verify", "none"), 1)
        self.assertTrue(self.differs())
        self.assertIn("corrupt", sightline("inspect", self.store).stdout)
        self.assertEqual(self.written(), 1)
        self.assertFalse(self.differs())

    def test_recent_verifies_what_has_changed_since(self):
        self.damage(1)
        self.assertEqual(self.written("--verify", "recent", ranks=2), 1, "nothing is known to be good yet")
        self.assertTrue(self.store.with_suffix(".verified.json").exists())
        self.damage(1)
        self.assertEqual(self.written("--verify", "recent", ranks=2), 0, "it has been verified, and is not read again")
        self.forget(4)
        self.assertEqual(self.written("--verify", "none"), 1)
        self.assertEqual(self.written("--verify", "recent"), 0, "the status of image 4 is what it was, so all is as it was verified")
        with h5py.File(self.store, "r+") as file:
            file[METHOD + "/status"][3] += 1  # what an unfinished write of the record leaves
        self.assertEqual(self.written("--verify", "recent"), 2, "the block has changed, so that image 1 is found as well")
        self.assertFalse(self.differs())

    def test_a_noted_file_that_is_foreign_is_no_note(self):
        for text in ("", "{", "[1]", '{"ResNet18/gradcam": 3}', '{"ResNet18/gradcam": [-1, 1e300]}'):
            self.damage(1)
            self.store.with_suffix(".verified.json").write_text(text)
            self.assertEqual(self.written("--verify", "recent"), 1, text)
            self.assertFalse(self.differs())

    def test_measured_times_are_kept_for_the_plan_and_the_next_job(self):
        file = self.store.with_suffix(".costs.json")
        kept = json.loads(file.read_text())
        self.assertEqual(set(kept["records"]), {f"ResNet18/{method}" for method in ("", "gradcam", "saliency")})
        self.assertEqual([record["images"] for record in kept["records"].values()], [self.images] * 3)
        for record in kept["records"].values():
            record["microseconds"] = 70_000_000 * self.images
        file.write_text(json.dumps(kept))
        plan = ("plan", *self.words("job")[1:])
        self.assertIn("ResNet18 took 210.000 s an image in earlier runs here", sightline(*plan).stderr)
        self.forget(4)
        units = sightline(*self.words("job", "--batch", "2"), ranks=2)
        self.assertIn("in 1 units", units.stderr)
        self.assertEqual(json.loads(file.read_text())["records"]["ResNet18/gradcam"]["images"], self.images + 2)
        for useless in ("", "[]", '{"circumstances": "cuda, 1 threads, batches of 2", "records": {}}', file.read_text().replace('"images": ', '"pictures": '),
                        file.read_text().replace(f'"images": {self.images}', '"images": 0')):
            file.write_text(useless)
            self.assertNotIn("in earlier runs", sightline(*plan).stderr)


if __name__ == "__main__":
    unittest.main()
