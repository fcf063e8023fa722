#!/usr/bin/env python3
"""The figures and the page of the quickstart, opened in headless Chromium."""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import RunTest, sightline


class Report(RunTest):
    images = 5

    def setUp(self):
        super().setUp()
        for stage in ("attribute", "compare", "cluster", "report"):
            self.assert_done(sightline(stage, *self.job("out", models="lite,ResNet18")))
        self.output = self.folder / "out"

    def test_figures_are_pictures_with_something_on_them(self):
        names = {path.name for path in (self.output / "figures").glob("*.png")}
        self.assertEqual(names, {"explanations_gradcam.png", *(f"{kind}_gradcam_{metric}.png" for kind in ("heatmap", "dendrogram") for metric in ("cosine", "rbf"))})
        for name in names:
            picture = Image.open(self.output / "figures" / name).convert("L")
            self.assertGreater(min(picture.size), 100, name)
            self.assertGreater(len(picture.getcolors(65536)), 20, name)

    def test_page_is_self_contained_and_opens_without_errors(self):
        page = (self.output / "report.html").read_text()
        self.assertNotIn("http://", page)
        self.assertNotIn("https://", page)
        self.assertEqual(page.count("<img "), 5)
        browser = shutil.which("chromium")
        if browser is None:
            self.skipTest("SKIPPED: no chromium here")
        shot = self.folder / "page.png"
        process = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--window-size=1000,3000",
                                  f"--screenshot={shot}", (self.output / "report.html").as_uri()], capture_output=True, text=True, timeout=120)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertNotIn("CONSOLE", process.stderr)
        self.assertGreater(len(Image.open(shot).convert("L").getcolors(1 << 24)), 50)

    def test_a_missing_stage_is_one_sentence(self):
        shutil.rmtree(self.output / "tables")
        process = sightline("report", *self.job("out"))
        self.assertEqual(process.returncode, 4)
        self.assertIn("run 'sightline compare' first", process.stderr)


if __name__ == "__main__":
    unittest.main()
