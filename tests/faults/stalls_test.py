#!/usr/bin/env python3
"""A rank that is stopped or hangs, and what a job that fails leaves behind: failure.json, what `sightline status` says, files of log lines."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, RunTest, command, differences, sightline


class Stalls(RunTest):
    images = 8

    def words(self, output, *more):
        return "attribute", *self.job(output, "--methods", "gradcam,kernelshap", "--kernelshap.samples", 60, *more, models="resnet18d")

    def prepare(self):
        self.assert_done(sightline(*self.words("whole")))

    def start(self, *words):
        """Two ranks, as soon as both are at work. -> the launcher, the process numbers of the ranks in their order"""
        process = subprocess.Popen(command(2, *words), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        store = self.folder / "job/explanations.h5"
        until = time.monotonic() + 60
        while not store.exists() or len(self.ranks_of("job")) < 2:
            self.assertLess(time.monotonic(), until, "the job does not begin")
            time.sleep(0.05)
        time.sleep(1)
        number = lambda pid: int(next(line.split(b"=")[1] for line in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") if line.startswith(b"OMPI_COMM_WORLD_RANK=")))
        return process, sorted(self.ranks_of("job"), key=number)

    def assert_goes_on(self):
        self.assert_done(sightline(*self.words("job")))
        self.assertEqual(differences(self.folder / "whole/explanations.h5", self.folder / "job/explanations.h5"), [])
        self.assertFalse((self.folder / "job/failure.json").exists())
        self.assertNotIn("failed", sightline("status", self.folder / "job").stdout)

    def test_a_rank_that_pauses_is_waited_for(self):
        process, pids = self.start(*self.words("job", "--stall", 10))
        os.kill(pids[1], signal.SIGSTOP)
        time.sleep(4)
        os.kill(pids[1], signal.SIGCONT)
        _, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, errors)
        self.assert_goes_on()

    def test_a_rank_that_stays_away_ends_the_job_and_is_named(self):
        for rank in (0, 1):
            with self.subTest(rank):
                process, pids = self.start(*self.words("job", "--stall", 3))
                os.kill(pids[rank], signal.SIGSTOP)
                _, errors = process.communicate(timeout=60)
                self.kill_ranks("job")
                self.assertEqual(process.returncode, 4, errors)
                self.assertIn(f"no progress for 3 s (--stall): rank {rank} on {socket.gethostname()}", errors)
                failure = json.loads((self.folder / "job/failure.json").read_text())
                self.assertEqual((failure["rank"], failure["ranks"], failure["exit_code"], failure["stage"]), (1 - rank, 2, 4, "attribute"))
                self.assertIn("no sign of life", failure["message"])
                self.assert_goes_on()
                (self.folder / "job/explanations.h5").unlink()

    def test_a_rank_that_hangs_in_the_file_system_is_named(self):
        os.mkfifo(self.folder / "pipe")  # opening it waits for a writer that never comes
        process, _ = self.start(*self.words("job", "--stall", 5))
        photo = sorted(self.photos.iterdir())[-1]
        photo.rename(self.folder / photo.name)
        (self.folder / "pipe").rename(photo)
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 4, errors)
        self.assertIn("no progress for 5 s (--stall): rank", errors)
        self.assertIn(": no progress for 5 s", errors.split("(--stall)")[1])
        photo.unlink()
        (self.folder / photo.name).rename(photo)
        self.kill_ranks("job")
        self.assert_goes_on()

    def test_a_failure_is_told(self):
        photo = sorted(self.photos.iterdir())[5]
        photo.write_bytes(photo.read_bytes()[:500])
        process = sightline(*self.words("job"), ranks=2)
        self.assertEqual(process.returncode, 3, process.stderr)
        failure = json.loads((self.folder / "job/failure.json").read_text())
        self.assertEqual((failure["exit_code"], failure["ranks"], failure["host"]), (3, 2, socket.gethostname()))
        self.assertIn(photo.name, failure["message"])
        status = sightline("status", self.folder / "job").stdout
        self.assertIn("'attribute' failed on", status)
        self.assertIn(f"to go on: sightline attribute --models resnet18d --weights synthetic:1 --images {self.photos}", status)
        self.assert_done(sightline(*self.words("job", "--on-bad-image", "skip")))
        self.assertFalse((self.folder / "job/failure.json").exists())

    def test_log_files(self):
        self.assert_done(sightline(*self.words("job", "--log-file", self.folder / "logs/night"), ranks=2))
        for rank in (0, 1):
            lines = (self.folder / f"logs/night.{rank}").read_text().splitlines()
            self.assertTrue(all(line.startswith("20") for line in lines), lines)
        self.assertIn("records written", (self.folder / "logs/night.0").read_text())
        (self.folder / "file").write_text("")
        self.assert_refused(sightline(*self.words("job", "--log-file", self.folder / "file/night")), 4, "--log-file", "file/night.0")


if __name__ == "__main__":
    unittest.main()
