"""What a step of group-relative policy optimisation learns from, and how much its averages are over.

In the papers a group without a signal counts: its advantages are zero, but its completions and tokens are in the
denominators (GRPO: Shao et al. 2024, arXiv:2402.03300; Dr. GRPO: arXiv:2503.20783), and so is the gradient of its KL
penalty, where there is one. DAPO (arXiv:2503.14476) replaces such groups, and averages over the batch that it has
filled. Where the rounds of dynamic sampling did not fill it, the paper would draw on; here the batch is filled up with
groups that were dropped, in the order drawn: they count in the denominators and have no gradient, so that what was
found weighs as much as it would in a full batch.

Under mask_truncated nothing is learned from a completion that was cut, though it is in the advantages of its group.
What it leaves in the denominators is as with TRL's `mask_truncated_completions`: it is one of the completions, so that
the others weigh as before, and its tokens are none of the tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from gradus.specs.training import GrpoSpec
from gradus.training.advantages import informative
from gradus.training.algorithm import load_algorithm
from gradus.training.groups import Group
from gradus.training.spans import span

KL_GROUPS = 4
"""Groups on which the KL is measured where it is no part of the loss: enough to see a policy run away."""


@dataclass(frozen=True)
class StepBatch:
    """Groups that go through forward and backward, and the sizes of the whole batch for the averages.

    groups: each with those of its completions that are learned from, of which one has not all under mask_truncated.
    advantages: of each group's completions; computed over the groups that count, since an algorithm may normalise over
        all of them.
    places: of `groups` among all that were drawn. with_signal: how many of the drawn ones have a signal.
    completions, tokens: what `PolicyLoss` divides by, whatever part of the batch goes through it.
    """

    groups: list[Group]
    advantages: list[list[float]]
    places: list[int]
    with_signal: int
    completions: int
    tokens: int


def step_batch(drawn: Sequence[Group], settings: GrpoSpec) -> StepBatch:
    """The batch of a step, of at most batch_size of the groups that were drawn for it.

    average_over: informative_groups leaves the groups without a signal out of everything, their KL included.
    """
    distills = load_algorithm(settings.algorithm).distills  # a teacher has something to say of every completion
    signals = [True] * len(drawn) if distills else has_signal(drawn, settings.dynamic_sampling)
    found = [place for place, signal in enumerate(signals) if signal]
    others = [place for place, signal in enumerate(signals) if not signal]
    if settings.average_over == "informative_groups":
        places = counted = found
    else:
        counted = found + others[: settings.batch_size - len(found)]
        # What dynamic sampling dropped is no part of the batch but for its size.
        places = sorted(counted) if settings.kl_coef and not settings.dynamic_sampling else found
    with span("advantage_computation"):
        advantages = dict(zip(counted, _advantages([drawn[place] for place in counted], settings), strict=True))
    kept = {place: _learned_from(drawn[place], settings) for place in counted}
    places = [place for place in places if kept[place]]
    return StepBatch(
        groups=[_only(drawn[place], kept[place]) for place in places],
        advantages=[[advantages[place][within] for within in kept[place]] for place in places],
        places=places,
        with_signal=len(found),
        completions=sum(len(drawn[place].completions) for place in counted),
        tokens=sum(drawn[place].completions[within].written_count for place in counted for within in kept[place]),
    )


def _learned_from(group: Group, settings: GrpoSpec) -> list[int]:
    """The places of the completions that something is learned from."""
    finished = [c.finish_reason != "length" or not settings.mask_truncated for c in group.completions]
    return [place for place, learned in enumerate(finished) if learned]


def _only(group: Group, kept: list[int]) -> Group:
    return group if len(kept) == len(group.completions) else group.only(kept)


def _advantages(groups: Sequence[Group], settings: GrpoSpec) -> list[list[float]]:
    if not groups:
        return []
    rewards_P_G = torch.tensor([group.rewards for group in groups])
    advantages: list[list[float]] = (
        load_algorithm(settings.algorithm).advantages(rewards_P_G, settings.scale_advantages).tolist()
    )
    return advantages


def has_signal(groups: Sequence[Group], by_accuracy: bool) -> list[bool]:
    """Whether each group can teach: its rewards differ, or, as dynamic sampling has it, some but not all are right.

    DAPO's condition (eq. 11) is on the answers and not on the reward: a group of right answers that differ in length is
    dropped too. A verdict that is unknown is not right.
    """
    if not by_accuracy:
        return informative(torch.tensor([group.rewards for group in groups])).tolist()
    right = [sum(verdict.correct is True for verdict in group.verdicts) for group in groups]
    return [0 < count < len(group.completions) for count, group in zip(right, groups, strict=True)]
