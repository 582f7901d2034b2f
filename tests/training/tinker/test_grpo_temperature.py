"""GRPO on the service with completions drawn at another temperature than 1."""

from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from policy_runs import Training, completion_tokens, untimed
from tiny import verdicts_by_text

from gradus.training.surrogate import Surrogate, token_losses


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


def test_under_overlap_each_batch_is_scored_by_the_policy_that_wrote_it(training: Training) -> None:
    training.fake.tempered = True
    training.run(temperature=0.6, overlap=1, learning_rate=0.1, kl_coef=0.05)
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
    changed = {"dynamic_sampling": True, "max_resamples": 2, "group_size": 2, "temperature": 0.6, "overlap": 1}
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


VOCABULARY, LENGTH = 4, 3
SEQUENCES = list(product(range(VOCABULARY), repeat=LENGTH))
PREFIXES = [prefix for length in range(LENGTH) for prefix in product(range(VOCABULARY), repeat=length)]


def sequence_logprobs(logits: torch.Tensor) -> torch.Tensor:
    """Log-probability [sequences, tokens] of every sequence, by the logits [prefixes, vocabulary]."""
    rows = logits.log_softmax(-1)
    return torch.stack([torch.stack([rows[PREFIXES.index(s[:at]), s[at]] for at in range(LENGTH)]) for s in SEQUENCES])


@pytest.mark.parametrize(("temperature", "cosine"), [(0.6, 0.96), (0.8, 0.99), (1.0, 0.999999), (1.5, 0.97)])
def test_the_gradient_at_one_points_nearly_where_the_tempered_policys_does(temperature: float, cosine: float) -> None:
    """Expected over all sequences, of small random policies: of our loss on tempered completions with old
    log-probabilities at 1, and of the tempered policy's reward, which is what the other backends' losses follow."""
    generator = torch.Generator().manual_seed(1)
    surrogate = Surrogate("ppo", 0.2, 0.2)
    for _ in range(10):
        logits = (1.5 * torch.randn(len(PREFIXES), VOCABULARY, generator=generator)).requires_grad_()
        rewards = (torch.rand(len(SEQUENCES), generator=generator) < 0.4).float()
        chances = sequence_logprobs(logits / temperature).sum(1).exp()
        (wanted,) = torch.autograd.grad((chances * rewards).sum(), logits)
        chances = chances.detach()
        now = sequence_logprobs(logits)
        advantages = rewards - (chances * rewards).sum()
        losses, _ = token_losses(now, now.detach(), advantages[:, None], torch.ones_like(now), surrogate)
        (ours,) = torch.autograd.grad(-(chances[:, None] * losses).sum(), logits)
        assert torch.cosine_similarity(ours.flatten(), wanted.flatten(), dim=0) > cosine
        assert ours.norm() / wanted.norm() == pytest.approx(temperature, rel=0.2)
