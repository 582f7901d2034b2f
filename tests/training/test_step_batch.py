"""What a step learns from and what its averages are over: counts by hand, losses by the papers' formulas."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from tiny import made_group, order_of

from gradus.specs.training import GrpoSpec
from gradus.training.advantages import group_advantages
from gradus.training.algorithm import load_algorithm
from gradus.training.collecting import collect
from gradus.training.groups import Group
from gradus.training.problem_order import fresh_carried
from gradus.training.step_batch import has_signal, step_batch

SETTINGS = GrpoSpec.model_construct(
    algorithm="grpo",
    problems="train",
    steps=1,
    order="shuffled",
    drop_last=False,
    scale_advantages=False,
    batch_size=3,
    group_size=2,
    kl_coef=0.0,
    dynamic_sampling=False,
    max_resamples=2,
    average_over="all_groups",
    rewards={"correct": {"weight": 1.0}},
    seed=0,
)
MIXED, RIGHT, WRONG = (
    made_group([True, False], [3, 4]),
    made_group([True, True], [5, 6]),
    made_group([False, None], [7, 8]),
)
DRAWN = [RIGHT, MIXED, WRONG]


def cut(group: Group, *places: int) -> Group:
    """The group, with its completions at these places cut at the limit."""
    ends = ("length" if place in places else "stop" for place in range(len(group.completions)))
    return replace(
        group, completions=[replace(c, finish_reason=end) for c, end in zip(group.completions, ends, strict=True)]
    )


@pytest.mark.parametrize(
    ("changes", "places", "completions", "tokens"),
    [
        ({}, [1], 6, 33),
        ({"kl_coef": 0.1}, [0, 1, 2], 6, 33),  # the KL of groups without a signal has a gradient
        ({"average_over": "informative_groups"}, [1], 2, 7),
        ({"average_over": "informative_groups", "kl_coef": 0.1}, [1], 2, 7),
    ],
)
def test_groups_without_a_signal_count_but_have_no_gradient_other_than_that_of_the_kl(
    changes: dict[str, Any], places: list[int], completions: int, tokens: int
) -> None:
    batch = step_batch(DRAWN, SETTINGS.model_copy(update=changes))
    assert batch.places == places
    assert batch.groups == [DRAWN[place] for place in places]
    assert (batch.with_signal, batch.completions, batch.tokens) == (1, completions, tokens)


@pytest.mark.parametrize(
    ("size", "kl_coef", "places", "completions", "tokens"),
    [
        (1, 0.0, [1], 2, 7),  # filled: the paper's batch
        (2, 0.0, [1], 4, 18),  # not filled: the first that was dropped counts
        (3, 0.0, [1], 6, 33),
        (2, 0.1, [1], 4, 18),  # and what was dropped has no KL either
    ],
)
def test_a_batch_that_dynamic_sampling_did_not_fill_is_filled_with_what_it_dropped(
    size: int, kl_coef: float, places: list[int], completions: int, tokens: int
) -> None:
    batch = step_batch(
        DRAWN, SETTINGS.model_copy(update={"dynamic_sampling": True, "batch_size": size, "kl_coef": kl_coef})
    )
    assert (batch.places, batch.completions, batch.tokens) == (places, completions, tokens)
    unfilled = SETTINGS.model_copy(
        update={"dynamic_sampling": True, "batch_size": size, "average_over": "informative_groups"}
    )
    assert (step_batch(DRAWN, unfilled).completions, step_batch(DRAWN, unfilled).tokens) == (2, 7)


def test_dynamic_sampling_asks_for_answers_that_differ_and_not_for_rewards() -> None:
    """Right answers of unlike rewards, as an overlong ramp gives, teach length alone: DAPO drops them."""
    by_length = made_group([True, True], rewards=[1.0, 0.4])
    evened_out = made_group([True, False], rewards=[0.5, 0.5])
    unknown = made_group([None, True])
    groups = [by_length, evened_out, unknown, RIGHT, WRONG]
    assert has_signal(groups, by_accuracy=True) == [False, True, True, False, False]
    assert has_signal(groups, by_accuracy=False) == [True, False, True, False, False]


def test_rounds_of_dynamic_sampling_end_when_the_batch_is_full_or_at_their_limit() -> None:
    asked: list[int] = []

    def draw(right: list[list[Group]]) -> Any:
        rounds = iter(right)

        def drawn(indices: list[int], batch: int) -> list[Group]:
            assert batch == len(asked)
            asked.append(len(indices))
            return next(rounds)

        return drawn

    settings = SETTINGS.model_copy(update={"dynamic_sampling": True, "max_resamples": 2})
    batch, row = collect(draw([[WRONG, MIXED, RIGHT], [MIXED, MIXED], [MIXED]]), order_of(settings), fresh_carried())
    assert asked == [3, 2]
    assert (batch.places, batch.completions, batch.tokens) == ([1, 3, 4], 6, 21)
    assert (row["groups"], row["groups_without_signal"], row["tokens"]) == (5, 2, 7 + 11 + 15 + 14)
    asked.clear()
    batch, row = collect(draw([DRAWN, [WRONG, WRONG], [RIGHT, WRONG]]), order_of(settings), fresh_carried())
    assert asked == [3, 2, 2]
    assert (batch.places, batch.completions, batch.tokens) == ([1], 6, 7 + 11 + 15)
    assert (row["groups"], row["groups_without_signal"]) == (7, 6)
    asked.clear()
    collect(draw([DRAWN]), order_of(settings.model_copy(update={"dynamic_sampling": False})), fresh_carried())
    assert asked == [3]


def test_advantages_are_of_the_groups_that_are_learned_from_in_their_order() -> None:
    unlike = made_group([True, False], rewards=[0.0, 3.0])
    batch = step_batch([RIGHT, unlike, MIXED], SETTINGS)
    assert batch.advantages == [[-1.5, 1.5], [0.5, -0.5]]
    scaled = step_batch([RIGHT, unlike, MIXED], SETTINGS.model_copy(update={"scale_advantages": True}))
    # The sample deviations of 0, 3 and of 1, 0 are 3/sqrt(2) and 1/sqrt(2).
    assert scaled.advantages[0] == pytest.approx([-1.5 / (3 * 0.5**0.5 + 1e-4), 1.5 / (3 * 0.5**0.5 + 1e-4)])
    assert scaled.advantages[1] == pytest.approx([0.5 / (0.5**0.5 + 1e-4), -0.5 / (0.5**0.5 + 1e-4)])


def test_an_algorithm_normalises_over_every_group_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not over those alone that go through forward and backward, nor over those that dynamic sampling has too many."""
    seen: list[list[list[float]]] = []

    def noted(rewards: torch.Tensor, scale: bool) -> torch.Tensor:
        seen.append(rewards.tolist())
        return torch.arange(rewards.numel(), dtype=torch.float32).view_as(rewards)

    noting = replace(load_algorithm("grpo"), advantages=noted)
    monkeypatch.setattr("gradus.training.step_batch.load_algorithm", lambda _: noting)
    assert step_batch(DRAWN, SETTINGS).advantages == [[0.0, 1.0]]
    assert seen.pop() == [[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]  # what is learned from, then the others
    filled = SETTINGS.model_copy(update={"dynamic_sampling": True, "batch_size": 2})
    assert step_batch(DRAWN, filled).advantages == [[0.0, 1.0]]
    assert seen.pop() == [[1.0, 0.0], [1.0, 1.0]]
    assert step_batch(DRAWN, SETTINGS.model_copy(update={"kl_coef": 0.1})).advantages == [
        [2.0, 3.0],
        [0.0, 1.0],
        [4.0, 5.0],
    ]


def test_what_was_cut_is_left_out_of_the_groups_and_of_the_tokens_but_not_of_the_completions() -> None:
    masked = SETTINGS.model_copy(update={"mask_truncated": True})
    batch = step_batch([cut(RIGHT, 1), cut(MIXED, 0), WRONG], masked)
    (group,) = batch.groups
    assert group == MIXED.only([1])
    assert (group.rewards, group.parts, batch.advantages) == ([0.0], {"correct": [0.0]}, [[-0.5]])
    assert (batch.places, batch.with_signal) == ([1], 1)
    assert (batch.completions, batch.tokens) == (6, 5 + 4 + 7 + 8)
    # Where a group has nothing left, nothing is learned from it; where no group has, there is no update.
    batch = step_batch([cut(MIXED, 0, 1), MIXED], masked)
    assert (batch.places, batch.groups, batch.completions, batch.tokens) == ([1], [MIXED], 4, 7)
    batch = step_batch([cut(MIXED, 0, 1)], masked)
    assert (batch.places, batch.groups, batch.advantages, batch.completions, batch.tokens) == ([], [], [], 2, 0)
    assert step_batch([cut(MIXED, 0, 1)], SETTINGS).tokens == 7


@pytest.mark.parametrize("scale", [False, True])
def test_equal_rewards_have_advantages_of_exactly_zero(scale: bool) -> None:
    rewards = torch.full((1, 7), 0.3)
    assert (rewards - rewards.mean()).abs().max() > 0  # what rounding leaves
    assert group_advantages(rewards, scale).abs().max() == 0
