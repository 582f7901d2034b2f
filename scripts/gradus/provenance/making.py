"""How a job's result is made: by its own process, or ahead by that of another job, see `ahead.py`."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from gradus.provenance.ahead import Companions, Planned
from gradus.provenance.errors import GradusError
from gradus.provenance.outside import expect_unchanged
from gradus.provenance.stop_signals import Stopped
from gradus.specs.base import JobSettings

if TYPE_CHECKING:
    from gradus.provenance.job import Job

S = TypeVar("S", bound=JobSettings)


def make_result(
    job: "Job[S]", build: Callable[["Job[S]"], None], open_ahead: Callable[[Sequence[str]], "Job[S]"]
) -> None:
    """Make a job's result and record it, or take it over; then go on with others that load the same.

    Raises Stopped where the process is asked to end, and all that it has done, of whichever job, is saved.
    open_ahead: a job of the same script by its command line, whose files wait for its own process.
    The state is kept until the end: a kill while others are made fails this job too.
    """

    set_out = cache(job.set_out)  # once for all that the process makes

    def make_ahead(planned: Planned) -> bool:
        """Whether to go on with others: what is wrong with one, its own process will say."""
        try:
            other = open_ahead(planned.command)
            if not other.path("ledger").is_file():  # as another process may have made it
                other.expect_current()
                with other.not_counting():
                    set_out()
                other.log(f"made ahead, in the process of {job.name}")
                _make(other, build)
        except Stopped:
            other.keep_time()
            raise
        except Exception as error:  # noqa: BLE001 whatever is wrong with another job is none of this one's
            job.log(f"{planned.spec}: not made ahead ({error})")
            return isinstance(error, GradusError)
        return True

    companions = Companions.of(job.results, job.spec_path)
    if companions is not None:
        with job.not_counting():
            companions.wait_for_turn(make_ahead, job.log)
    if companions is not None and job.take_over():
        job.record()
    else:
        set_out()
        _make(job, build)
        if companions is not None:
            with job.not_counting():
                companions.go_on(make_ahead)
    job.clear()


def _make(job: "Job[S]", build: Callable[["Job[S]"], None]) -> None:
    with job.stop_signal.handled():
        build(job)
    expect_unchanged(job.settings)
    job.record()
