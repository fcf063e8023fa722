#!/usr/bin/env python3
"""Jobs on many pictures in a folder, a tar archive, shards and a tar of tars, killed at random moments and resumed on any number of ranks: all stores are the same.

SIGHTLINE_FILES pictures (400 unless given), copies of those in SIGHTLINE_PHOTOS (the fixtures unless given)."""

import os
import random
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from archives import members, pack, pack_class_folders
from sightline_runs import ENVIRONMENT, FIXTURES, TESTS, RunTest, command, differences, sightline

FILES = int(os.environ.get("SIGHTLINE_FILES", "400"))
PHOTOS = Path(os.environ.get("SIGHTLINE_PHOTOS", FIXTURES))
CLASSES = 5  # as many as the model has


class ArchiveKills(RunTest):
    def fill_photos(self):
        sources = sorted(path for path in PHOTOS.rglob("*") if path.suffix in (".jpg", ".png", ".JPEG"))
        for number in range(FILES):
            source = sources[number % len(sources)]
            folder = self.photos / f"n{number % CLASSES:08}"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / f"{number:06}{source.suffix}")

    def forms(self):
        """name -> the value of --images"""
        photos = members(self.photos)
        (self.folder / "shards").mkdir()
        for shard in range(8):
            pack(self.folder / f"shards/{shard:06}.tar", photos[shard::8])
        return {"folder": self.photos, "tar": pack(self.folder / "all.tar", photos), "shards": self.folder / "shards",
                "tar of tars": pack_class_folders(self.folder / "train.tar", self.photos)}

    def words(self, images, output):
        return ("attribute", "--models", TESTS / "fixtures/tiny.ts", "--input-size", "32", "--mean", "0.5,0.5,0.5", "--std", "0.2,0.2,0.2", "--methods", "gradcam",
                "--images", images, "--output", self.folder / output)

    def killed_run(self, images, output, chance, seconds):
        """Starts and kills the job three times, then lets it end. Returns how many of the kills met a running job."""
        struck = 0
        for ranks in chance.sample((1, 2, 3), 3):
            process = subprocess.Popen(command(ranks, *self.words(images, output)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            time.sleep(chance.uniform(0.3, 1.0) * seconds)
            struck += process.poll() is None
            process.kill()
            process.wait()
            self.kill_ranks(output)
        self.assert_done(sightline(*self.words(images, output), ranks=chance.choice((0, 1, 2, 3)), timeout=1200))
        return struck

    def test_every_form_gives_the_same_store_through_kills(self):
        chance = random.Random(22)
        forms = self.forms()
        begin = time.monotonic()
        self.assert_done(sightline(*self.words(forms["folder"], "whole"), ranks=2, timeout=1200))
        seconds = time.monotonic() - begin
        struck = 0
        for form, images in forms.items():
            with self.subTest(form):
                struck += self.killed_run(images, form, chance, seconds)
                self.assertEqual(differences(self.folder / "whole/explanations.h5", self.folder / form / "explanations.h5"), [])
        print(f"archives: {FILES} pictures, {len(forms)} forms, {struck} of {3 * len(forms)} kills while running; a job of 2 ranks takes {seconds:.0f} s")
        self.assertGreater(struck, len(forms))


if __name__ == "__main__":
    unittest.main()
