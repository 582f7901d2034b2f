"""Where a build is, by the records of Snakemake's logger and the logs of its jobs."""

import logging
from pathlib import Path

from snakemake_interface_logger_plugins.common import LogEvent

from gradus.provenance.progress_line import ProgressLine
from gradus.watching.state import TAIL, FailedJob, FinishedJob, last_progress
from watching.records import Clock, event, state

LINE = ProgressLine("a", 3, 8, "steps", 0.5, 10.0, {"reward": 0.25})


def test_a_job_goes_from_running_to_finished_or_failed(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(f"begins\n{LINE}\n")
    clock = Clock()
    found = state(clock, dollars=2.0)
    found.note(event(LogEvent.JOB_STARTED, jobs=[0, 1]))
    for number, name in enumerate("ab"):
        found.note(event(LogEvent.JOB_INFO, jobid=number, rule_name="grpo", log=[str(tmp_path / f"{name}.log")]))
    found.note(event(LogEvent.PROGRESS, done=0, total=4))
    clock.now = 30
    shown = found.snapshot()
    assert [(job.name, job.stage, job.seconds, job.line, job.share) for job in shown.running] == [
        ("a", "grpo", 30, LINE, 3 / 8),
        ("b", "grpo", 30, None, 0.3),
    ]
    assert (shown.done, shown.total, shown.seconds_left, shown.dollars_left) == (0, 4, 70 + 70 + 200, 8.0)
    clock.now = 100
    found.note(event(LogEvent.JOB_FINISHED, job_id=0))
    found.note(event(LogEvent.JOB_ERROR, jobid=1, log=["b.log"]))
    found.note(event(LogEvent.PROGRESS, done=1, total=4))
    shown = found.snapshot()
    assert (shown.running, shown.finished, shown.failed) == ([], [FinishedJob("a", 100)], [FailedJob("b", "b.log")])
    assert (shown.dollars, shown.dollars_left) == (8.0, 6.0)


def test_warnings_are_kept_and_other_lines_are_not() -> None:
    found = state(Clock())
    found.note(event(None, "all is well"))
    found.note(event(None, "the disk is nearly full", logging.WARNING))
    assert found.snapshot().warnings == ["the disk is nearly full"]


def test_the_last_line_of_progress_counts(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    assert last_progress(None) is last_progress(log) is None
    earlier = ProgressLine("a", 2, 8, "steps", 0.5, 12.0)
    log.write_text(f"{earlier}\n" + "x" * TAIL + f"\n{LINE}\nsaved\n")
    assert last_progress(log) == LINE
    log.write_text(f"{LINE}\n" + "x" * TAIL)
    assert last_progress(log) is None
