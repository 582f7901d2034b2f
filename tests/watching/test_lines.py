"""Lines that say how long is left."""

import logging

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from gradus.watching.lines import TimeLeft
from gradus.watching.state import BuildState
from watching.records import NAMES, Clock, build, event, state


def test_lines_come_after_jobs_and_not_more_often_than_every_half_minute() -> None:
    clock, said = Clock(), list[str]()
    handler = TimeLeft(state(clock), said.append, clock)
    handler.emit(event(LogEvent.JOB_STARTED, jobs=[0, 99]))
    clock.now = 29
    handler.emit(event(LogEvent.PROGRESS, done=0, total=4))
    assert said == []
    clock.now = 100
    handler.emit(event(LogEvent.JOB_FINISHED, job_id=0))
    handler.emit(event(LogEvent.JOB_FINISHED, job_id=99))
    handler.emit(event(LogEvent.PROGRESS, done=1, total=4))
    handler.emit(event(LogEvent.JOB_STARTED, jobs=[1]))
    clock.now = 125
    handler.emit(event(LogEvent.PROGRESS, done=1, total=4))
    assert said == ["time left: about 5 min"]
    clock.now = 160
    handler.emit(event(LogEvent.PROGRESS, done=1, total=4))
    assert said[1:] == ["time left: about 4 min"]
    clock.now = 400
    handler.emit(event(LogEvent.PROGRESS, done=4, total=4))
    assert len(said) == 2


def test_a_mistake_in_it_ends_no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    clock = Clock()
    handler = TimeLeft(BuildState("made", build(), lambda job: NAMES[job], clock), [].append, clock)
    handler.emit(event(LogEvent.JOB_STARTED, jobs=[99]))
