"""What can go wrong while a policy is trained on the service: no step is lost, none is done twice."""

from pathlib import Path

import pytest
from faults import Faults
from jobs import Jobs
from serving import Server

pytestmark = pytest.mark.slow
STEPS = 6


@pytest.fixture
def own_jobs(own_server: Server, tiny_base: Path, tmp_path: Path) -> Jobs:
    """The study's jobs, on a server that the test may kill."""
    return Jobs(tmp_path / "study", tiny_base, own_server.start().url)


def assert_trained_once(jobs: Jobs, server: Server) -> None:
    """The policy that the job leaves is the result of each step, once, and no rollout was asked for twice."""
    assert [row["step"] for row in jobs.metrics()] == list(range(1, STEPS + 1))
    record = jobs.record()
    assert server.steps_of(record["state"]) == server.steps_of(record["sampler"]) == STEPS


def test_a_server_that_is_killed_and_started_again(own_jobs: Jobs, own_server: Server) -> None:
    running = own_jobs.training()
    running.until(lambda: own_server.finished("optim_step") >= 4)
    own_server.kill()
    own_server.start()
    running.succeed()
    assert_trained_once(own_jobs, own_server)
    # It went on from a saved state: the last policy's run began with one.
    assert own_server.began_with(own_jobs.record()["state"]) is not None


def test_a_client_that_is_killed_collects_what_it_had_asked_for(jobs: Jobs, server: Server) -> None:
    before = server.rollouts()
    running = jobs.training()
    running.until(lambda: jobs.lines("models/rl", "rollouts.jsonl") >= 40)
    running.kill()
    jobs.training().succeed()
    assert_trained_once(jobs, server)
    assert set((server.rollouts() - before).values()) == {1}
    assert jobs.ledger("models/rl")["attempts"] == 2


def test_every_call_fails_in_every_way(jobs: Jobs, faults: Faults, server: Server) -> None:
    calls = ("asample", "forward_backward", "optim_step", "save_weights", "save_weights_for_sampler", "retrieve_future")
    for place, call in enumerate(calls):
        faults.inject(call, "refuse", times=2, after=place % 2, status=429)
        faults.inject(call, "fail", after=1)
        faults.inject(call, "cut", after=1 - place % 2)
    before = server.rollouts()
    jobs.training().succeed()
    assert set(faults.happened) >= {f"{kind} {call}" for kind in ("refuse", "fail", "cut") for call in calls[:3]}
    assert_trained_once(jobs, server)
    assert set((server.rollouts() - before).values()) == {1}


def test_a_spent_ceiling_saves_and_more_dollars_go_on(jobs: Jobs, server: Server) -> None:
    jobs.configure(max_dollars=0.1)
    error = jobs.training().error()
    assert "tinker.max_dollars" in error
    assert "are done and saved" in error
    spent = jobs.spent()
    assert 0 < spent <= 0.1
    jobs.configure(max_dollars=10.0)
    jobs.training().succeed()
    assert_trained_once(jobs, server)
    assert jobs.ledger("models/rl")["dollars"] == pytest.approx(jobs.spent())
