"""What each sample's vote counts, by name: the weights of `votes.weights` in a study.

A weight is worked out from the sample alone, or is what a verifier that was trained on other problems says of it (Cobbe
et al. 2021, arXiv:2110.14168; a vote that is weighed by it: Li et al. 2022, arXiv:2206.02336), and no weight can read
the known answer: it would choose the right answer wherever one was drawn, so that maj@k would be pass@k, and a vote is
of use only where the answer is not known. So neither a `Sample` nor what is made of it here holds the known answer or a
verdict, and the parts of a reward that judge the answer are refused by name.
"""

from collections.abc import Callable, Sequence

from gradus.grading.verdict import Verdict
from gradus.provenance.errors import GradusError
from gradus.rewards.completion import GradedCompletion
from gradus.rewards.compose import Composition, part_values, weighted_sum
from gradus.sampling.samples import Sample
from gradus.study.settings.reward_part import load_part

VERIFIER_BEST = "verifier_best"
"""The name of the weighting by which the one sample with the largest weight decides, and no sum is made."""


def length(sample: Sample) -> float:
    """Longer reasoning counts more: Y. Fu et al., "Complexity-based prompting", arXiv:2210.00720 (2022)."""
    return float(max(1, sample.tokens))


def inverse_length(sample: Sample) -> float:
    """Shorter reasoning counts more: M. Hassid et al., "Don't overthink it", arXiv:2505.17813 (2025)."""
    return 1.0 / max(1, sample.tokens)


def reward(sample: Sample, answer: str | None, rewards: Composition, max_tokens: int) -> float:
    """1 and the weighted parts of a reward, at least 0: with parts of 0 it is the plain vote.

    answer: as extracted from the sample, for parts that ask whether there is one. Raises GradusError for a part that
    judges the answer.
    """
    for name in rewards:
        if not load_part(name).blind:
            raise GradusError(f"votes.rewards: {name} judges the answer, which a vote does not know; remove it")
    completion = GradedCompletion(
        text=sample.text,
        token_ids=range(sample.tokens),  # how many there are; which ones, samples do not tell
        finish_reason="length" if sample.finish_reason == "length" else "stop",
        max_tokens=max_tokens,
        reference="",
        verdict=Verdict(answer, None, "extraction", "not_asked"),
        seed=sample.seed,
        messages=sample.turns,
        domain_tokens=sample.domain_tokens,
    )
    return max(0.0, 1.0 + weighted_sum(part_values(completion, rewards), rewards))


def vote_weights(
    names: Sequence[str],
    samples: Sequence[Sample],
    answers: Sequence[str | None],
    rewards: Composition,
    max_tokens: int,
    scores: Sequence[float] = (),
) -> dict[str, list[float]]:
    """Name of a weighting -> one weight a sample, at least 0, in the order of the samples.

    scores: a verifier's, of each sample, where `names` has one of its weightings.
    """
    ways: dict[str, Callable[[], list[float]]] = {
        "length": lambda: [length(sample) for sample in samples],
        "inverse_length": lambda: [inverse_length(sample) for sample in samples],
        "reward": lambda: [reward(s, a, rewards, max_tokens) for s, a in zip(samples, answers, strict=True)],
        "verifier": lambda: list(scores),
        VERIFIER_BEST: lambda: list(scores),
    }
    return {name: ways[name]() for name in names}
