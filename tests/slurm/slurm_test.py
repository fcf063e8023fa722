#!/usr/bin/env python3
"""The scripts of slurm/ on a real Slurm with two nodes: results equal those of a run without Slurm."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
from mini_cluster import MiniCluster, missing_programs
from sightline_runs import PROGRAM, RunTest, TESTS, differences, sightline, tables

SCRIPTS = TESTS.parent / "slurm"


class Slurm(RunTest):
    images = 24

    @classmethod
    def setUpClass(cls):
        if missing := missing_programs():
            raise unittest.SkipTest(f"SKIPPED: no Slurm here: {', '.join(missing)} not found (setup/setup.sh --tests installs it)")
        if os.geteuid() != 0:
            raise unittest.SkipTest("SKIPPED: two slurmd on one machine need root")
        folder = Path(tempfile.mkdtemp(prefix="sightline-slurm-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)  # munged asks this of every folder above its socket
        cls.cluster = MiniCluster(folder)
        cls.cluster.environment |= {"SIGHTLINE": str(PROGRAM), "SIGHTLINE_HOME": str(TESTS.parent), "OMPI_ALLOW_RUN_AS_ROOT": "1",
                                    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.start()

    def prepare(self):
        self.assert_done(sightline("run", self.job_file("alone")))

    def enter(self, folder):
        super().enter(folder)
        self.alone = folder / "alone"

    def job_file(self, name, *lines):
        job = self.folder / f"{name}.ini"
        job.write_text("\n".join(("models = tf_efficientnet_lite0, resnet18d", "weights = synthetic:1", f"images = {self.photos}", "methods = gradcam, rise",
                                  f"output = {self.folder / name}", "chunk = 3", "batch = 2", "[rise]", "samples = 12", *lines)) + "\n")
        return job

    def assert_same(self, name):
        self.assertEqual(differences(self.alone / "explanations.h5", self.folder / name / "explanations.h5"), [], name)
        self.assertEqual(differences(self.alone / "comparison.h5", self.folder / name / "comparison.h5"), [], name)
        self.assertEqual(tables(self.alone), tables(self.folder / name), name)
        self.assertTrue((self.folder / name / "report.html").exists())

    def sbatch(self, script, job, *options, command=()):
        return self.cluster.run("sbatch", "--parsable", f"--chdir={self.folder}", *options, SCRIPTS / script, *command, job).strip()

    def log(self, pattern):
        return self.cluster.logs() + "\n".join(f"{file.name}:\n{file.read_text()}" for file in self.folder.glob(pattern))

    def submit(self, *words):
        process = subprocess.run([SCRIPTS / "submit.sh", *map(str, words)], env=self.cluster.environment, cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(process.returncode, 0, process.stderr)
        words = process.stdout.replace(";", " ").replace(".", " ").split()
        return [words[i + 1] for i, word in enumerate(words) if word == "job"]

    def test_one_node_and_two_nodes(self):
        for script, options in (("one_node.sbatch", ["--ntasks-per-node=2"]), ("many_nodes.sbatch", ["--nodes=2", "--ntasks-per-node=1"])):
            name = script.split(".")[0]
            job = self.sbatch(script, self.job_file(name), *options)
            self.assertEqual(self.cluster.wait_for(job), {"COMPLETED"}, self.log("*.log"))
            self.assert_same(name)

    def test_another_command(self):
        self.split_into_classes()
        job = self.sbatch("preemptable.sbatch", self.job_file("mosaics", "[mosaics]", "per-class = 1"), "--ntasks-per-node=2", command=["focus"])
        self.assertEqual(self.cluster.wait_for(job), {"COMPLETED"}, self.log("*.log"))
        self.assertIn("focus_summary.csv", tables(self.folder / "mosaics"))

    def test_mpirun_in_an_allocation(self):
        job = self.job_file("mpirun")
        number = self.cluster.run("sbatch", "--parsable", f"--chdir={self.folder}", "--nodes=2", "--ntasks-per-node=1", f"--wrap=mpirun {PROGRAM} run {job}").strip()
        self.assertEqual(self.cluster.wait_for(number), {"COMPLETED"}, self.log("*.out"))
        self.assert_same("mpirun")

    def test_preempted_requeued_finished(self):
        explain, finish = self.submit(self.job_file("preempted"), "--ntasks-per-node=2", f"--chdir={self.folder}")
        self.cluster.wait_until((self.folder / "preempted/explanations.h5").exists, 200, "the job writes")
        for restart in (1, 2, 3):  # each time the node that it ran on is taken away
            self.cluster.wait_until((self.folder / "preempted/sightline.lock").exists, 200, "the job runs")
            node = self.cluster.field(explain, "BatchHost")
            self.cluster.run("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=test")
            self.cluster.run("scancel", "--signal=USR1", "--batch", explain)
            self.cluster.wait_until(lambda: self.cluster.restarts(explain) == restart, 60, "the job is back in the queue")
            self.assertEqual(self.cluster.state(finish), {"PENDING"}, "it depends on the end")
            self.cluster.start_now(explain)
            self.assertNotEqual(self.cluster.field(explain, "BatchHost"), node)
            self.cluster.run("scontrol", "update", f"NodeName={node}", "State=RESUME")
        self.assertEqual(self.cluster.wait_for(explain), {"COMPLETED"}, self.log("*.log"))
        self.assertEqual(self.cluster.wait_for(finish), {"COMPLETED"}, self.log("*.log"))
        self.assertIn("back into the queue", self.log("*.log"))
        self.assert_same("preempted")

    def test_array_and_merge(self):
        explain, finish = self.submit("--array", 3, self.job_file("array"), "--ntasks-per-node=1", f"--chdir={self.folder}")
        self.assertEqual(self.cluster.wait_for(explain), {"COMPLETED"}, self.log("*.log"))
        self.assertEqual(self.cluster.wait_for(finish), {"COMPLETED"}, self.log("*.log"))
        self.assert_same("array")

    def test_a_task_of_an_array_fails_and_is_repaired(self):
        photo = sorted(self.photos.iterdir())[4]  # of the second part
        whole = photo.read_bytes()
        photo.write_bytes(whole[:300])
        job = self.job_file("repaired")
        explain, finish = self.submit("--array", 3, job, "--ntasks-per-node=1", f"--chdir={self.folder}")
        self.assertEqual(self.cluster.wait_for(explain), {"COMPLETED", "FAILED"}, self.log("*.log"))
        self.assertEqual(self.cluster.wait_for(finish), {"CANCELLED"})
        status = sightline("status", self.folder / "repaired").stdout
        self.assertEqual(status.count("'attribute' failed on"), 1, status)
        self.assertIn(photo.name, status)
        photo.write_bytes(whole)
        explain, finish = self.submit("--array", 3, job, "--ntasks-per-node=1", f"--chdir={self.folder}")
        self.assertEqual(self.cluster.wait_for(explain), {"COMPLETED"}, self.log("*.log"))
        self.assertEqual(self.cluster.wait_for(finish), {"COMPLETED"}, self.log("*.log"))
        self.assert_same("repaired")

    def test_cancelled_in_a_folder_with_spaces_and_submitted_again(self):
        elsewhere = self.folder / "another folder"
        elsewhere.mkdir()
        job = self.job_file("with spaces in it")
        submit = lambda: self.cluster.run("sbatch", "--parsable", f"--chdir={elsewhere}", f"--output={elsewhere}/a log %j.txt", "--ntasks-per-node=2",
                                          SCRIPTS / "one_node.sbatch", job).strip()
        number = submit()
        self.cluster.wait_until((self.folder / "with spaces in it/explanations.h5").exists, 200, "the job writes")
        self.cluster.run("scancel", number)
        self.assertEqual(self.cluster.wait_for(number), {"CANCELLED"})
        time.sleep(15)  # the state does not wait for the ranks, which Slurm kills after KillWait, 5 s
        self.assertEqual(self.cluster.wait_for(submit()), {"COMPLETED"}, self.log("another folder/*.txt"))
        self.assert_same("with spaces in it")

    def test_the_time_is_over_without_notice_while_a_rank_hangs(self):
        os.mkfifo(self.folder / "pipe")  # opening it waits for a writer that never comes
        job = self.job_file("late")
        submit = lambda: self.cluster.run("sbatch", "--parsable", f"--chdir={self.folder}", "--time=1", f"--wrap={PROGRAM} run {job}").strip()
        number = submit()
        self.cluster.wait_until((self.folder / "late/explanations.h5").exists, 200, "the job writes")
        photo = sorted(self.photos.iterdir())[-1]
        photo.rename(self.folder / photo.name)
        (self.folder / "pipe").rename(photo)
        self.assertEqual(self.cluster.wait_for(number), {"TIMEOUT"})
        photo.unlink()
        (self.folder / photo.name).rename(photo)
        self.assertEqual(self.cluster.wait_for(submit()), {"COMPLETED"}, self.log("*.log"))
        self.assert_same("late")

    def test_a_rank_that_the_kernel_kills_for_its_memory_ends_the_job(self):
        job = self.job_file("killed")
        number = self.sbatch("one_node.sbatch", job, "--ntasks-per-node=2")
        self.cluster.wait_until((self.folder / "killed/explanations.h5").exists, 200, "the job writes")
        ranks = subprocess.run(["pgrep", "-f", f"^{PROGRAM} run {job}"], capture_output=True, text=True, check=False).stdout.split()
        os.kill(int(ranks[-1]), signal.SIGKILL)  # as the kernel does when a job passes --mem
        self.assertEqual(self.cluster.wait_for(number, 60), {"FAILED"}, self.log("*.log"))
        self.assertEqual(self.cluster.wait_for(self.sbatch("one_node.sbatch", job, "--ntasks-per-node=2")), {"COMPLETED"}, self.log("*.log"))
        self.assert_same("killed")

    def test_a_failed_job_ends_the_chain(self):
        broken = self.folder / "broken.ini"
        broken.write_text(self.job_file("broken").read_text().replace("resnet18d", "resnet81"))
        explain, finish = self.submit(broken, f"--chdir={self.folder}", "--ntasks-per-node=1")
        self.assertEqual(self.cluster.wait_for(explain), {"FAILED"})
        self.assertEqual(self.cluster.wait_for(finish), {"CANCELLED"})


if __name__ == "__main__":
    unittest.main()
