#!/usr/bin/env python3
"""Gradients of all parameters of a model of each family against PyTorch's autograd through timm, number by number. Needs the benchmarks' peers, because timm needs torch
in Python."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import PROGRAM, TESTS

PEERS = TESTS.parent / ".deps/peers"


@unittest.skipUnless((PEERS / ".complete").exists(), "SKIPPED: no PyTorch with timm; tests/benchmarks/run.sh installs them")
class Gradients(unittest.TestCase):
    def test_they_are_autograds_through_timm(self):
        with tempfile.TemporaryDirectory(prefix="sightline-test-") as folder:
            subprocess.run([PEERS / "bin/python", "-W", "ignore", TESTS / "fixtures/make_gradient_fixtures.py", PROGRAM, folder], check=True, stdout=subprocess.DEVNULL)
            tests = subprocess.run([PROGRAM.parent / "tests/sightline_reference_tests", "--gtest_filter=WholeGradients.*"], env=dict(os.environ, SIGHTLINE_GRADIENTS=folder),
                                   capture_output=True, text=True, check=False)
        print(tests.stdout)
        self.assertEqual(tests.returncode, 0, tests.stdout)


if __name__ == "__main__":
    unittest.main()
