"""Runs the program for tests: small jobs on synthetic weights, on any number of ranks."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import h5py
import numpy as np

TESTS = Path(__file__).resolve().parent.parent
PROGRAM = Path(os.environ.get("SIGHTLINE_PROGRAM", TESTS.parent / "build/release/sightline"))
LAUNCHER = os.environ.get("SIGHTLINE_LAUNCHER", "mpirun --oversubscribe").split()  # mpirun.mpich for a build with MPICH
FIXTURES = TESTS / "fixtures/images"
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1")


def command(ranks, *words):
    launcher = [*LAUNCHER, "-n", str(ranks)] if ranks else []
    return [*launcher, str(PROGRAM), *map(str, words)]


def sightline(*words, ranks=0, timeout=300):
    """-> CompletedProcess; ranks = 0 runs without a launcher."""
    return subprocess.run(command(ranks, *words), capture_output=True, text=True, timeout=timeout, env=ENVIRONMENT, check=False)


class RunTest(unittest.TestCase):
    """A temporary folder with `images` pictures in it, and helpers."""

    images = 11
    prepared = None  # the folder of which each test of the class gets a copy

    def setUp(self):
        if type(self).prepared is None:
            folder = Path(tempfile.mkdtemp(prefix="sightline-class-"))
            self.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
            self.enter(folder)
            self.fill_photos()
            self.prepare()
            type(self).prepared = folder
        folder = Path(tempfile.mkdtemp(prefix="sightline-test-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        shutil.copytree(self.prepared, folder, symlinks=True, dirs_exist_ok=True)
        self.enter(folder)

    def enter(self, folder):
        """Makes this the folder in which helpers work."""
        self.folder = folder
        self.photos = folder / "photos"

    def fill_photos(self):
        self.photos.mkdir()
        sources = sorted(path for path in FIXTURES.iterdir() if path.suffix in (".jpg", ".png"))
        for i in range(self.images):
            source = sources[i % len(sources)]
            shutil.copy(source, self.photos / f"{i:03}{source.suffix}")

    def prepare(self):
        """What every test of the class begins with, such as a finished run. It is made once, and each test gets a copy."""

    def split_into_classes(self):
        """The photos in two folders, by turns."""
        for i, photo in enumerate(sorted(self.photos.iterdir())):
            folder = self.photos / ("cat" if i % 2 else "dog")
            folder.mkdir(exist_ok=True)
            photo.rename(folder / photo.name)

    def job(self, output, *extra, models="tf_efficientnet_lite0,ResNet18"):
        return ["--models", models, "--weights", "synthetic:1", "--images", self.photos, "--output", self.folder / output,
                "--chunk", "3", "--batch", "2", *extra]

    def attribute(self, output, *extra, ranks=0, **options):
        return sightline("attribute", *self.job(output, *extra, **options), ranks=ranks)

    def ranks_of(self, output):
        """Process numbers of the ranks that write to this output."""
        found = subprocess.run(["pgrep", "-f", f"^[^ ]*sightline .*--output {self.folder / output}( |$)"], capture_output=True, text=True, check=False).stdout
        return [int(number) for number in found.split()]

    def kill_ranks(self, output):
        """Ends the ranks that outlive their mpirun (each is in a process group of its own), and waits until their folder is free."""
        until = time.monotonic() + 60
        while ranks := self.ranks_of(output):
            for rank in ranks:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rank, signal.SIGKILL)
            self.assertLess(time.monotonic(), until, f"ranks {ranks} do not end")
            time.sleep(0.01)

    def assert_done(self, process):
        self.assertEqual(process.returncode, 0, process.stderr)

    def assert_refused(self, process, code, *texts):
        """Ends with this exit code and exactly one error, which holds the texts."""
        self.assertEqual(process.returncode, code, process.stderr)
        errors = [line for line in process.stderr.splitlines() if "error: " in line]
        self.assertEqual(len(errors), 1, process.stderr)
        for text in texts:
            self.assertIn(text, process.stderr)


def datasets(path):
    """Every dataset of an HDF5 file, by path."""
    found = {}
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, item: found.__setitem__(name, item[()]) if isinstance(item, h5py.Dataset) else None)
    return found


def differences(path_a, path_b):
    """Names of datasets that are not the same bits."""
    a, b = datasets(path_a), datasets(path_b)
    same = {name for name in a.keys() & b.keys() if a[name].shape == b[name].shape and a[name].tobytes() == b[name].tobytes()}
    texts = {name for name in a.keys() & b.keys() if a[name].dtype == object and np.array_equal(a[name], b[name])}
    return sorted((a.keys() | b.keys()) - same - texts)


def tables(folder):
    """name -> text of every CSV below tables/."""
    return {path.name: path.read_text() for path in sorted((Path(folder) / "tables").glob("*.csv"))}
