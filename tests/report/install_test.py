#!/usr/bin/env python3
"""An installed tree works where it was moved to and without the source: the quickstart's job, batch scripts, bill of materials, manual, completion."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sightline_runs import LAUNCHER, PROGRAM, RunTest, TESTS, tables

SOURCE = TESTS.parent.resolve()
BUILD = PROGRAM.parent
COMMANDS = ("run attribute accuracy represent compare cluster report export mosaics focus bias train models methods plan check merge pack status inspect").split()
MODELS = ("EfficientNet_Lite0", "EfficientNet_Lite1", "EfficientNet_Lite2")


def can_trace():
    return shutil.which("strace") is not None and subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


class Installed(RunTest):
    images = 4

    @classmethod
    def setUpClass(cls):
        if not (BUILD / "cmake_install.cmake").exists():
            raise unittest.SkipTest(f"SKIPPED: {BUILD} is no build folder, so there is nothing to install")
        cls.root = Path(tempfile.mkdtemp(prefix="sightline-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        process = subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.root / "first"], capture_output=True, text=True, check=False)
        assert process.returncode == 0, process.stderr
        cls.prefix = cls.root / "moved tree"
        (cls.root / "first").rename(cls.prefix)
        cls.program = cls.prefix / "bin/sightline"
        cls.share = cls.prefix / "share/sightline"

    def setUp(self):
        super().setUp()
        self.work = self.folder / "work"
        self.work.mkdir()

    def run_words(self, *words, **variables):
        """In a folder of its own, with nothing of Sightline in the environment but `variables`."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE")}
        environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", **variables}
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, cwd=self.work, env=environment, check=False)

    def quickstart(self, *before, **variables):
        return self.run_words(*before, self.program, "run", self.share / "jobs/quickstart.ini", "--weights", "synthetic:1", "--images", self.photos, **variables)

    def test_quickstart_job(self):
        process = self.quickstart(*LAUNCHER, "-n", 2, SIGHTLINE_PYTHON=sys.executable)
        self.assert_done(process)
        output = self.work / "runs/quickstart"
        self.assertLessEqual({f"dissimilarity_matrix_gradcam_{metric}.csv" for metric in ("cosine", "rbf")}, set(tables(output)))
        for model in MODELS:
            self.assertIn(model, tables(output)["dissimilarity_matrix_gradcam_cosine.csv"])
        self.assertTrue((output / "figures/heatmap_gradcam_cosine.png").exists())
        self.assertIn("</html>", (output / "report.html").read_text(encoding="utf-8"))

    def test_nothing_of_the_source_is_opened(self):
        self.assertNotIn(bytes(SOURCE), self.program.read_bytes())
        if not can_trace():
            self.skipTest("SKIPPED: no strace here")
        log = self.folder / "opened"
        trace = ("strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=openat,open,execve", "-o", log)
        self.assert_done(self.quickstart(*trace, SIGHTLINE_PYTHON=sys.executable))
        python = Path(sys.prefix).resolve()  # of the tests; in the source, but not Sightline
        opened = [line for line in log.read_text(errors="replace").splitlines() if f'"{SOURCE}/' in line and str(python) not in line and sys.prefix not in line]
        self.assertEqual(opened, [])
        self.assertIn(str(self.share / "analysis/report.py"), log.read_text(errors="replace"))

    def test_missing_packages_are_named(self):
        python = self.folder / "python3"
        python.write_text(f'#!/bin/sh\nexec {Path(sys._base_executable).resolve()} -S "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        process = self.quickstart(PATH=f"{self.folder}:{os.environ['PATH']}")
        self.assert_refused(process, 4, "has no google-crc32c and no h5py and no matplotlib", f"pip install -r {self.share}/requirements.txt")
        self.assertTrue((self.share / "requirements.txt").exists())

    def test_what_is_missing_is_one_sentence(self):
        (self.work / "run").mkdir()
        words = (self.program, "report", "--output", "run")
        self.assert_refused(self.run_words(*words, SIGHTLINE_DATA="/nowhere"), 3, "SIGHTLINE_DATA: /nowhere", "share/sightline")
        weights = (self.program, "run", self.share / "jobs/quickstart.ini", "--images", self.photos)
        self.assert_refused(self.run_words(*weights), 3, f"{self.share}/models/fetch_weights.py")
        alone = self.folder / "alone/bin/sightline"
        alone.parent.mkdir(parents=True)
        shutil.copy(self.program, alone)
        process = self.run_words(alone, *words[1:], LD_LIBRARY_PATH=str(self.prefix / "lib/sightline"))
        self.assert_refused(process, 3, str(self.folder / "alone/share/sightline"), "SIGHTLINE_DATA")

    def test_batch_scripts(self):
        srun = self.folder / "srun"
        srun.write_text('#!/bin/bash\nwhile [[ $1 == --* ]]; do shift; done\nexec "$@"\n', encoding="utf-8")
        srun.chmod(0o755)
        path = f"{self.folder}:{os.environ['PATH']}"
        for script in ("one_node", "many_nodes", "preemptable"):
            process = self.run_words("bash", self.share / f"slurm/{script}.sbatch", "models", "--json", PATH=path, SIGHTLINE_HOME=str(self.share))
            self.assert_done(process)
            self.assertIn("tf_efficientnet_lite0", process.stdout)
        process = self.run_words(self.program, "plan", self.share / "jobs/quickstart.ini", "--weights", "synthetic:1", "--images", self.photos, "--ranks", 8)
        self.assertIn(f"{self.share}/slurm/many_nodes.sbatch", process.stdout)

    def test_bill_of_materials(self):
        bom = json.loads((self.prefix / "share/doc/sightline/sightline.cdx.json").read_text(encoding="utf-8"))
        self.assertEqual((bom["bomFormat"], bom["specVersion"], bom["version"]), ("CycloneDX", "1.6", 1))
        self.assertRegex(bom["serialNumber"], r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertRegex(bom["metadata"]["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        references = [component["bom-ref"] for component in bom["components"]]
        self.assertEqual(len(references), len(set(references)))
        self.assertEqual(bom["dependencies"], [{"ref": "sightline", "dependsOn": references}])
        found = {component["name"]: component for component in [bom["metadata"]["component"], *bom["components"]]}
        for component in bom["components"]:
            self.assertEqual(component["type"], "library")
            self.assertRegex(component["version"], r"^\d+(\.\d+)+$", component)
            self.assertRegex(component["purl"], r"^pkg:(deb/\w+|generic|pypi)/[\w.%-]+@[\w.:~%-]+(\?arch=source&distro=[\w.-]+)?$")
        for name in ("Eigen", "igraph", "ISA-L", "Boost", "OpenSSL", "fmt", "spdlog", "nlohmann_json"):
            self.assertTrue(found[name]["licenses"][0]["expression"], name)
        for line in self.run_words(self.program, "--version").stdout.splitlines()[:-1]:  # what the running program says; last comes the compiler
            name, version = re.fullmatch(r" *(?:MPI +)?(.*?) (?:v|Version:)?\s*([\d.]+)(?: \(.*\))?", line).groups()
            self.assertEqual(found[name.strip()]["version"], version, line)
        if (self.prefix / "lib/sightline").exists():  # LibTorch came along, as the wheel that setup/libtorch.txt names
            self.assertEqual(self.hashes_of(found["LibTorch"]), self.pinned(SOURCE / "setup/libtorch.txt")["torch", found["LibTorch"]["version"]])
        python = {(component["name"], component["version"]): self.hashes_of(component) for component in bom["components"] if component["scope"] == "optional"}
        self.assertEqual(python, self.pinned(self.share / "requirements.txt"))
        self.assertLessEqual({"h5py", "matplotlib", "numpy", "pandas", "pillow"}, {name for name, _ in python})

    def pinned(self, path):
        """(package, version) -> its SHA-256, of a list that pip reads."""
        blocks = re.findall(r"^(\S+)==(\S+) \\\n((?: +--hash=.*\n)+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        return {(package, version): re.findall(r"sha256:(\w{64})", hashes) for package, version, hashes in blocks}

    def hashes_of(self, component):
        return [each["content"] for each in component["externalReferences"][0]["hashes"] if each["alg"] == "SHA-256"]

    def test_manual_page(self):
        page = self.prefix / "share/man/man1/sightline.1"
        if shutil.which("groff") is None or shutil.which("man") is None:
            self.skipTest("SKIPPED: no man and groff here")
        process = self.run_words("groff", "-man", "-ww", "-z", "-Tutf8", "-Kutf8", page)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        process = self.run_words("man", "--warnings", "-l", page, MANWIDTH="200", LC_ALL="C.UTF-8", MAN_KEEP_FORMATTING="")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        text = " ".join(process.stdout.split())
        for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"):
            self.assertIn(f"\n{heading}\n", process.stdout)
        for command in COMMANDS:
            self.assertRegex(process.stdout, rf"\n +{command} ")
        for command in ("run", "attribute", "focus", "bias", "train", "plan", "export"):  # whose options are all there are
            options = [line for line in self.run_words(self.program, command, "--help").stdout.splitlines() if line.startswith("  --")]
            self.assertGreater(len(options), 4)
            for option in options:
                self.assertIn(" ".join(option.split()), text)

    def complete(self, *words):
        script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sightline; printf "%s\\n" "${COMPREPLY[@]}"'
        completion = self.prefix / "share/bash-completion/completions/sightline"
        process = self.run_words("bash", "-c", script, "bash", completion, *words)
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        return process.stdout.split("\n")[:-1]

    def test_bash_completion(self):
        (self.work / "photos").mkdir()
        (self.work / "plan.ini").touch()
        (self.work / "plan.txt").touch()
        for words, expected in {
            ("foc",): ["focus"],
            ("cluster", "--cluster.lin"): ["--cluster.linkage"],
            ("cluster", "--lin"): ["--cluster.linkage"],
            ("cluster", "--part"): [],  # another command's
            ("run", "--device", ""): ["auto", "cpu", "cuda"],
            ("run", "--device", "=", "cu"): ["cuda"],
            ("run", "--methods", "gradcam,occ"): ["gradcam,occlusion"],
            ("run", "--models", "thes"): ["thesis"],
            ("run", "--images", "p"): ["photos", "plan.ini", "plan.txt"],
            ("run", "--output", "p"): ["photos"],
            ("run", "--seed", ""): [""],
            ("run", "p"): ["photos", "plan.ini"],
            ("models", "--j"): ["--json"],
        }.items():
            with self.subTest(" ".join(words)):
                self.assertEqual(sorted(self.complete("sightline", *words)), expected or [""])
        self.assertEqual(self.complete("sightline", ""), [*COMMANDS, "--help", "--version"])


if __name__ == "__main__":
    unittest.main()
