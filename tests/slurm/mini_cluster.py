"""A Slurm cluster of two nodes on this machine: munge, slurmctld and two slurmd below one folder, without systemd. Needs root."""

import os
import shutil
import subprocess
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue", "unshare")


def missing_programs():
    return [name for name in PROGRAMS if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None]


class MiniCluster:
    def __init__(self, folder, ports=17900):
        self.folder = Path(folder)
        self.ports = ports
        self.environment = dict(os.environ, SLURM_CONF=str(self.folder / "slurm.conf"), PATH=f"{os.environ['PATH']}:/usr/sbin:/sbin")

    def start(self):
        for name, mode in (("state", 0o755), ("log", 0o755), ("run", 0o755), ("munge", 0o700), *((f"spool.n{i}", 0o755) for i in (1, 2)), *((f"tmp.n{i}", 0o1777) for i in (1, 2))):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(mode)
        self.folder.chmod(0o755)
        key = self.folder / "munge/key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        self.run("munged", f"--key-file={key}", f"--socket={self.folder}/run/munge.socket", f"--pid-file={self.folder}/run/munged.pid",
                 f"--log-file={self.folder}/munge/munged.log", f"--seed-file={self.folder}/munge/seed", "--num-threads=2")
        (self.folder / "slurm.conf").write_text(self.configuration())
        (self.folder / "hosts").write_text(Path("/etc/hosts").read_text() + "127.0.0.1 n1\n127.0.0.1 n2\n")
        self.run("slurmctld", "-f", self.folder / "slurm.conf")
        for i in (1, 2):  # a host name of its own for each node, or Open MPI takes both for one
            self.run("unshare", "--uts", "--mount", "sh", "-c",
                     f"mount --bind {self.folder}/hosts /etc/hosts && hostname n{i} && exec slurmd -f {self.folder}/slurm.conf -N n{i}")
        self.wait_until(lambda: self.run("sinfo", "-h", "-o", "%T").strip() == "idle", 60, "both nodes are idle")

    def stop(self):
        if not (self.folder / "slurmctld.pid").exists():
            return self.stop_daemons()
        subprocess.run(["scancel", "-u", "root"], env=self.environment, check=False)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and subprocess.run(["squeue", "-h"], env=self.environment, capture_output=True, text=True).stdout.strip():
            time.sleep(0.3)
        return self.stop_daemons()

    def stop_daemons(self):
        for name in ("slurmd.n1.pid", "slurmd.n2.pid", "slurmctld.pid", "run/munged.pid"):
            file = self.folder / name
            if file.exists():
                subprocess.run(["kill", file.read_text().strip()], check=False)

    def configuration(self):
        folder, memory = self.folder, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        nodes = "\n".join(f"NodeName=n{i} NodeHostname=n{i} NodeAddr=127.0.0.1 Port={self.ports + i} CPUs=8 RealMemory={memory} State=UNKNOWN" for i in (1, 2))
        return f"""ClusterName=mini
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={self.ports}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/run/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
TmpFS={folder}/tmp.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=pmix
SwitchType=switch/none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
JobRequeue=1
KillWait=5
MinJobAge=3600
SlurmctldTimeout=30
SlurmdTimeout=60
{nodes}
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=INFINITE DefaultTime=5 State=UP
"""

    def run(self, *words):
        process = subprocess.run([str(word) for word in words], env=self.environment, capture_output=True, text=True, check=False)
        if process.returncode:
            raise RuntimeError(f"{words[0]}: {process.stderr}\n{self.logs()}")
        return process.stdout

    def logs(self):
        return "\n".join(f"{file.name}: {file.read_text()[-1500:]}" for file in (self.folder / "log").glob("*.log"))

    def wait_until(self, condition, seconds, what):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s: {what}\n{self.run('squeue')}\n{self.logs()}")
            time.sleep(0.2)

    def state(self, job):
        """PENDING, RUNNING, COMPLETED, FAILED ... of a job; of an array, all of them."""
        lines = self.run("scontrol", "show", "job", "-o", job).splitlines()
        return {line.split("JobState=")[1].split()[0] for line in lines if "JobState=" in line}

    def field(self, job, name):
        """What Slurm says of a job, such as its BatchHost; empty when it says nothing."""
        said = self.run("scontrol", "show", "job", "-o", job).split(f" {name}=")
        return said[1].split()[0] if len(said) > 1 else ""

    def restarts(self, job):
        return int(self.field(job, "Restarts"))

    def start_now(self, job):
        """Starts a job that was requeued, which Slurm delays, and waits until it runs."""
        def runs():
            subprocess.run(["scontrol", "update", f"JobId={job}", "StartTime=now"], env=self.environment, capture_output=True, check=False)
            time.sleep(3)  # a slurmd that has just killed a job refuses to launch it again ("already killed")
            return self.state(job) <= {"RUNNING", "COMPLETED"}
        self.wait_until(runs, 100, f"job {job} runs again")

    def wait_for(self, job, seconds=400):
        """Until the job, or every task of it, has ended; a requeued one is started soon. Returns its states."""
        pause = 3  # seconds: a slurmd that has just killed a job refuses to launch it again ("already killed")
        pending_since = time.monotonic()
        ended = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "BOOT_FAIL"}

        def all_ended():
            nonlocal pending_since
            states = self.state(job)
            if "PENDING" not in states:
                pending_since = time.monotonic()
            elif time.monotonic() > pending_since + pause:
                subprocess.run(["scontrol", "update", f"JobId={job}", "StartTime=now"], env=self.environment, capture_output=True, check=False)
            return states <= ended
        self.wait_until(all_ended, seconds, f"job {job} has ended")
        return self.state(job)
