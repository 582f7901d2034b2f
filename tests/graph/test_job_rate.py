"""How often Snakemake looks for jobs to start."""

from types import SimpleNamespace

import pytest
from snakemake.settings.types import MaxJobsPerTimespan, SchedulingSettings

from gradus.graph.job_rate import lift_default_rate


def rate_after(given: str | None) -> MaxJobsPerTimespan | None:
    limit = MaxJobsPerTimespan.parse_choice(given) if given else None
    workflow = SimpleNamespace(scheduling_settings=SchedulingSettings(max_jobs_per_timespan=limit))
    lift_default_rate(workflow)
    return workflow.scheduling_settings.max_jobs_per_timespan


@pytest.mark.parametrize("given", ["100/1s", None])
def test_by_default_there_is_no_limit(given: str | None) -> None:
    assert rate_after(given) is None


def test_a_limit_of_the_user_stays() -> None:
    limit = rate_after("10/1m")
    assert limit is not None
    assert (limit.max_jobs, limit.timespan) == (10, 60)


def test_a_build_looks_for_jobs_when_one_has_ended_and_no_more(finished_log: str) -> None:
    ended = finished_log.count("Finished jobid")
    assert ended > 50
    assert finished_log.count("Resources before job selection") <= ended + 1
