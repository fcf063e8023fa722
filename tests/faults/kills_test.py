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


if __name__ == "__main__":
    unittest.main()
