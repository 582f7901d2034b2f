"""Settings of an experiment tried one after another, each in a process of its own: the fastest that fits, and how much
larger it could be."""

import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gradus.profiling import trial
from gradus.profiling.command import Command
from gradus.profiling.grid import Changes, combinations, larger
from gradus.profiling.limits import ended_out_of_memory
from gradus.profiling.outcome import Outcome
from gradus.profiling.training import MeasuredJob
from gradus.provenance.files import read_json
from gradus.provenance.ranks import SCRIPTS
from gradus.study.settings.profiling import Sweep

Try = Callable[[Changes], Outcome]

ROWS = "rows.jsonl"
"""In the folder of a sweep: the rows that are done, from which one that was interrupted goes on."""


@dataclass(frozen=True)
class Row:
    """is_test: of the memory test, whose settings are larger than those that were asked for."""

    changes: Changes
    outcome: Outcome
    is_test: bool = False


def swept(job: MeasuredJob, sweep: Sweep, attempt: Try) -> list[Row]:
    """All combinations, and then the memory test in the fastest of them that fits."""
    grid = combinations(job.settings, sweep)
    with job.progress(len(grid), "rows") as progress:
        rows = []
        for changes in grid:
            rows.append(Row(changes, attempt(changes)))
            progress.update()
    best = fastest(rows)
    if best is None:
        return rows
    tests: list[Row] = []
    for changed in larger(job.settings, best.changes, sweep.doublings):
        for changes in changed:
            job.log("memory test: " + ", ".join(f"{key} {value}" for key, value in changes.items()))
            tests.append(Row(changes, attempt(changes), is_test=True))
            if tests[-1].outcome.ending != "fits":
                break
    return rows + tests


def fastest(rows: Sequence[Row]) -> Row | None:
    """Of those that fit and are no test; None where none does."""
    fitting = [row for row in rows if row.outcome.ending == "fits" and not row.is_test]
    return max(fitting, key=lambda row: row.outcome.tokens_per_second or 0.0, default=None)


class Remembered:
    """Outcomes of an earlier run with the same settings, code, machine and limits, kept as they are made."""

    def __init__(self, path: Path, job: MeasuredJob, sweep: Sweep, attempt: Try) -> None:
        self._path, self._attempt = path, attempt
        limits = (sweep.warmup_steps, sweep.steps, sweep.memory_gb, sweep.minutes)
        self._same = json.dumps([job.settings.model_dump(mode="json"), job.fingerprint, platform.node(), limits])
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        self._known = {row["key"]: row["outcome"] for row in map(_read, lines) if row}

    def __call__(self, changes: Changes) -> Outcome:
        key = hashlib.sha256((self._same + json.dumps(changes, sort_keys=True)).encode()).hexdigest()
        if key in self._known:
            return Outcome(**self._known[key])
        outcome = self._attempt(changes)
        if outcome.ending != "failed":
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "changes": dict(changes), "outcome": asdict(outcome)}) + "\n")
        return outcome


def _read(line: str) -> dict[str, Any] | None:
    """A row; None for a line that a kill has cut."""
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def in_a_process(command: Command, changes: Changes) -> Outcome:
    """Train some steps with these settings changed, and tell how that went, whatever becomes of the process."""
    sweep = command.settings.sweep
    paths = [str(SCRIPTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    with tempfile.TemporaryDirectory() as folder:
        out, said = Path(folder, "outcome.json"), Path(folder, "said")
        line = [sys.executable, "-m", trial.__name__, *command.files(), "--out", str(out)]
        line += ["--changes", json.dumps(dict(changes)), "--parent", str(os.getpid())]
        line += ["--warmup", str(sweep.warmup_steps), "--steps", str(sweep.steps)]
        if sweep.memory_gb is not None:
            line += ["--bytes", str(round(sweep.memory_gb * 1e9))]
        with open(said, "wb") as stream:
            try:
                environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
                code = subprocess.run(
                    line, env=environment, stdout=stream, stderr=stream, check=False, timeout=60 * sweep.minutes
                ).returncode
            except subprocess.TimeoutExpired:
                return Outcome("too slow")
        if out.is_file():
            return Outcome(**read_json(out))
        text = said.read_text(encoding="utf-8", errors="replace")
        if ended_out_of_memory(code, text):
            return Outcome("out of memory")
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        last = f"{(text.strip().splitlines() or [''])[-1][:200]} ({how})"
        return Outcome("failed", why=last)
