"""How long is left while a build runs: the estimate, corrected by what its jobs have taken."""

import pytest

from gradus.estimates.build_time import BuildTime, Capacity, JobTime
from gradus.watching.time_left import TRUSTED, Progress, seconds_left
from watching.records import build


def test_before_anything_is_done_the_estimate_counts() -> None:
    assert seconds_left(build(), Progress({}, {})) == 400
    assert seconds_left(build(cores=2), Progress({}, {"a": 40.0})) == 60 + 40 + 100


def test_what_is_left_is_corrected_by_what_was_taken() -> None:
    """Twice as long for 100 s of work: trusted but for 20 s, and the estimate of all jobs once more."""
    overall = (200 + TRUSTED) / (100 + TRUSTED)
    ratio = (200 + TRUSTED * overall) / (100 + TRUSTED)
    assert seconds_left(build(), Progress({"a": 200.0}, {})) == pytest.approx(300 * ratio)
    assert 1.8 < ratio < 2


def test_a_job_that_takes_longer_than_expected_has_a_little_left() -> None:
    assert seconds_left(build(), Progress({}, {"a": 1000.0})) == 300 + 5


def test_what_is_loaded_is_not_loaded_again() -> None:
    jobs = [JobTime(name, "sample_benchmark", 9.6, False, 0.4, 50.0, "model") for name in "ab"]
    found = BuildTime(jobs, {}, Capacity(cores=1))
    assert seconds_left(found, Progress({}, {})) == pytest.approx(70)
    assert seconds_left(found, Progress({}, {"a": 0.0})) == pytest.approx(20)
