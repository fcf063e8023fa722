#!/usr/bin/env python3
"""Small jobs killed at random moments: one rank, all ranks, mpirun, or told to stop; while the store is made, written, or reduced. Each is resumed, by any number of
ranks, and must end with the bits of an undisturbed run."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest
from collections import Counter
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, RunTest, command, differences, sightline, tables

ROUNDS = int(os.environ.get("SIGHTLINE_KILLS", "25"))


class Kills(RunTest):
    images = 10
    options = ("--methods", "gradcam,kernelshap", "--kernelshap.features", "grid:1x2")

    def start(self, stage, output, ranks):
        return subprocess.Popen(command(ranks, stage, *self.job(output, *self.options)), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def strike(self, how, process, output, chance):
        """Returns whether there was something to strike."""
        ranks = self.ranks_of(output)
        alive = process.poll() is None and bool(ranks)
        with contextlib.suppress(ProcessLookupError):  # it may just have ended
            if how == "one rank" and ranks:
                os.kill(chance.choice(ranks), signal.SIGKILL)
            elif how.startswith("mpirun"):
                process.kill()
            elif how == "all":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.send_signal({"SIGTERM": signal.SIGTERM, "SIGUSR1": signal.SIGUSR1}.get(how, signal.SIGKILL))
        try:
            process.communicate(timeout=300)
        finally:
            if how != "mpirun alone":  # the next job meets the ranks that it has left
                self.kill_ranks(output)
        return alive

    def assert_resumes(self, output, chance):
        store = self.folder / output / "explanations.h5"
        if store.exists():
            self.assert_done(sightline("inspect", store))
        for stage in ("attribute", "compare"):
            self.assert_done(sightline(stage, *self.job(output, *self.options), ranks=chance.choice((0, 1, 2, 3))))
        self.assertEqual(differences(self.folder / "whole/explanations.h5", store), [])
        self.assertEqual(differences(self.folder / "whole/comparison.h5", self.folder / output / "comparison.h5"), [])
        self.assertEqual(tables(self.folder / "whole"), tables(self.folder / output))

    def test_at_any_moment(self):
        durations = {}
        for stage in ("attribute", "compare"):
            self.assert_done(sightline(stage, *self.job("whole", *self.options)))
            start = time.monotonic()
            self.assertEqual(self.start(stage, "whole" if stage == "compare" else "timed", 2).wait(timeout=300), 0)
            durations[stage] = time.monotonic() - start
        chance = random.Random(6)
        struck = Counter()
        for number in range(ROUNDS):
            how = ("one rank", "all", "mpirun", "SIGTERM", "mpirun alone", "SIGUSR1")[number % 6]
            stage = "compare" if (number + number // 6) % 4 == 3 else "attribute"
            output = f"killed{number}"
            if stage == "compare":
                shutil.copytree(self.folder / "whole", self.folder / output)
                shutil.rmtree(self.folder / output / "tables")
            process = self.start(stage, output, chance.choice((1, 2, 3)))
            time.sleep(chance.uniform(0.1, 1.0) * durations[stage])
            alive = self.strike(how, process, output, chance)
            struck[f"{stage}, {how}"] += alive
            with self.subTest(round=number, how=how, stage=stage):
                self.assert_resumes(output, chance)
            shutil.rmtree(self.folder / output)
        print(f"kills: {ROUNDS} rounds, {sum(struck.values())} of them while running: {dict(sorted(struck.items()))}")
        self.assertGreater(sum(struck.values()), ROUNDS // 2)


class StoredMaps:
    """Watches the file of a running job: when each map of a method was stored."""

    def __init__(self, store, method):
        self.store, self.method = store, method
        self.times = []
        self.place = None

    def find(self):
        """-> whether the dataset of status words is there; nothing is written to it before the job's work begins"""
        with contextlib.suppress(OSError, KeyError), h5py.File(self.store, "r", locking=False) as file:
            status = file[f"models/ResNet18/{self.method}/status"]
            self.place = status.id.get_offset(), status.nbytes
        return self.place is not None

    def watch(self, process, seconds):
        """Until the process ends or so many seconds after the first map."""
        while process.poll() is None and (not self.times or time.monotonic() < self.times[0] + seconds):
            if self.place or self.find():
                with open(self.store, "rb") as file:
                    stored = sum(word != 0 for word in memoryview(os.pread(file.fileno(), self.place[1], self.place[0])).cast("I"))
                self.times += [time.monotonic()] * (stored - len(self.times))
            time.sleep(0.005)


class KilledMaps(RunTest):
    """A kill loses the map that each rank was at work on, and no other."""

    images = 40
    longest = {}  # ranks -> seconds between two maps of a rank of an undisturbed job

    def start(self, output, ranks):
        words = ("attribute", *self.job(output, "--methods", "kernelshap", "--kernelshap.samples", 100, models="resnet18d"))
        return subprocess.Popen(command(ranks, *words), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def run_until(self, output, ranks, seconds):
        """Kills all ranks so many seconds after the first map. -> times of the maps from the first one on, time of the kill"""
        process = self.start(output, ranks)
        maps = StoredMaps(self.folder / output / "explanations.h5", "kernelshap")
        maps.watch(process, seconds)
        end = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.kill_ranks(output)
        shutil.rmtree(self.folder / output)
        return maps.times, end

    def test_at_any_moment(self):
        chance = random.Random(21)
        lost = Counter()
        for number in range(max(2, ROUNDS // 8)):
            ranks = 1 + number % 2
            if ranks not in self.longest:
                times, _ = self.run_until("whole", ranks, 8)
                self.longest[ranks] = max(b - a for a, b in zip(times, times[ranks:]))
            times, end = self.run_until(f"killed{number}", ranks, chance.uniform(3, 8))
            # A rank that had more than one map at work stored nothing for the time of two.
            behind = [time for time in times if time > end - 2.5 * self.longest[ranks]]
            with self.subTest(round=number, ranks=ranks):
                self.assertGreaterEqual(len(behind), ranks)
            lost[f"{(end - times[-1]) / self.longest[ranks]:.1f}"] += 1
        print(f"kills: {sum(lost.values())} kills while maps were made; since the last map, in maps of a rank: {dict(sorted(lost.items()))}")


if __name__ == "__main__":
    unittest.main()
