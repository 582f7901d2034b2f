"""A SLURM of this machine for tests: a controller, and two nodes of more CPUs than there are and GPUs that are files.

It has to be configured in /etc/slurm, as job steps see no other place, and to be started as root. What it wrote and
started is gone when it stops; a run that was killed leaves files that the next one replaces, and no daemon.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

CONFIGURATION = Path("/etc/slurm/slurm.conf")
DEVICES = CONFIGURATION.with_name("gres.conf")
MARK = "# Written by Gradus' tests, which remove it.\n"
COMMANDS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
NODES = ("n1", "n2")
CPUS, MEMORY_MB, GPUS, MINUTES = 8, 16_000, 2, 60
"""Of a node, and the longest that the partition `cpu` lets a job run."""
SECONDS_TO_START = 300


def reason_to_skip() -> str | None:
    """Why no SLURM of our own can be started here."""
    missing = [command for command in COMMANDS if shutil.which(command) is None]
    if missing:
        return f"SLURM is not installed ({', '.join(missing)}): apt-get install slurm-wlm"
    if os.geteuid() != 0:
        return "SLURM's daemons have to be started as root"
    if CONFIGURATION.is_file() and not CONFIGURATION.read_text(encoding="utf-8").startswith(MARK):
        return f"this machine belongs to a SLURM: {CONFIGURATION}"
    return None


class TwoNodes:
    """The daemons with their state in `folder`; `gpus` are the device files that jobs get."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gradus-slurm-"))
        self._lock = open(Path(tempfile.gettempdir(), "gradus-slurm.lock"), "w")  # noqa: SIM115 held until the end
        self._daemons: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Return once the nodes take jobs; waits for another that was started so. Raises RuntimeError with what the
        daemons logged."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        for name in ("state", "log", "run", *(f"spool/{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        for number in range(GPUS):
            os.mknod(self.folder / f"gpu{number}", 0o20666, os.makedev(1, 3))
        CONFIGURATION.write_text(MARK + self._configuration(), encoding="utf-8")
        DEVICES.write_text(f"{MARK}Name=gpu File={self.folder}/gpu[0-{GPUS - 1}]\n", encoding="utf-8")
        if not _answers(["munge", "-n"]):
            Path("/run/munge").mkdir(mode=0o755, exist_ok=True)
            shutil.chown("/run/munge", "munge", "munge")
            self._run(["runuser", "-u", "munge", "--", "munged", "--foreground"])
            self._expect(lambda: _answers(["munge", "-n"]))
        self._run(["slurmctld", "-D", "-c"])
        for node in NODES:
            self._run(["slurmd", "-D", "-N", node])
        self._expect(lambda: set(slurm("sinfo", "--noheader", "--format=%T", check=False).split()) == {"idle"})

    def stop(self) -> None:
        slurm("scancel", "--full", "--signal=KILL", "--user=root", check=False)
        for daemon in reversed(self._daemons):
            daemon.terminate()
        for daemon in self._daemons:
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
        for file in (CONFIGURATION, DEVICES):
            file.unlink(missing_ok=True)
        shutil.rmtree(self.folder)
        self._lock.close()

    def _configuration(self) -> str:
        host, folder = socket.gethostname().split(".")[0], self.folder
        settings = {
            "ClusterName": "gradus",
            "SlurmctldHost": f"{host}(127.0.0.1)",
            "SlurmUser": "root",
            "StateSaveLocation": f"{folder}/state",
            "SlurmdSpoolDir": f"{folder}/spool/%n",
            "SlurmctldPidFile": f"{folder}/run/slurmctld.pid",
            "SlurmdPidFile": f"{folder}/run/slurmd.%n.pid",
            "SlurmctldLogFile": f"{folder}/log/slurmctld.log",
            "SlurmdLogFile": f"{folder}/log/slurmd.%n.log",
            # Neither control groups nor a bound to what the machine really has.
            "ProctrackType": "proctrack/linuxproc",
            "TaskPlugin": "task/none",
            "SlurmdParameters": "config_overrides",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_CPU_Memory",
            "SchedulerParameters": "sched_interval=1,sched_min_interval=0,batch_sched_delay=0",
            "GresTypes": "gpu",
            "MpiDefault": "none",
            "MailProg": "/bin/true",
            "KillWait": "30",
            "ReturnToService": "2",
        }
        lines = [f"{key}={value}" for key, value in settings.items()]
        lines.append(
            f"NodeName={','.join(NODES)} NodeHostname={host} NodeAddr=127.0.0.1 Port=[17001-{17000 + len(NODES)}] "
            f"CPUs={CPUS} RealMemory={MEMORY_MB} Gres=gpu:{GPUS}"
        )
        lines.append(f"PartitionName=cpu Nodes=ALL Default=YES MaxTime={MINUTES} DefMemPerCPU=500")
        lines.append(f"PartitionName=long Nodes=ALL MaxTime={24 * MINUTES} DefMemPerCPU=500")
        return "\n".join([*lines, ""])

    def _run(self, command: list[str]) -> None:
        log = open(self.folder / "log" / "daemons.log", "ab")  # noqa: SIM115 the daemon's own
        with log:
            self._daemons.append(
                subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, preexec_fn=_end_with_parent)
            )

    def _expect(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS_TO_START
        while not condition():
            if time.monotonic() > end:
                logs = sorted((self.folder / "log").iterdir())
                raise RuntimeError("\n".join(f"{log}:\n{log.read_text(errors='replace')[-2000:]}" for log in logs))
            time.sleep(0.1)


def slurm(*command: str, check: bool = True) -> str:
    """What one of SLURM's commands prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert not check or done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def _answers(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, timeout=600, check=False).returncode == 0


def _end_with_parent() -> None:
    """In the daemon: end with the tests, however they end."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL("libc.so.6").prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
