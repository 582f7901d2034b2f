"""A build whose jobs a test runs one by one, as their processes would."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from gradus.provenance import locks
from gradus.provenance.ahead import Planned, note_planned
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job, run
from gradus.provenance.locks import hold, release
from provenance.made_job import SPEC, Epochs

RESULTS = Path("results/x")


BUILDER = RESULTS / ".builder"


def planned(name: str) -> Planned:
    """A job that the build runs: it reads a set of its own and the weights of all."""
    here = f"{RESULTS}/%s/samples/{name}"
    roles = {
        "--log": here % "logs" + ".log",
        "--ledger": here % "ledger" + ".json",
        "--weights": f"{RESULTS}/weights",
        "--problems": f"{RESULTS}/problems/{name}",
        "--gate": f"{RESULTS}/{name}.gate.json",
        "--out": f"{RESULTS}/samples/{name}.parquet",
    }
    command = [here % "specs" + ".json", *(part for pair in roles.items() for part in pair)]
    return Planned(command, "weights", [], {"_cores": 1}, 10)


class Building:
    """A build that plans `jobs` by their names. `done` lists what was built, and by whose process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.jobs = {name: planned(name) for name in ("a", "b", "c")}
        self.done: list[str] = []
        self.elsewhere: list[TextIO] = []
        write_json(RESULTS / "weights", {"w": 1})
        for name, job in self.jobs.items():
            write_json(job.spec, SPEC | {"name": f"samples/{name}"})
            write_json(RESULTS / "problems" / name, {"of": name})
            write_json(RESULTS / f"{name}.gate.json", {"refused": None})
            Path(job.command[2]).parent.mkdir(parents=True, exist_ok=True)
        self.builder = hold(BUILDER)
        self.note()

    def note(self, **changes: Planned) -> None:
        self.jobs |= changes
        note_planned(RESULTS, BUILDER, list(self.jobs.values()))

    def build(self, job: Job[Epochs]) -> None:
        self.done.append(job.name)
        state = job.state_folder(job.path("problems"), job.path("weights"))
        (state / "part").write_text(job.name)
        job.count_tokens(read=3, written=7)
        job.log("sampled")
        job.path("out").parent.mkdir(parents=True, exist_ok=True)
        job.path("out").write_text(f"samples of {job.path('problems').read_text()}")

    def run(self, name: str, build: Callable[[Job[Epochs]], None] | None = None) -> None:
        """As the process of that job does."""
        self._monkeypatch.setattr(sys, "argv", ["sft.py", *self.jobs[name].command])
        try:
            run(build or self.build, Epochs)
        finally:
            for file in [file for file in locks._held if "/specs/" in str(file.name) and file not in self.elsewhere]:
                release(file)  # as the end of the process does

    def hold_elsewhere(self, name: str) -> TextIO:
        """As another process does that makes this job."""
        self.elsewhere.append(hold(Path(self.jobs[name].spec)))
        return self.elsewhere[-1]

    def out(self, name: str) -> Path:
        return RESULTS / "samples" / f"{name}.parquet"

    def ledger(self, name: str) -> dict[str, object]:
        return read_json(self.jobs[name].ledger)
