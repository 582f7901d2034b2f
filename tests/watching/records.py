"""Records as Snakemake's logger has them, and a clock that is set."""

import logging
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from gradus.estimates.build_time import BuildTime, Capacity, JobTime
from gradus.watching.state import BuildState

NAMES = dict(enumerate("abcd"))


def build(seconds: float = 100.0, cores: int = 1, stage: str = "grpo", dollars: float = 0.0) -> BuildTime:
    jobs = [JobTime(name, stage, seconds, False, dollars=dollars) for name in NAMES.values()]
    return BuildTime(jobs, {"d": "c"}, Capacity(cores=cores))


def event(kind: LogEvent | None, text: str = "", level: int = logging.INFO, **values: Any) -> logging.LogRecord:
    record = logging.LogRecord("snakemake", level, "", 0, text, None, None)
    record.__dict__ |= ({} if kind is None else {"event": kind}) | values
    return record


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def state(clock: Clock, dollars: float = 0.0) -> BuildState:
    return BuildState("made", build(dollars=dollars), NAMES.get, clock)
