"""maj@k and pass@k of one experiment on one benchmark: what `votes/<experiment>/<benchmark>.json` holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from gradus.evaluation.intervals import wilson_means
from gradus.evaluation.pass_at_k import PassAtK, mean_share, pass_curve, sizes_of
from gradus.evaluation.verdicts import Verdicts
from gradus.evaluation.vote_estimates import Estimate, mean_estimate, plurality, weighted_plurality
from gradus.evaluation.votes import NO_ANSWER
from gradus.evaluation.votes_table import Alone, Votes, VotesAtK, VoteScore
from gradus.provenance.errors import GradusError
from gradus.provenance.seeds import derive_seed


@dataclass(frozen=True)
class QuestionVotes:
    """The samples of one question, in drawing order.

    groups: the number of each sample's group of equivalent answers, -1 without an answer. correct: whether the sample
    was judged correct (unknown is False). weights: name of a weighting -> what each sample's vote counts.
    """

    id: str
    groups: Sequence[int]
    correct: Sequence[bool]
    weights: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def correct_groups(self) -> set[int]:
        """Groups whose first member is correct: that answer represents its group when it wins the vote."""
        first: dict[int, bool] = {}
        for group, correct in zip(self.groups, self.correct):
            first.setdefault(group, correct)
        return {group for group, correct in first.items() if correct and group != NO_ANSWER}


def summarise_votes(
    questions: Sequence[QuestionVotes],
    *,
    experiment: str,
    benchmark: str,
    ks: Sequence[int],
    seed: int = 0,
    greedy: Verdicts | None = None,
    greedy_temperature: float = 0.0,
) -> Votes:
    """Means over questions with intervals over questions (`intervals.wilson_means`).

    ks: subset sizes, each at most the number of samples. greedy: the verdicts on the answers of the ablation table,
    drawn at `greedy_temperature`, of these questions and maybe further ones of the benchmark: `n` counts the questions
    with votes, `benchmark_n` all, and the answers of the others are left out.
    Every maj@k says by what `method` it was found, `exact` or `monte_carlo` (of any question), and the standard
    `error` that the Monte Carlo adds to it, 0 where exact; `seed` decides its draws. `weighted` has one maj@k for
    each weighting of the questions; `passes` has pass@k and its gap at 1, 2, 4, ... and at all k that are asked for.
    Raises GradusError when there are no questions, numbers of samples differ, a k is too large, or greedy lacks a
    question.
    """
    where = f"{experiment} on {benchmark}"
    if not questions:
        raise GradusError(f"votes of {where}: no questions")
    samples = len(questions[0].groups)
    for question in questions:
        if len(question.groups) != samples or len(question.correct) != samples:
            raise GradusError(
                f"votes of {where}: question {question.id} has {len(question.groups)} samples and "
                f"{len(question.correct)} verdicts, the first question {samples}; sample and grade them alike"
            )
    if too_large := [k for k in ks if not 1 <= k <= samples]:
        raise GradusError(f"votes of {where}: k = {too_large[0]} needs 1..{samples} samples; draw more or lower k")
    passes = pass_curve([sum(map(bool, q.correct)) for q in questions], samples, sizes_of(samples, ks))
    by_k = {at["k"]: at for at in passes}
    result: Votes = {
        "experiment": experiment,
        "benchmark": benchmark,
        "n": len(questions),
        "benchmark_n": len(questions),
        "samples": samples,
        "ks": [_at_k(questions, by_k[k], seed) for k in sorted(set(ks))],
        "passes": passes,
    }
    if greedy is not None:
        answered = greedy.by_question()
        if lacking := next((question.id for question in questions if question.id not in answered), None):
            raise GradusError(f"votes of {where}: {greedy.source} has no question {lacking}; score the samples again")
        result["benchmark_n"] = len(answered)
        result["greedy"] = _alone([answered[question.id] for question in questions], greedy_temperature)
    return result


def _alone(marks: Sequence[Sequence[bool]], temperature: float) -> Alone:
    share = mean_share([fmean(own) for own in marks])
    return {"value": share["value"], "ci95": share["ci95"], "samples": len(marks[0]), "temperature": temperature}


def _at_k(questions: Sequence[QuestionVotes], passed: PassAtK, seed: int) -> VotesAtK:
    k = passed["k"]

    def seed_of(index: int) -> int:
        # Weightings share a question's draws, so that their difference is not blurred by other draws.
        return derive_seed(seed, "votes", index)

    plain = [plurality(q.groups, q.correct_groups(), k, seed_of(i)) for i, q in enumerate(questions)]
    weighted: dict[str, list[Estimate]] = {name: [] for name in questions[0].weights}
    for index, question in enumerate(questions):
        for name, estimates in weighted.items():
            weights = question.weights[name]
            estimates.append(weighted_plurality(question.groups, question.correct_groups(), weights, k, seed_of(index)))
    return {
        "k": k,
        "maj": _score(plain),
        "pass": {"value": passed["value"], "ci95": passed["ci95"]},
        "weighted": {name: _score(estimates) for name, estimates in weighted.items()},
    }


def _score(estimates: Sequence[Estimate]) -> VoteScore:
    mean = mean_estimate(estimates)
    return {
        "value": mean.value,
        "ci95": list(wilson_means([estimate.value for estimate in estimates])),
        "method": "monte_carlo" if mean.error else "exact",
        "error": mean.error,
    }
