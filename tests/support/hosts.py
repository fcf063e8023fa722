"""Hosts on one machine, as far as Sightline can tell: each has its own host name, network address and view of one shared folder. The view is a FUSE file system (bindfs)
that remembers as an NFS client does: attributes and names, also that a name is not there, for three seconds, and the pages of a file until it is opened again. Outside
of the hosts the path of the folder shows what is really in it."""

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from sightline_runs import ENVIRONMENT, PROGRAM

CACHE_SECONDS = 3
NUMBERS = itertools.count()
NEEDED = ("bindfs", "ip", "mpirun", "nsenter", "unshare")
# Open MPI starts its daemons on other hosts with this in place of ssh: AGENT HOST COMMAND... As ssh, it does not learn that the other host has vanished.
AGENT = """#!/bin/sh
host=$1
shift
nsenter --target "$(cat {}/$host.pid)" --mount --uts --net sh -c "$*"
status=$?
[ $status -lt 128 ] || exec sleep 600
exit $status
"""


def call(*words):
    subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True)


def why_not():
    """-> why no hosts can be made here, or nothing"""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        return f"{', '.join(missing)}: not installed"
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "needs root and /dev/fuse"
    with tempfile.TemporaryDirectory() as folder:
        try:
            with contextlib.closing(Hosts(Path(folder), ("alpha",))):
                pass
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no network or mount namespaces here: {error} {getattr(error, 'stderr', '')}"
    return None


class Hosts:
    """`shared`: the folder that the hosts share, by the same path on each of them."""

    def __init__(self, shared, names=("alpha", "beta")):
        self.shared, self.names = shared, names
        self.folder = Path(tempfile.mkdtemp(prefix="sightline-hosts-"))
        self.tag = f"sl{os.getpid() % 100000}x{next(NUMBERS)}"  # names of network devices have at most 15 letters
        self.agent = self.folder / "agent"
        self.agent.write_text(AGENT.format(self.folder))
        self.agent.chmod(0o755)
        self.first = {}
        try:
            call("ip", "link", "add", self.tag, "type", "bridge")
            call("ip", "link", "set", self.tag, "up")
            for number, name in enumerate(names, 1):
                self.add(number, name)
        except BaseException:
            self.close()
            raise

    def add(self, number, name):
        view, network, cable = self.folder / name, self.network(name), self.cable(number)
        view.mkdir()
        cache = ",".join(f"{kind}_timeout={CACHE_SECONDS}" for kind in ("attr", "entry", "negative"))
        call("bindfs", "--multithreaded", "-o", f"{cache},auto_cache", self.shared, view)
        call("ip", "netns", "add", network)
        call("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", network)
        call("ip", "link", "set", cable, "master", self.tag, "up")
        call("ip", "-n", network, "addr", "add", f"10.231.77.{number}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            call("ip", "-n", network, "link", "set", device, "up")
        ready = self.folder / f"{name}.pid"
        script = 'hostname "$0" && mount --bind "$1" "$2" && echo $$ > "$3.new" && mv "$3.new" "$3" && exec sleep infinity'
        self.first[name] = subprocess.Popen(["ip", "netns", "exec", network, "unshare", "--mount", "--uts", "sh", "-c", script, name, view, self.shared, ready])
        until = time.monotonic() + 20
        while not ready.exists():
            if self.first[name].poll() is not None or time.monotonic() > until:
                raise OSError(f"host {name} does not start")
            time.sleep(0.01)

    def cable(self, number):
        return f"{self.tag}-{number}"

    def network(self, name):
        return f"{self.tag}-{name}"

    def command(self, hosts, *words):
        """A command of the program as it is started on the first of these hosts, with a rank on each of them; one alone runs without a launcher."""
        launcher = ["mpirun", "--mca", "plm_rsh_agent", str(self.agent), "--host", ",".join(f"{host}:1" for host in hosts), "-n", str(len(hosts))]
        return [*self.enter(hosts[0]), *(launcher if len(hosts) > 1 else []), str(PROGRAM), *map(str, words)]

    def enter(self, name):
        return ["nsenter", "--target", str(self.first[name].pid), "--mount", "--uts", "--net"]

    def run(self, hosts, *words, timeout=300):
        return subprocess.run(self.command(hosts, *words), capture_output=True, text=True, timeout=timeout, env=ENVIRONMENT, check=False)

    def processes(self, name, program=""):
        """Numbers of all processes of a host but its first one, or of those of this program."""
        home = os.readlink(f"/proc/{self.first[name].pid}/ns/net")
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it may just have ended
                command = (folder / "comm").read_text().strip()
                if os.readlink(folder / "ns/net") == home and int(folder.name) != self.first[name].pid and program in ("", command):
                    found.append(int(folder.name))
        return found

    def cut_off(self, name):
        """The host's network falls silent."""
        call("ip", "-n", self.network(name), "link", "set", "eth0", "down")

    def kill_all(self, name):
        while numbers := self.processes(name):
            for number in numbers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            time.sleep(0.01)

    def vanish(self, name):
        """As when the power of a node fails: nobody is told."""
        self.cut_off(name)
        self.kill_all(name)

    def come_back(self, name):
        """After `vanish`."""
        call("ip", "-n", self.network(name), "link", "set", "eth0", "up")

    def close(self):
        for name, first in self.first.items():
            self.kill_all(name)
            first.kill()
            first.wait()
        for number, name in enumerate(self.names, 1):
            subprocess.run(["ip", "link", "delete", self.cable(number)], capture_output=True, check=False)
            subprocess.run(["ip", "netns", "delete", self.network(name)], capture_output=True, check=False)
            subprocess.run(["umount", self.folder / name], capture_output=True, check=False)
        subprocess.run(["ip", "link", "delete", self.tag], capture_output=True, check=False)
        shutil.rmtree(self.folder)
