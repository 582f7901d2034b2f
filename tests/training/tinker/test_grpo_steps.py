"""GRPO on the service over several steps: what is sampled from, what is trained with, what is told of it."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from fake_policy import Pass
from policy_runs import SIZE, Training, asked_problems, completion_tokens
from tiny import problem_at, problems, verdicts_by_text

from gradus.training.groups import Group, rollout_seeds
from gradus.training.tinker.rollouts import GroupSampler, PendingGroups


def test_each_batch_is_written_by_the_policy_of_the_step_before(training: Training) -> None:
    training.run(seed=0)
    assert training.drawn() == [(f"policy-{n // 3}", key) for n, key in enumerate(asked_problems(5))]
    drawn = [q for _, q in training.fake.asked if q.samples > 1]
    # Each completion has a seed of its own; a request is given that of its first.
    assert [q.seed for q in drawn] == [seed for step in range(5) for seed in rollout_seeds(0, step, 12)[::4]]
    assert all((q.samples, q.max_tokens, q.temperature, q.top_p) == (4, 6, 1.0, 1.0) for q in drawn)
    sessions = training.fake.sessions
    policies = [sessions[f"policy-{n}"] for n in range(5)]
    assert torch.equal(policies[0], training.fake.start)
    assert all(not torch.equal(a, b) for a, b in pairwise(policies))
    assert [torch.equal(of.logits, policy) for of, policy in zip(training.updates(), policies, strict=True)] == [
        True
    ] * 5


def test_overlap_asks_the_same_problems_one_policy_earlier(training: Training) -> None:
    rows = training.run(seed=0, overlap=1)
    assert [row["staleness"] for row in rows] == [0, *[1] * (len(rows) - 1)]
    lag = [0, 0, 1, 2, 3]
    assert training.drawn() == [(f"policy-{lag[n // 3]}", key) for n, key in enumerate(asked_problems(5))]
    assert rows[0]["clip_share"] == 0
    # From the second step on the completions are one policy old: the ratio is no longer 1.
    ratios = [(of.now() - of.inputs("logprobs"))[completion_tokens(of)].abs().max() for of in training.updates()]
    assert ratios[0] < 1e-6 < 1e-3 < min(ratios[1:])


@pytest.mark.parametrize("overlap", [0, 1])
def test_dynamic_sampling_skips_no_problem_and_asks_none_twice(
    training: Training, overlap: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds draw on where the one before ended, whether or not the first of a batch was asked for beforehand."""
    monkeypatch.setattr("gradus.training.groups.grade_completions", verdicts_by_text)
    changed = {"dynamic_sampling": True, "max_resamples": 2, "group_size": 2, "seed": 0}
    rows = training.run(overlap=overlap, **changed)
    places = [tuple(map(int, key.split("/")[:2])) for _, key in training.drawn()]
    assert places == sorted(set(places))
    assert {batch for batch, _ in places} == set(range(places[-1][0] + 1))
    names = [problem.id for problem in problems(SIZE)]
    expected = [names[problem_at(place, SIZE, 0)] for place in range(len(places))]
    assert [key.split("/", 2)[2] for _, key in training.drawn()] == expected
    assert len(places) == sum(row["groups"] for row in rows) > 5 * 3


@pytest.mark.parametrize(
    ("schedule", "factors"),
    [
        ("constant", [0.5, 1, 1, 1, 1]),
        ("linear", [0.5, 1, 1, 2 / 3, 1 / 3]),
        ("cosine", [0.5, 1, 1, 0.75, 0.25]),
    ],
)
def test_the_schedule_and_its_warm_up_reach_the_service(
    training: Training, schedule: str, factors: list[float]
) -> None:
    rows = training.run(schedule=schedule, warmup_share=0.4)
    assert [adam.learning_rate for adam in training.fake.adams] == pytest.approx([0.02 * factor for factor in factors])
    assert [row["learning_rate"] for row in rows] == pytest.approx([0.02 * factor for factor in factors], rel=1e-5)


def test_every_update_of_a_batch_has_the_learning_rate_of_its_step(training: Training) -> None:
    training.run(schedule="linear", updates_per_batch=2, betas=[0.8, 0.9], weight_decay=0.03, max_grad_norm=0.5)
    sent = [adam.learning_rate for adam in training.fake.adams]
    assert sent == pytest.approx([0.02 * (1 - step / 5) for step in range(5) for _ in range(2)])
    first = training.fake.adams[0]
    assert (first.beta1, first.beta2, first.weight_decay, first.grad_clip_norm) == (0.8, 0.9, 0.03, 0.5)


def test_what_the_guard_cuts_stays_cut(training: Training) -> None:
    """From the step after the first spike on, and over a kill."""
    guarded_factor = {"kl_coef": 0.01, "kl_guard": {"threshold": 1e-4, "factor": 0.5}, "learning_rate": 0.05}
    rows = training.run(**guarded_factor)
    spikes = [row["kl"] > 1e-4 for row in rows]
    assert spikes == [False, True, True, True, True]
    assert [row["learning_rate"] for row in rows] == pytest.approx([0.05, 0.05, 0.025, 0.0125, 0.00625])
    assert [adam.learning_rate for adam in training.fake.adams] == [row["learning_rate"] for row in rows]
    assert training.log().count("is a spike") == 4


@pytest.mark.parametrize(
    ("loss", "sent"),
    [
        ("ppo", {"clip_low_threshold": 0.9, "clip_high_threshold": 1.3}),
        ("cispo", {"clip_low_threshold": 0.9, "clip_high_threshold": 1.3}),
        ("importance_sampling", None),
    ],
)
def test_the_clip_is_sent_with_its_sides_where_they_belong(
    training: Training, loss: str, sent: dict[str, float] | None
) -> None:
    rows = training.run(loss=loss, clip_low=0.1, clip_high=0.3, updates_per_batch=2, learning_rate=0.3, steps=2)
    for of in training.updates():
        assert of.loss == loss
        assert (of.config is None) == (sent is None)
        assert of.config is None or of.config == pytest.approx(sent)
    clipped = [clip_share(of, 0.1, 0.3) for of in training.updates()[1::2]]
    assert [row["clip_share"] for row in rows] == pytest.approx([0, 0] if sent is None else clipped, abs=1e-5)
    assert sent is None or min(clipped) > 0.05


def test_a_lower_clip_of_one_is_sent_as_none(training: Training) -> None:
    training.run(algorithm="cispo", loss="cispo", clip_low=1.0, clip_high=4.0, steps=1)
    assert [of.config for of in training.updates()] == [{"clip_low_threshold": 0.0, "clip_high_threshold": 5.0}]


@pytest.mark.parametrize("temperature", [1.0, 0.8])
def test_what_was_cut_is_not_sent(training: Training, temperature: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service cuts everything: of each group the first completion is called finished, and in one step none is."""
    groups = GroupSampler.groups

    def ended(self: GroupSampler, asked: PendingGroups) -> list[Group]:
        found = groups(self, asked)
        for group in found if asked.batch != 1 else []:
            group.completions[0] = replace(group.completions[0], finish_reason="stop")
        return found

    monkeypatch.setattr(GroupSampler, "groups", ended)
    rows = training.run(mask_truncated=True, temperature=temperature, steps=3)
    assert [len(of.data) for of in training.updates()] == [3, 3]
    assert [row["truncated"] for row in rows] == [0.75, 1.0, 0.75]
    assert [row["grad_norm"] > 0 for row in rows] == [True, False, True]


def clip_share(of: Pass, low: float, high: float) -> float:
    """Of the sampled tokens, those whose ratio is beyond the side that matters for the sign of their advantage."""
    real = completion_tokens(of)
    ratio, advantages = torch.exp(of.now() - of.inputs("logprobs"))[real], of.inputs("advantages")[real]
    if of.loss == "cispo":
        return float(((ratio < 1 - low) | (ratio > 1 + high)).float().mean())
    beyond = ((advantages > 0) & (ratio > 1 + high)) | ((advantages < 0) & (ratio < 1 - low))
    return float(beyond.float().mean())


@pytest.mark.parametrize("updates", [1, 2])
@pytest.mark.parametrize("overlap", [0, 1])
def test_the_metrics_are_those_of_the_last_update(training: Training, updates: int, overlap: int) -> None:
    """Each from its definition, of what the service was sent and of its weights at that moment."""
    rows = training.run(kl_coef=0.05, updates_per_batch=updates, overlap=overlap, learning_rate=0.1)
    fake, last = training.fake, training.updates()[updates - 1 :: updates]
    reference = fake.start.log_softmax(-1)
    grad_norms = []
    for row, of in zip(rows, last, strict=True):
        real = completion_tokens(of)
        now, old, advantages = of.now()[real], of.inputs("logprobs")[real], of.inputs("advantages")[real]
        ratio = torch.exp(now - old)
        clipped = ratio.clamp(1 - 0.2, 1 + 0.2)
        difference = reference[of.inputs("target_tokens")][real] - now
        assert row["loss"] == pytest.approx(
            -torch.minimum(ratio * advantages, clipped * advantages).sum().item(), rel=1e-4, abs=1e-6
        )
        assert row["kl"] == pytest.approx((difference.exp() - 1 - difference).mean().item(), rel=1e-3, abs=1e-7)
        assert row["entropy"] == pytest.approx(-old.mean().item(), rel=1e-4)
        assert row["clip_share"] == pytest.approx(clip_share(of, 0.2, 0.2), abs=1e-5)
        logits = of.logits.clone().requires_grad_()
        passed = logits.log_softmax(-1)[of.inputs("target_tokens")]
        every = torch.exp(passed - of.inputs("logprobs"))
        torch.minimum(every * of.inputs("advantages"), every.clamp(0.8, 1.2) * of.inputs("advantages")).sum().backward()
        grad_norms.append(logits.grad.norm().item())
        assert row["completion_tokens"] == pytest.approx(real.sum().item() / 12, rel=1e-4)
    assert [row["grad_norm"] for row in rows] == pytest.approx(grad_norms, rel=1e-3)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["kl"] == pytest.approx(0, abs=1e-6) if updates == 1 else rows[0]["kl"] > 0
    assert rows[-1]["kl"] > 1e-4


def test_the_reference_stays_the_start(training: Training) -> None:
    training.run(kl_coef=0.05)
    scoring = [(session, q) for session, q in training.fake.asked if q.prompt_logprobs]
    assert {session for session, _ in scoring} == {"base"}
    assert len(scoring) == 5 * 12
    assert all(q.temperature == 1.0 and q.max_tokens == 1 for _, q in scoring)


def test_the_held_out_reward_is_of_the_policy_at_its_step(training: Training) -> None:
    training.run(checkpoint_every=2, kl_coef=0.05)
    greedy = [(session, q) for session, q in training.fake.asked if q.temperature == 0]
    assert [session for session, _ in greedy] == ["policy-2"] * 2 + ["policy-4"] * 2
    assert [row["step"] for row in training.measured] == [2, 4]
    assert all(q.samples == 1 for _, q in greedy)
