"""GRPO that goes back to a state on the service, with its optimizer or without."""

from itertools import chain, cycle
from pathlib import Path

import pytest
import torch
from policy_runs import SIZE, Training, asked_problems, untimed
from stopping import asked_to_end_at
from tiny import problems

from gradus.provenance.errors import GradusError
from gradus.training.tinker import grpo
from model_folders import model_of


@pytest.mark.parametrize("at", [2, 4, 5])
def test_a_run_that_is_interrupted_ends_as_one_that_is_not(
    training: Training, at: int, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Back at a saved state: rows, learning rates with what the guard left, and the policy itself."""
    changed = {"kl_coef": 0.01, "kl_guard": {"threshold": 1e-4, "factor": 0.5}, "schedule": "linear"}
    straight = training.run(checkpoint_every=1, **changed)
    other = Training(tmp_path / "other", model, monkeypatch)
    other.fake.fail = {at}
    interrupted = other.run(checkpoint_every=1, **changed)
    assert untimed(interrupted) == [pytest.approx(row, rel=1e-4) for row in untimed(straight)]
    _, resumed, _ = other.fake.clients  # the last is the copy that is looked at
    assert torch.allclose(training.fake.clients[0].logits, resumed.logits, atol=1e-6)
    assert other.log().count("the state was restored with its optimizer") == 1


def test_a_run_that_is_asked_to_end_goes_on_with_the_policy_of_its_last_step(
    training: Training, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = training.run(kl_coef=0.01)
    other = Training(tmp_path / "other", model, monkeypatch)
    job = other.job(kl_coef=0.01)
    with asked_to_end_at(3, of=5, job=job):
        grpo.train(job, model_of(model), problems(SIZE), job.state_folder(), other.root / "out")
    assert "resumes after" not in other.log()
    resumed = other.run(kl_coef=0.01)
    assert untimed(resumed) == [pytest.approx(row, rel=1e-4) for row in untimed(straight)]
    assert "resumes after step 3 of 5" in other.log()


@pytest.mark.parametrize("at", [2, 4, 5])
def test_overlap_goes_on_after_an_interruption_with_the_next_problems(training: Training, at: int) -> None:
    training.fake.fail = {at}
    rows = training.run(checkpoint_every=1, overlap=1, seed=0)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    assert list(dict.fromkeys(key for _, key in training.drawn())) == asked_problems(5)
    again = f"policy-{at - 1}"
    assert (again, asked_problems(5)[3 * (at - 1)]) in training.drawn()  # its batch, by the policy of the state


@pytest.mark.parametrize("overlap", [0, 1])
@pytest.mark.parametrize("at", [2, 3, 4])
def test_a_curriculum_goes_on_after_an_interruption_in_its_part(training: Training, at: int, overlap: int) -> None:
    """Of 8 problems the first 5 are easy. Steps are of 3; of the easy ones the third step has the last two."""
    curriculum = [{"set": "easy", "steps": 1}, {"set": "hard", "steps": 1}, {"set": "easy", "steps": 2}]
    training.fake.fail = {at}
    rows = training.run(
        curriculum=(5, 3), problems=curriculum, steps=4, order="file", checkpoint_every=1, overlap=overlap
    )
    assert [row["step"] for row in rows] == [1, 2, 3, 4]
    names = [problem.id for problem in problems(SIZE)]
    expected = [0, 1, 2, 5, 6, 7, 3, 4, 0, 1, 2, 3]
    drawn = list(dict.fromkeys(key for _, key in training.drawn()))
    assert drawn == [f"{place // 3}/{place % 3}/{names[index]}" for place, index in enumerate(expected)]


@pytest.mark.parametrize("overlap", [0, 1])
def test_a_step_that_may_not_be_paid_for_is_taken_with_its_own_problems_later(training: Training, overlap: int) -> None:
    """The ceiling is reached after a step's rollouts and before its update: the state is that before the step."""
    spending = training.fake.spending
    asked: list[str] = []

    def expect(dollars: float, what: str) -> None:
        asked.append(what)
        if asked.count("step 3 of 5") == 2:  # once before its rollouts, once before its update
            raise GradusError("tinker.max_dollars: spent")

    training.monkeypatch.setattr(spending, "expect", expect)
    with pytest.raises(GradusError, match=r"max_dollars: spent; 2 of 5 steps are done and saved"):
        training.run(overlap=overlap, seed=0)
    training.monkeypatch.setattr(spending, "expect", lambda *_: None)
    rows = training.run(overlap=overlap, seed=0)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    assert list(dict.fromkeys(key for _, key in training.drawn())) == asked_problems(5)


def test_a_state_without_its_optimizer_is_told(training: Training) -> None:
    training.fake.restores = False
    training.fake.fail = {3}
    training.run(checkpoint_every=1)
    assert "gave the weights of the state back without its optimizer (tinker-feedback#127)" in training.log()
    assert "restored with" not in training.log()


def test_nothing_is_looked_at_before_there_are_moments(training: Training, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no group had a signal so far, no step was made, and a state has no moments to come back with."""
    # 12 completions a step, and 2 of held-out problems after it.
    rewards = chain([0.0] * 28, cycle([0.0, 1.0]))
    monkeypatch.setattr("gradus.training.groups.weighted_sum", lambda row, weights: next(rewards))
    training.fake.fail = {1}
    rows = training.run(checkpoint_every=1)
    assert [row["grad_norm"] > 0 for row in rows] == [False, False, True, True, True]
    assert len(training.fake.clients) == 2
    assert "optimizer" not in training.log()


def test_it_is_looked_at_once_however_often_a_run_goes_back(training: Training) -> None:
    training.fake.fail = {2, 5}  # the third is the one that looks
    rows = training.run(checkpoint_every=1)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    assert training.log().count("back to the state") == 2
    assert training.log().count("the state was restored with its optimizer") == 1


def test_a_run_that_was_not_interrupted_looks_at_no_optimizer(training: Training) -> None:
    training.run(checkpoint_every=1)
    assert len(training.fake.clients) == 1
    assert "optimizer" not in training.log()
