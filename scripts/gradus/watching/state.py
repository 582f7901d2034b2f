"""Where a build is, by the records of Snakemake's logger (9.27), which have an `event` as its plugins get them."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from gradus.estimates.build_time import BuildTime
from gradus.provenance.progress_line import ProgressLine
from gradus.watching.time_left import Progress, seconds_left

TAIL = 4096
"""Bytes of a log's end, in which its last line of progress is."""

RECENT = 5
"""Finished jobs that are shown."""


@dataclass(frozen=True)
class RunningJob:
    """line: the last progress that its log has; None before there is any. expected: seconds; None: not known."""

    name: str
    stage: str
    seconds: float
    expected: float | None
    line: ProgressLine | None

    @property
    def share(self) -> float | None:
        """Of it that is done, by its own counts or else by its expected time; None where neither is known."""
        if self.line is not None and self.line.total:
            return min(1.0, self.line.done / self.line.total)
        return None if not self.expected else min(0.99, self.seconds / self.expected)


@dataclass(frozen=True)
class FailedJob:
    """log: where it says why."""

    name: str
    log: str


@dataclass(frozen=True)
class FinishedJob:
    name: str
    seconds: float


@dataclass(frozen=True)
class Snapshot:
    """Of a build at one time. dollars: of a service, expected for the whole build and for what is left of it."""

    study: str
    seconds: float
    done: int
    total: int
    seconds_left: float | None
    dollars: float
    dollars_left: float
    running: list[RunningJob]
    failed: list[FailedJob]
    finished: list[FinishedJob]
    warnings: list[str] = field(default_factory=list)


class BuildState:
    """study: its name. name_of: a job by its number in Snakemake's graph; None: not known."""

    def __init__(
        self, study: str, build: BuildTime, name_of: Callable[[int], str | None], clock: Callable[[], float]
    ) -> None:
        self._study, self._build, self._name_of, self._clock = study, build, name_of, clock
        self._begin = clock()
        self._lock = threading.Lock()
        self._about: dict[str, tuple[str, Path | None]] = {}  # stage and log, which Snakemake tells after the start
        self._began: dict[str, float] = {}
        self._taken: dict[str, float] = {}
        self._failed: dict[str, FailedJob] = {}
        self._warnings: list[str] = []
        self.done, self.total = 0, len(build.jobs)

    def note(self, record: Any) -> None:
        """Take a record of the logger into account."""
        with self._lock:
            self._note(record)

    def _note(self, record: Any) -> None:
        event, now = getattr(record, "event", None), self._clock()
        if event == LogEvent.JOB_INFO:
            if (name := self._name_of(record.jobid)) is not None:
                self._about[name] = record.rule_name, Path(record.log[0]) if record.log else None
        elif event == LogEvent.JOB_STARTED:
            self._began |= {name: now for job in record.jobs if (name := self._name_of(job)) is not None}
        elif event == LogEvent.JOB_FINISHED:
            name = self._name_of(record.job_id)
            if name is not None and (began := self._began.pop(name, None)) is not None:
                self._taken[name] = now - began
        elif event == LogEvent.JOB_ERROR:
            if (name := self._name_of(record.jobid)) is not None:
                self._began.pop(name, None)
                self._failed[name] = FailedJob(name, ", ".join(map(str, record.log)))
        elif event == LogEvent.PROGRESS:
            self.done, self.total = record.done, record.total
        elif record.levelno >= logging.WARNING and event is None:
            self._warnings.append(record.getMessage())

    def seconds_left(self) -> float:
        """Until the build is done."""
        with self._lock:
            return self._seconds_left(self._clock())

    def _seconds_left(self, now: float) -> float:
        running = {name: now - began for name, began in self._began.items()}
        return seconds_left(self._build, Progress(self._taken, running))

    def snapshot(self) -> Snapshot:
        """With the last progress of each running job's log."""
        with self._lock:
            now = self._clock()
            expected = {task.name: task.seconds for task in self._build.tasks}
            running = []
            for name, began in self._began.items():
                stage, log = self._about.get(name, ("", None))
                running.append(RunningJob(name, stage, now - began, expected.get(name), last_progress(log)))
            finished = [FinishedJob(name, seconds) for name, seconds in list(self._taken.items())[-RECENT:]]
            left = [job.dollars for job in self._build.jobs if job.name not in self._taken]
            return Snapshot(
                self._study,
                now - self._begin,
                self.done,
                self.total,
                self._seconds_left(now) if self.done < self.total else 0.0,
                sum(job.dollars for job in self._build.jobs),
                sum(left),
                running,
                list(self._failed.values()),
                finished[::-1],
                list(self._warnings),
            )


def last_progress(log: Path | None) -> ProgressLine | None:
    """The last line of progress near the end of a job's log."""
    if log is None:
        return None
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except OSError:  # not there yet, or on a disk that is away for a moment
        return None
    return next((line for text in reversed(lines) if (line := ProgressLine.read(text)) is not None), None)
