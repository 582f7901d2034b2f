"""GRPO on the service with completions drawn at another temperature than 1."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from policy_runs import Training, completion_tokens, untimed
from tiny import verdicts_by_text


@pytest.mark.parametrize("tempered", [False, True])
@pytest.mark.parametrize("temperature", [0.6, 1.5])
def test_at_another_temperature_old_log_probabilities_are_those_at_one(
    training: Training, tempered: bool, temperature: float
) -> None:
    """Whichever the sampler returns: the ratio begins at 1, nothing is clipped, and the KL to the start is 0."""
    training.fake.tempered = tempered
    rows = training.run(temperature=temperature, kl_coef=0.05, clip_low=0.01, clip_high=0.01)
    drawn = [q for _, q in training.fake.asked if q.samples > 1]
    assert {q.temperature for q in drawn} == {temperature}
    for row, of in zip(rows, training.updates(), strict=True):
        real = completion_tokens(of)
        assert torch.allclose(of.inputs("logprobs")[real], of.now()[real], atol=1e-5)
        assert row["clip_share"] == 0
        assert row["entropy"] == pytest.approx(-of.now()[real].mean().item(), rel=1e-4)
    assert rows[0]["kl"] == pytest.approx(0, abs=1e-6)
    assert rows[-1]["kl"] > 1e-5
    own = [session for session, q in training.fake.asked if q.prompt_logprobs and session != "base"]
    # The policy's own after no step is the base model's, under another name.
    assert own == [f"policy-{step}" for step in range(5) for _ in range(12)]
    assert all(q.temperature == 1.0 for _, q in training.fake.asked if q.prompt_logprobs)


def test_what_the_sampler_returns_makes_no_difference_at_another_temperature(
    training: Training, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []
    for tempered in (False, True):
        other = Training(tmp_path / str(tempered), model, monkeypatch)
        other.fake.tempered = tempered
        runs.append((untimed(other.run(temperature=0.6, updates_per_batch=2)), other.fake.clients[0].logits))
    assert runs[0][0] == runs[1][0]
    assert torch.equal(runs[0][1], runs[1][1])


def test_at_temperature_one_nothing_is_asked_twice(training: Training) -> None:
    training.run(temperature=1.0)
    assert not [q for _, q in training.fake.asked if q.prompt_logprobs]


def test_under_look_ahead_each_batch_is_scored_by_the_policy_that_wrote_it(training: Training) -> None:
    training.fake.tempered = True
    training.run(temperature=0.6, look_ahead=True, learning_rate=0.1, kl_coef=0.05)
    scoring = [session for session, q in training.fake.asked if q.prompt_logprobs and session != "base"]
    assert scoring == [f"policy-{lag}" for lag in (0, 0, 1, 2, 3) for _ in range(12)]
    sessions = training.fake.sessions
    for lag, of in zip((0, 0, 1, 2, 3), training.updates(), strict=True):
        real = completion_tokens(of)
        wrote = sessions[f"policy-{lag}"].log_softmax(-1)[of.inputs("target_tokens")]
        assert torch.allclose(of.inputs("logprobs")[real], wrote[real], atol=1e-5)


def test_rounds_of_one_batch_are_scored_by_their_own_policies(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under look-ahead and dynamic sampling a batch has a round of the policy before and rounds of the one now."""
    monkeypatch.setattr("gradus.training.groups.grade_completions", verdicts_by_text)
    training.fake.tempered = True
    changed = {"dynamic_sampling": True, "max_resamples": 2, "group_size": 2, "temperature": 0.6, "look_ahead": True}
    training.run(learning_rate=0.1, **changed)
    sessions = training.fake.sessions
    mixed = 0
    for step, of in enumerate(training.updates()):
        lengths = [len(datum.loss_fn_inputs["target_tokens"].data) for datum in of.data]
        parts = [of.inputs(name).split(lengths) for name in ("target_tokens", "logprobs")]
        lags = set()
        for targets, old in zip(*parts, strict=True):
            real = old != 0
            known = {lag: sessions[f"policy-{lag}"].log_softmax(-1)[targets][real] for lag in (step, max(0, step - 1))}
            fits = [lag for lag, values in known.items() if torch.allclose(values, old[real], atol=1e-5)]
            assert fits
            lags.add(fits[0])
        mixed += len(lags) > 1
    assert mixed > 0


def test_the_scoring_is_paid_for_in_what_a_step_is_expected_to_cost(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first step tells what one costs: a pass over all of it for the reference, and one for the policy."""
    guessed: list[dict[str, int]] = []
    spending = SimpleNamespace(
        expect=lambda *_: None, charge=lambda *_, **__: 0.0, cost=lambda model, **tokens: guessed.append(tokens) or 0.0
    )
    monkeypatch.setattr(training.fake, "spending", spending)
    for kl_coef, temperature, passes in ((0.0, 1.0, 0), (0.05, 1.0, 1), (0.0, 0.6, 1), (0.05, 0.6, 2)):
        guessed.clear()
        training.run(kl_coef=kl_coef, temperature=temperature, steps=1)
        first = guessed[0]
        read = first["prefill"] - passes * first["train"]
        assert first["sample"] == 3 * 4 * 6 * 0.5
        assert first["train"] == first["sample"] + 4 * read
