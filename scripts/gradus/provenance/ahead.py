"""Jobs that are done ahead: a process that has loaded a model goes on with what else the build will have it do.

To start Python and load a model takes longer than to sample a small benchmark: seconds here, and over a minute where
vLLM starts on a GPU. The graph stays as it is, a job, a process and a record for each result. But a build notes which
of its jobs load the same, and the process of one of them, once it is done with its own, does others whose turn has not
come. What they make waits beside their states to be resumed from, and their own processes only put it in its place.

A job's process holds the job's spec, and so does another one that does it ahead. It is a matter of one machine: where
jobs run on a cluster, nothing is noted, as a job there has a time limit of its own.
"""

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gradus.provenance.files import write_json
from gradus.provenance.locks import NoLocks, Taken, hold, is_free, release
from gradus.provenance.notes import read_note

PLAN_FILE = ".planned.json"
"""In the folder of results: what the build there has noted. It says nothing once that build has ended."""

MOST_MINUTES = 60
"""Of a job's asked time: longer ones are worth a start of their own, and their process would only wait for the end."""

MOST_SECONDS = 600.0
"""After this time a process begins no other job: what follows from its own result waits for it."""

PATIENCE = 5.0
"""Seconds for which a process waits for the one that does its job, before it does others meanwhile: it has to load."""


@dataclass(frozen=True)
class Planned:
    """A job that this build will run.

    command: its spec and its files by role, as on its command line.
    loads: jobs of one script for which this is the same may be done by one process.
    needs: what it reads that this build makes anew.
    asks: what it asks of the resources that the build limits. minutes: the time that it asks for.
    """

    command: list[str]
    loads: str
    needs: list[str]
    asks: Mapping[str, int]
    minutes: int

    @property
    def spec(self) -> str:
        return self.command[0]

    @property
    def ledger(self) -> Path:
        return Path(self.command[self.command.index("--ledger") + 1])


def note_planned(results: Path, builder: Path, jobs: Sequence[Planned]) -> None:
    """Note the jobs that a build begins to run. `builder` is a file that it holds while it runs."""
    plan = {"host": socket.gethostname(), "builder": str(builder), "begun": time.time_ns()}
    write_json(results / PLAN_FILE, plan | {"jobs": {job.spec: asdict(job) for job in jobs}}, durable=False)


class Companions:
    """One job of a running build, and the others that load what it loads."""

    def __init__(self, own: Planned, others: list[Planned], builder: Path, begun: int) -> None:
        self._own, self._others, self._builder, self._begun = own, others, builder, begun

    @classmethod
    def of(cls, results: Path, spec: str) -> "Companions | None":
        """None where no running build of this machine has noted the job."""
        plan = read_note(results / PLAN_FILE)
        if spec not in plan.get("jobs", {}) or plan["host"] != socket.gethostname():
            return None
        jobs = [Planned(**job) for job in plan["jobs"].values()]
        own = next(job for job in jobs if job.spec == spec)
        others = [job for job in jobs if job.loads == own.loads and job.spec != spec]
        found = cls(own, others, Path(plan["builder"]), plan["begun"])
        return found if found._is_building() else None

    def wait_for_turn(self, do: Callable[[Planned], bool], log: Callable[[str], None]) -> None:
        """Hold the job for as long as the process lives. While another process does it, do others.

        `do` does a job ahead, and says whether to go on with others.
        """
        begin, going_on, told = time.monotonic(), True, False
        while True:
            try:
                hold(Path(self._own.spec))
                return
            except NoLocks:
                return
            except Taken:
                if not told:
                    log("another process of this build is doing this job ahead, having loaded what it needs; waiting")
                    told = True
            if going_on and time.monotonic() - begin > PATIENCE:
                going_on = self._do_one(do)
            else:
                time.sleep(0.1)

    def go_on(self, do: Callable[[Planned], bool]) -> None:
        """Do others, one by one, until none is left that can be done, or the time is up."""
        end = time.monotonic() + MOST_SECONDS
        while time.monotonic() < end and self._do_one(do):
            continue

    def _do_one(self, do: Callable[[Planned], bool]) -> bool:
        """Whether to look for another one."""
        for job in self._ready():
            try:
                held = hold(Path(job.spec))
            except Taken:
                continue
            except (NoLocks, OSError):
                return False
            try:
                # Only now, when no other process can have done it meanwhile.
                if not self._is_done(job):
                    self._others.remove(job)
                    return do(job)
            finally:
                release(held)
        return False

    def _ready(self) -> Iterator[Planned]:
        """What could be done now: it takes no more than the own job was given, and what it reads is made."""
        for job in list(self._others):
            fits = all(asked <= self._own.asks.get(name, 0) for name, asked in job.asks.items())
            ready = fits and job.minutes <= MOST_MINUTES and all(map(self._is_made, job.needs))
            if ready and Path(job.spec).is_file() and self._is_building():
                yield job

    def _is_made(self, path: str) -> bool:
        return _time(Path(path)) > self._begun

    def _is_done(self, job: Planned) -> bool:
        """Whether its own process has ended well."""
        return _time(job.ledger) > self._begun

    def _is_building(self) -> bool:
        return self._builder.is_file() and not is_free(self._builder)


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
