#!/usr/bin/env python3
"""Two hosts that share a folder as over a network file system: the store, the lock, going on after a kill, a host that vanishes."""

import json
import os
import random
import shutil
import subprocess
import sys
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import hosts
from sightline_runs import ENVIRONMENT, LAUNCHER, PROGRAM, RunTest, differences, sightline, tables

PAIRS = int(os.environ.get("SIGHTLINE_PAIRS", "20"))  # of jobs that begin together; 200 for a release
LOCK_HOLDER = PROGRAM.parent / "tests/sightline_lock_holder"
MISSING = "the launcher is not Open MPI's" if "mpich" in LAUNCHER[0] else hosts.why_not()


@unittest.skipIf(MISSING, f"SKIPPED: {MISSING}")
class OnTwoHosts(RunTest):
    images = 6
    options = ("--methods", "gradcam,kernelshap", "--kernelshap.samples", 60)

    def prepare(self):
        for stage in ("attribute", "compare"):
            self.assert_done(sightline(*self.words(stage, "whole")))

    def setUp(self):
        super().setUp()
        self.hosts = hosts.Hosts(self.folder)
        self.addCleanup(self.hosts.close)

    def words(self, stage, output, *more):
        return stage, *self.job(output, *self.options, *more, models="resnet18d,tf_efficientnet_lite0")

    def assert_whole(self, output="job"):
        self.assertEqual([file.name for file in (self.folder / output).glob("*.lock")], [], "Open MPI leaves no files")
        for file in ("explanations.h5", "comparison.h5"):
            self.assertEqual(differences(self.folder / "whole" / file, self.folder / output / file), [])
        self.assertEqual(tables(self.folder / "whole"), tables(self.folder / output))

    def start(self, where, *more):
        """`attribute` on these hosts, as soon as both ranks are at work."""
        process = subprocess.Popen(self.hosts.command(where, *self.words("attribute", "job", *more)), env=ENVIRONMENT, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 60
        while not (self.folder / "job/explanations.h5").exists():
            self.assertLess(time.monotonic(), until, "the job does not begin")
            time.sleep(0.05)
        return process

    def test_the_bits_are_those_of_one_host(self):
        self.assert_done(self.hosts.run(("alpha", "beta"), *self.words("attribute", "job")))
        self.assert_done(self.hosts.run(("beta", "alpha"), *self.words("compare", "job")))
        self.assert_done(self.hosts.run(("beta",), "inspect", self.folder / "job/explanations.h5"))
        self.assert_whole()

    def test_a_killed_job_goes_on(self):
        chance = random.Random(21)
        for where in (("alpha", "beta"), ("alpha",)):
            process = self.start(("alpha", "beta"))
            time.sleep(chance.uniform(0.5, 2.5))
            for host in ("beta", "alpha"):
                self.hosts.kill_all(host)
            process.communicate()
            for stage in ("attribute", "compare"):
                self.assert_done(self.hosts.run(where, *self.words(stage, "job")))
            self.assert_whole()
            shutil.rmtree(self.folder / "job")

    def test_a_lock_never_has_two_holders(self):
        folder, evidence = self.folder / "locked", self.hosts.folder / "evidence"
        folder.mkdir()
        chance = random.Random(6)
        outcomes = Counter()
        for pair in range(PAIRS):
            if pair % 2:  # both meet the lock of a job that was killed on one of them
                host = self.hosts.names[pair // 2 % 2]
                killed = subprocess.Popen([*self.hosts.enter(host), LOCK_HOLDER, folder, evidence, "60000"])
                while not evidence.exists():
                    time.sleep(0.01)
                killed.kill()
                killed.wait()
                evidence.unlink()
            jobs = []
            for host in chance.sample(self.hosts.names, 2):
                jobs.append(subprocess.Popen([*self.hosts.enter(host), LOCK_HOLDER, folder, evidence, str(chance.choice((1, 100, 1500, 6000)))], stderr=subprocess.PIPE, text=True))
                time.sleep(chance.choice((0, 0.01, 0.1)))
            ends = []
            for job in jobs:
                _, errors = job.communicate(timeout=60)
                ends.append(job.returncode)
                self.assertTrue(job.returncode == 0 or (job.returncode == 1 and "in use by" in errors), f"pair {pair}: {job.returncode}: {errors}")
            outcomes[tuple(sorted(ends))] += 1
            self.assertIn(0, ends, f"pair {pair}: nobody got the lock")
            self.assertEqual(list(folder.iterdir()), [], f"pair {pair}")
        print(f"locks: {PAIRS} pairs of jobs on two hosts; one held it, or one after the other: {dict(outcomes)}")

    def test_a_host_that_vanishes_ends_the_job_and_loses_nothing(self):
        for gone, left in (("beta", "alpha"), ("alpha", "beta")):
            with self.subTest(gone):
                process = self.start(("alpha", "beta"), "--stall", "5")
                time.sleep(1)
                began = time.monotonic()
                self.hosts.vanish(gone)
                while self.hosts.processes(left, "sightline"):
                    self.assertLess(time.monotonic(), began + 30, f"the rank on {left} does not end")
                    time.sleep(0.1)
                self.hosts.kill_all(left)  # Open MPI's own processes wait for the other host until TCP gives up
                _, errors = process.communicate(timeout=10)
                failure = json.loads((self.folder / "job/failure.json").read_text())
                self.assertEqual(failure["host"], left)
                self.assertIn(f"on {gone}", failure["message"])
                self.assertIn("no sign of life", failure["message"])
                if gone == "beta":
                    self.assertIn("no progress for 5 s (--stall): rank 1 on beta", errors)
                for stage in ("attribute", "compare"):  # beta waits a minute for a sign of the job that alpha held
                    self.assert_done(self.hosts.run((left,), *self.words(stage, "job")))
                self.assert_whole()
                self.hosts.come_back(gone)
                shutil.rmtree(self.folder / "job")


if __name__ == "__main__":
    unittest.main()
