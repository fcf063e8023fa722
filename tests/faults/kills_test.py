#!/usr/bin/env python3
"""Small jobs killed at random moments: one rank, all ranks, mpirun, or told to stop; while the store is made, written, or reduced. Each is resumed, by any number of
ranks, and must end with the bits of an undisturbed run."""

import contextlib
import itertools
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
import unittest
from collections import Counter
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import ENVIRONMENT, RunTest, command, differences, sightline, tables

ROUNDS = int(os.environ.get("SIGHTLINE_KILLS", "12"))


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
            stage = ("attribute", "compare")[number // 6 % 2]
            output = f"killed{number}"
            if stage == "compare":
                shutil.copytree(self.folder / "whole", self.folder / output)
                shutil.rmtree(self.folder / output / "tables")
            process = self.start(stage, output, chance.choice((1, 2, 3)))
            time.sleep(chance.uniform(0.1, 1.0) * durations[stage])
            if process.poll() is not None:  # the machine is faster than it was
                durations[stage] *= 0.8
            struck[f"{stage}, {how}"] += self.strike(how, process, output, chance)
            with self.subTest(round=number, how=how, stage=stage):
                self.assert_resumes(output, chance)
            shutil.rmtree(self.folder / output)
        print(f"kills: {ROUNDS} rounds, {sum(struck.values())} of them while running: {dict(sorted(struck.items()))}")
        self.assertGreaterEqual(sum(struck.values()), ROUNDS // 3)


class StoredMaps:
    """Watches the file of a running job: how many maps of a method are stored, and when there were more of them."""

    def __init__(self, store, method):
        self.store, self.method = store, method
        self.place = None
        self.seen = []  # (time, maps stored), one for each look that found more than the last

    def find(self):
        """-> whether the dataset of status words is there; nothing is written to it before the job's work begins"""
        with contextlib.suppress(OSError, KeyError), h5py.File(self.store, "r", locking=False) as file:
            status = file[f"models/ResNet18/{self.method}/status"]
            self.place = status.id.get_offset(), status.nbytes
        return self.place is not None

    def stored(self):
        with open(self.store, "rb") as file:
            return sum(word != 0 for word in memoryview(os.pread(file.fileno(), self.place[1], self.place[0])).cast("I"))

    def watch(self, process, maps=None, seconds=None):
        """Until the process ends, so many maps are stored, or so many seconds have passed."""
        end = time.monotonic() + (seconds or 300)
        while process.poll() is None and time.monotonic() < end and not (maps and len(self.seen) > 1 and self.seen[-1][1] >= maps):
            if (self.place or self.find()) and (stored := self.stored()) > (self.seen[-1][1] if self.seen else 0):
                self.seen.append((time.monotonic(), stored))
            time.sleep(0.005)

    def seconds_per_look(self):
        """Mean time from one look that found more maps to the next one."""
        return (self.seen[-1][0] - self.seen[0][0]) / (len(self.seen) - 1)

    def steps(self):
        """How many maps each look found to be new, without the first one, which may have come late."""
        return [after - before for (_, before), (_, after) in itertools.pairwise(self.seen)]


class KilledMaps(RunTest):
    """A kill loses the map that each rank was at work on, and no other: every map is stored as soon as it is made, however slow the machine is."""

    images = 40

    def start(self, output, ranks, *more):
        words = ("attribute", *self.job(output, "--methods", "kernelshap", "--kernelshap.samples", 50, *more, models="resnet18d"))
        return subprocess.Popen(command(ranks, *words), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def kill(self, process, output):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.kill_ranks(output)

    def test_no_map_is_kept_back(self):
        process = self.start("whole", 1, "--limit", 5)
        maps = StoredMaps(self.folder / "whole/explanations.h5", "kernelshap")
        maps.watch(process)
        self.assertEqual(process.wait(), 0)
        self.assertEqual(maps.stored(), 5)
        steps = [*maps.steps(), 5 - maps.seen[-1][1]]
        self.assertLessEqual(max(steps[-2:]), 1, f"the job ended with several maps at once: {maps.seen}")

    def test_at_any_moment(self):
        chance = random.Random(21)
        since_last = []
        for number in range(max(2, ROUNDS // 4)):
            ranks = 1 + number % 2
            output = f"killed{number}"
            process = self.start(output, ranks)
            maps = StoredMaps(self.folder / output / "explanations.h5", "kernelshap")
            maps.watch(process, maps=5 * ranks)
            self.assertIsNone(process.poll(), "the job ended before it could be killed")
            maps.watch(process, seconds=chance.uniform(0.05, 1) * maps.seconds_per_look())
            self.kill(process, output)
            end = time.monotonic()
            with self.subTest(round=number, ranks=ranks, seen=maps.seen):
                self.assertGreaterEqual(maps.stored(), maps.seen[-1][1])
                # A rank that stored several maps at a time would be seen to. Two ranks may end theirs between two looks, but not always.
                self.assertEqual(statistics.median_low(maps.steps()), 1, maps.steps())
            since_last.append(f"{(end - maps.seen[-1][0]) / maps.seconds_per_look():.1f}")
            shutil.rmtree(self.folder / output)
        print(f"kills: {len(since_last)} kills while maps were made; since the last map, in times from one to the next: {', '.join(since_last)}")


if __name__ == "__main__":
    unittest.main()
