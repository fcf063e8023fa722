#!/usr/bin/env python3
"""Every command, and every kind of method at work, told to stop at random moments: it ends soon with code 75 and what it has finished, and goes on to the bits of
an undisturbed run. Prints how long the ends took."""

import contextlib
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
import unittest
from collections import defaultdict
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, RunTest, command, differences, sightline

ROUNDS = int(os.environ.get("SIGHTLINE_STOPS", "1"))  # of every case; 30 for the table that a release is judged by
MODEL = os.environ.get("SIGHTLINE_STOPS_MODEL", "resnet18d")  # of the methods; convnext_base is the dearest of the zoo
GRACE = 20
# Methods with so many passes that they are in flight when the signal comes.
METHODS = {"kernelshap": ("--kernelshap.samples", 4000), "lime": ("--lime.samples", 4000), "rise": (), "integratedgradients": ("--integratedgradients.steps", 2000),
           "smoothgrad": ("--smoothgrad.samples", 2000), "gradientshap": ("--gradientshap.samples", 2000), "occlusion": ("--occlusion.window", 8, "--occlusion.stride", 8),
           "shapleyvaluesampling": ("--shapleyvaluesampling.samples", 100), "scorecam": ()}


class Stops(RunTest):
    images = 4

    def prepare(self):
        self.split_into_classes()
        self.assert_done(self.attribute("made", "--methods", "gradcam,saliency"))
        for stage in ("compare", "cluster"):
            self.assert_done(sightline(stage, "--output", self.folder / "made"))

    def setUp(self):
        super().setUp()
        self.chance = random.Random(21)
        self.seconds = defaultdict(list)

    def tearDown(self):
        for name, seconds in self.seconds.items():
            print(f"stops: {name}: {len(seconds)} signals, ended after {statistics.median(seconds):.1f} s (median), {max(seconds):.1f} s (most)")

    def stop(self, name, moment, words, ready, ranks=0):
        """Signals a command `moment` seconds after `ready` says so. -> whether it was running then"""
        number = self.chance.choice((signal.SIGUSR1, signal.SIGINT, signal.SIGTERM)) if ranks == 0 else signal.SIGUSR1
        process = subprocess.Popen(command(ranks, *words), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        until = time.monotonic() + 120  # a busy machine may take its time to start MPI
        while not ready() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(moment)
        running = process.poll() is None
        begin = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=GRACE + 30)
        if running:
            self.seconds[name].append(time.monotonic() - begin)
            self.assertLess(self.seconds[name][-1], GRACE, f"{name}: {errors}")
            self.assertIn(process.returncode, (0, 75), f"{name}, {number}: {errors}")
        return running and process.returncode == 75

    def test_methods_stop_between_passes(self):
        for method, options in METHODS.items():
            for _ in range(ROUNDS):
                words = ("attribute", *self.job("busy", "--methods", method, *options, models=MODEL))
                with self.subTest(method):
                    self.assertTrue(self.stop(method, self.chance.uniform(0.3, 3), words, (self.folder / "busy/explanations.h5").exists), f"{method} was not in flight")
                    self.assert_done(sightline("inspect", self.folder / "busy/explanations.h5"))
                shutil.rmtree(self.folder / "busy")

    def has_stored_and_works(self):
        """Whether a job is at work on the output `stopped`, and a map is stored there, of this job or an earlier one."""
        with contextlib.suppress(OSError, KeyError), h5py.File(self.folder / "stopped/explanations.h5", "r", locking=False) as store:
            return (self.folder / "stopped/sightline.lock").exists() and (store["models/ResNet18/gradcam/status"][:] != 0).any()
        return False

    def test_finished_maps_are_stored_and_the_rest_follows_to_the_same_bits(self):
        words = ("attribute", *self.job("stopped", "--methods", "gradcam,kernelshap", "--kernelshap.samples", 150, models="resnet18d"))
        stops = 0
        for ranks in (0, 2, 0):
            stops += self.stop(f"kernelshap on {max(1, ranks)} ranks", self.chance.uniform(0.1, 1), words, self.has_stored_and_works, ranks)
        self.assertGreater(stops, 0)
        with h5py.File(self.folder / "stopped/explanations.h5") as store:
            self.assertGreater((store["models/ResNet18/gradcam/status"][:] != 0).sum(), 0)
        self.assert_done(sightline(*words))
        self.assert_done(sightline("attribute", *self.job("whole", "--methods", "gradcam,kernelshap", "--kernelshap.samples", 150, models="resnet18d"), ranks=2))
        self.assertEqual(differences(self.folder / "whole/explanations.h5", self.folder / "stopped/explanations.h5"), [])

    def test_commands_stop(self):
        made = self.folder / "made"
        shutil.copytree(made, self.folder / "drawn")
        many = ("--compare.metrics", "cosine,rbf,kappa,spearman,ssim,topk_iou", "--compare.resamples", 1_000_000)
        for name, words in {"accuracy": ("accuracy", *self.job("accuracy", models="thesis")), "compare": ("compare", "--output", made, *many),
                            "cluster": ("cluster", "--output", made, "--cluster.runs", 1_000_000), "plan": ("plan", *self.job("plan", models="thesis")),
                            "focus": ("focus", *self.job("focus", "--methods", "rise", "--mosaics.per-class", 2)),
                            "train": ("train", *self.job("train", "--train", self.photos, "--layers", "all", "--epochs", 500, models="resnet18d")),
                            "report": ("report", "--output", self.folder / "drawn", "--images", self.photos)}.items():
            output = {"compare": made, "cluster": made, "report": self.folder / "drawn"}.get(name, self.folder / name)
            for _ in range(ROUNDS):
                with self.subTest(name):
                    self.assertTrue(self.stop(name, self.chance.uniform(0, 1.5), words, (output / "sightline.lock").exists), f"{name} had ended before the signal")
                if output == self.folder / name:
                    shutil.rmtree(output)  # the next round would find what this one has finished


if __name__ == "__main__":
    unittest.main()
