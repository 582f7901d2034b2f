"""What each sample's vote counts, by name: the weights of `votes.weights` in a study.

A weight is worked out from the sample alone, and no weight can read the known answer: it would choose the right answer
wherever one was drawn, so that maj@k would be pass@k, and a vote is of use only where the answer is not known. So
neither a `Sample` nor what is made of it here holds the known answer or a verdict, and the parts of a reward that judge
the answer are refused by name.
"""

from collections.abc import Sequence

from gradus.grading.verdict import Verdict
from gradus.provenance.errors import GradusError
from gradus.rewards.completion import GradedCompletion
from gradus.rewards.compose import Composition, part_named, part_values, weighted_sum
from gradus.sampling.samples import Sample


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
        if not part_named(name).blind:
            raise GradusError(f"votes.rewards: {name} judges the answer, which a vote does not know; remove it")
    completion = GradedCompletion(
        text=sample.text,
        token_ids=range(sample.tokens),  # how many there are; which ones, samples do not tell
        finish_reason="length" if sample.finish_reason == "length" else "stop",
        max_tokens=max_tokens,
        reference="",
        verdict=Verdict(answer, None, "extraction", "not_asked"),
        seed=sample.seed,
    )
    return max(0.0, 1.0 + weighted_sum(part_values(completion, rewards), rewards))


def vote_weights(
    names: Sequence[str],
    samples: Sequence[Sample],
    answers: Sequence[str | None],
    rewards: Composition,
    max_tokens: int,
) -> dict[str, list[float]]:
    """Name (`length`, `inverse_length`, `reward`) -> one weight a sample, at least 0, in the order of the samples."""
    ways = {
        "length": lambda sample, _: length(sample),
        "inverse_length": lambda sample, _: inverse_length(sample),
        "reward": lambda sample, answer: reward(sample, answer, rewards, max_tokens),
    }
    return {
        name: [ways[name](sample, answer) for sample, answer in zip(samples, answers, strict=True)] for name in names
    }
