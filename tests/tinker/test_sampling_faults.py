"""What can go wrong while a teacher or a benchmark is sampled: nothing is lost, and nothing is paid for twice."""

import re
from collections import Counter

import pytest
from faults import Faults
from jobs import Jobs
from serving import Completion, Server, nobody_listening

from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.sampling.samples import Sample
from gradus.specs.sampling import SampleBenchmarkSpec
from gradus.tinker import preflight
from gradus.tinker.service import Service
from made_clock import MadeClock

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def undisturbed(server: Server, tiny_base, tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """The samples of a run without faults."""
    jobs = Jobs(tmp_path_factory.mktemp("undisturbed"), tiny_base, server.url)
    jobs.sampling().succeed()
    return jobs.samples()


@pytest.fixture
def before(server: Server, undisturbed: list[Sample]) -> Counter[Completion]:
    """What was asked of the server so far."""
    return server.completions()


def asked_since(server: Server, before: Counter[Completion]) -> list[int]:
    """How often each of the test's completions was asked for."""
    return list((server.completions() - before).values())


def test_a_storm_of_refusals_is_sat_out(
    jobs: Jobs, faults: Faults, server: Server, undisturbed: list[Sample], before: Counter[Completion]
) -> None:
    faults.inject("asample", "refuse", times=12, after=4, status=429)
    jobs.sampling().succeed()
    assert faults.happened["refuse asample"] == 12
    assert jobs.samples() == undisturbed
    assert asked_since(server, before) == [1] * len(undisturbed)


def test_a_request_that_fails_once_is_repeated(
    jobs: Jobs, faults: Faults, server: Server, undisturbed: list[Sample], before: Counter[Completion]
) -> None:
    """RateLimited, carried out but answered with an error, and answered with half a reply: asking, and collecting."""
    for place, kind in enumerate(("refuse", "fail", "cut")):
        for call in ("asample", "retrieve_future"):
            faults.inject(call, kind, after=2 + 3 * place)
    jobs.sampling().succeed()
    assert set(faults.happened.values()) == {1}
    assert len(faults.happened) == 6
    assert jobs.samples() == undisturbed
    assert asked_since(server, before) == [1] * len(undisturbed)


def test_a_client_that_is_killed_asks_for_nothing_twice(
    jobs: Jobs, faults: Faults, server: Server, undisturbed: list[Sample], before: Counter[Completion]
) -> None:
    jobs.configure(concurrency=3)
    faults.inject("retrieve_future", "slow", times=1000, seconds=0.3)
    kills = 0
    for finished in (3, 9):
        running = jobs.sampling()
        running.until(lambda wanted=finished: jobs.lines("samples/baseline/test", "finished.jsonl") >= wanted)
        running.kill()
        kills += 1
    faults.faults.clear()
    jobs.sampling().succeed()
    assert kills == 2
    assert jobs.samples() == undisturbed
    assert asked_since(server, before) == [1] * len(undisturbed)
    ledger = jobs.ledger("samples/baseline/test")
    assert ledger["attempts"] == 3
    assert ledger["tokens_out"] == sum(sample.tokens for sample in undisturbed)


def test_a_server_that_is_not_there_is_told_within_ten_seconds(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    with nobody_listening() as address:
        jobs.configure(url=address)
        expected = f"{address}: the Tinker server does not answer"
        assert jobs.sampling().error().startswith(f"error: {expected}")
        # By a clock that stands still but for what is waited on purpose: the rest is a matter of the machine.
        clock = MadeClock()
        begin = clock.now
        monkeypatch.setattr(preflight, "time", clock)
        with pytest.raises(GradusError, match=re.escape(expected)):
            Service.open(Job(str(jobs.results / "specs/samples/baseline/test.json"), {}, SampleBenchmarkSpec))
        assert clock.now - begin < 10


def test_a_spent_ceiling_stops_and_more_dollars_go_on(
    jobs: Jobs, server: Server, undisturbed: list[Sample], before: Counter[Completion]
) -> None:
    jobs.configure(concurrency=4, max_dollars=0.02)
    error = jobs.sampling().error()
    assert "tinker.max_dollars" in error
    paid = asked_since(server, before)
    assert 0 < len(paid) < len(undisturbed)
    jobs.configure(max_dollars=10.0)
    jobs.sampling().succeed()
    assert jobs.samples() == undisturbed
    assert asked_since(server, before) == [1] * len(undisturbed)
