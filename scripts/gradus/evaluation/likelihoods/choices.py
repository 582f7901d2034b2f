"""From the likelihoods of options to verdicts: which option is a model's answer, by each metric."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gradus.evaluation.judging import clusters_of
from gradus.evaluation.likelihoods.options import OptionLikelihood
from gradus.evaluation.parts import parts_of
from gradus.evaluation.verdicts import Verdicts
from gradus.grading.choices import letter_at
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.study.settings.evaluation import Metric, PartColumn

METRICS: dict[Metric, Callable[[OptionLikelihood], float]] = {
    "acc": lambda option: option.logprob,
    "acc_norm_tokens": lambda option: option.logprob / option.tokens,
    "acc_norm_chars": lambda option: option.logprob / option.characters,
    "acc_norm_bytes": lambda option: option.logprob / option.bytes,
}
"""By what options are compared. lm-evaluation-harness calls the third `acc_norm` and the fourth `acc_bytes`; nanoGPT's
evaluation calls the second `acc_norm`."""


def chosen(options: Sequence[OptionLikelihood], metric: Metric) -> int:
    """The place of a model's answer among a problem's options; of equal ones the first."""
    return max(range(len(options)), key=lambda place: METRICS[metric](options[place]))


def choose(
    source: str | Path,
    likelihoods: Mapping[str, Sequence[OptionLikelihood]],
    problems: Sequence[Problem],
    metric: Metric,
    cluster: str | None = None,
    parts: PartColumn | None = None,
) -> Verdicts:
    """One verdict a problem, in their order. cluster, parts: as in `judge`.

    Raises GradusError where the likelihoods are not of these problems.
    """
    for problem in problems:
        if len(likelihoods.get(problem.id, ())) != len(problem.options):
            raise GradusError(f"{source}: not of the options of {problem.id!r}; remove the file and build it again")
    answers = [letter_at(chosen(likelihoods[problem.id], metric)) for problem in problems]
    correct = [answer == problem.answer for answer, problem in zip(answers, problems, strict=True)]
    count = len(problems)
    return Verdicts(
        source=str(source),
        ids=[problem.id for problem in problems],
        samples=[0] * count,
        answers=list(answers),
        correct=list(correct),
        layers=["likelihood"] * count,
        reasons=["equal" if right else "different" for right in correct],
        finish_reasons=["stop"] * count,
        tokens=[0] * count,  # nothing is written
        clusters=clusters_of(source, problems, cluster),
        parts=parts_of(source, problems, parts),
    )


def shares(likelihoods: Mapping[str, Sequence[OptionLikelihood]], problems: Sequence[Problem]) -> dict[Metric, float]:
    """The accuracy by every metric."""
    return {
        metric: sum(letter_at(chosen(likelihoods[p.id], metric)) == p.answer for p in problems) / len(problems)
        for metric in METRICS
    }
