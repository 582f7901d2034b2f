"""maj@k of one training run on one benchmark: what `votes/<run>/<benchmark>.json` holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from gradus.evaluation.verdicts import Verdicts
from gradus.evaluation.votes.counts import AloneScore, VoteCounts, VotesAtK, VoteScore
from gradus.evaluation.votes.estimates import Estimate, best_of, mean_estimate, plurality, weighted_plurality
from gradus.evaluation.votes.exact import NO_ANSWER
from gradus.evaluation.votes.weights import VERIFIER_BEST
from gradus.provenance.errors import GradusError
from gradus.provenance.seeds import derive_seed
from gradus.statistics.intervals import wilson_means


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
        """Groups more than half of whose members are correct.

        Answers that are equivalent to each other need not all be judged alike, since equivalence within rounding or
        within a time limit is not transitive. Such a mixed group wins or loses as a whole: to count its right and its
        wrong members apart would let the known answer split the votes. Half of them right is not enough, so that the
        order of the samples decides nothing.
        """
        return {group for group, marks in self._members().items() if 2 * sum(marks) > len(marks)}

    def mixed_groups(self) -> int:
        """How many groups have members judged correct and members judged not."""
        return sum(0 < sum(marks) < len(marks) for marks in self._members().values())

    def group_count(self) -> int:
        return len(self._members())

    def _members(self) -> dict[int, list[bool]]:
        """Group -> whether each of its members is correct."""
        members: dict[int, list[bool]] = {}
        for group, correct in zip(self.groups, self.correct):
            if group != NO_ANSWER:
                members.setdefault(group, []).append(bool(correct))
        return members


def count_votes(
    questions: Sequence[QuestionVotes],
    *,
    experiment: str,
    benchmark: str,
    ks: Sequence[int],
    seed: int = 0,
    greedy: Verdicts | None = None,
    greedy_temperature: float = 0.0,
) -> VoteCounts:
    """Scores of the questions, and their means with intervals over questions (`intervals.wilson_means`).

    ks: subset sizes, each at most the number of samples; 1, which is one sample by itself, is added to them. greedy:
    the verdicts on the answers of the ablation table, drawn at `greedy_temperature`, of these questions and maybe
    further ones of the benchmark: `n` counts the questions with votes, `benchmark_n` all, and the answers of the others
    are left out.
    Every maj@k says by what `method` it was found, `exact` or `monte_carlo` (of any question), and the standard
    `error` that the Monte Carlo adds to it, 0 where exact; `seed` decides its draws. `weighted` has one maj@k for
    each weighting of the questions.
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
    result: VoteCounts = {
        "experiment": experiment,
        "benchmark": benchmark,
        "n": len(questions),
        "benchmark_n": len(questions),
        "samples": samples,
        "ids": [question.id for question in questions],
        "correct": [sum(map(bool, question.correct)) for question in questions],
        "groups": sum(question.group_count() for question in questions),
        "mixed_groups": sum(question.mixed_groups() for question in questions),
        "ks": [_at_k(questions, k, seed) for k in sorted({1, *ks})],
    }
    if greedy is not None:
        answered = greedy.by_question()
        if lacking := next((question.id for question in questions if question.id not in answered), None):
            raise GradusError(f"votes of {where}: {greedy.source} has no question {lacking}; score the samples again")
        result["benchmark_n"] = len(answered)
        result["greedy"] = _alone([answered[question.id] for question in questions], greedy_temperature)
    return result


def _alone(marks: Sequence[Sequence[bool]], temperature: float) -> AloneScore:
    values = [fmean(own) for own in marks]
    return {
        "value": fmean(values),
        "ci95": list(wilson_means(values)),
        "samples": len(marks[0]),
        "temperature": temperature,
        "questions": values,
    }


def _at_k(questions: Sequence[QuestionVotes], k: int, seed: int) -> VotesAtK:
    def seed_of(index: int) -> int:
        # Weightings share a question's draws, so that their difference is not blurred by other draws.
        return derive_seed(seed, "votes", index)

    plain = [plurality(q.groups, q.correct_groups(), k, seed_of(i)) for i, q in enumerate(questions)]
    weighted: dict[str, list[Estimate]] = {name: [] for name in questions[0].weights}
    for index, question in enumerate(questions):
        for name, estimates in weighted.items():
            weights = question.weights[name]
            if name == VERIFIER_BEST:
                estimates.append(best_of(question.groups, question.correct_groups(), weights, k))
                continue
            estimates.append(weighted_plurality(question.groups, question.correct_groups(), weights, k, seed_of(index)))
    return {
        "k": k,
        "maj": _score(plain),
        "weighted": {name: _score(estimates) for name, estimates in weighted.items()},
    }


def _score(estimates: Sequence[Estimate]) -> VoteScore:
    mean, values = mean_estimate(estimates), [estimate.value for estimate in estimates]
    return {
        "value": mean.value,
        "ci95": list(wilson_means(values)),
        "method": "monte_carlo" if mean.error else "exact",
        "error": mean.error,
        "questions": values,
    }
