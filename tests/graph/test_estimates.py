"""What every job of a finished study took, against what was estimated for it before it ran."""

from pathlib import Path
from statistics import median

import pytest

from bench.estimates_against_ledger import Used, jobs_of, table
from gradus.estimates.resources import LEAST_MINUTES
from graph.project import RESULTS


@pytest.fixture(scope="module")
def jobs(finished: Path) -> list[Used]:
    found = list(jobs_of(finished / RESULTS))
    print(table(found))
    return found


def test_no_job_held_more_memory_than_was_estimated(jobs: list[Used]) -> None:
    assert len(jobs) > 50
    assert {job.name: job.memory_factor for job in jobs if job.memory_factor < 1} == {}


def test_memory_is_not_estimated_far_above_what_was_held(jobs: list[Used]) -> None:
    """On the shrunk study, whose trainings are too short to fill what longer ones come to hold."""
    factors = [job.memory_factor for job in jobs if job.memory_mb > 500]
    assert len(factors) >= 8  # pretraining and RL
    assert median(factors) < 3
    assert max(factors) < 4


def test_no_job_took_more_minutes_than_were_estimated(jobs: list[Used]) -> None:
    assert {job.name: job.time_factor for job in jobs if job.time_factor < 1} == {}


def test_minutes_are_not_estimated_far_above_what_was_taken(jobs: list[Used]) -> None:
    """Beyond the least that is asked for, which is more than any job of this study takes."""
    assert max(job.seconds for job in jobs) < 60 * LEAST_MINUTES
    assert {job.name for job in jobs if job.estimate.runtime_minutes > 2 * LEAST_MINUTES} == set()
