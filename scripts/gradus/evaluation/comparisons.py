"""Experiments against the baseline, declared pairs and parents, question by question: `comparisons.csv`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import median

from gradus.evaluation.answers import AllVerdicts, Answers, all_answers
from gradus.evaluation.comparison_table import Comparison
from gradus.specs.evaluation import ComparedPair, Family
from gradus.statistics.intervals import SIGNIFICANCE_LEVEL, Interval
from gradus.statistics.mean_difference import mean_difference
from gradus.statistics.paired import correlation, holm, paired_difference
from gradus.statistics.power import (
    ASSUMED_CORRELATION,
    minimum_detectable_difference,
    minimum_detectable_gain,
)


@dataclass(frozen=True)
class _Tested:
    """What the test of one pair says. equivalence_p: None without a margin."""

    a: Answers
    b: Answers
    delta: float
    interval: Interval
    p: float
    equivalence_p: float | None
    standard_error: float
    df: float


def compare(
    verdicts: AllVerdicts,
    *,
    runs: Mapping[str, Sequence[str]],
    benchmarks: Sequence[str],
    compared: Iterable[ComparedPair],
    family: Family = "benchmark",
    margin: float | None = None,
) -> list[Comparison]:
    """Rows of comparisons.csv, by benchmark, each in the order of `compared`.

    verdicts: (run, benchmark) -> graded samples; runs: of each experiment. A pair is left out on a benchmark that
    either was not evaluated on. One run and one sample a question on both sides: Tango's interval and exact McNemar p;
    else `mean_difference`. family: the comparisons that p is adjusted over by Holm's procedure, of one benchmark or of
    the whole table, the primary ones apart. margin: a share, for the test of equivalence.
    Raises GradusError when two files hold different questions.
    """
    answers = all_answers(verdicts, runs)
    rows: list[Comparison] = []
    tested: list[_Tested] = []
    pairs = list(compared)
    for benchmark in benchmarks:
        for pair in pairs:
            if (pair.a, benchmark) not in answers or (pair.b, benchmark) not in answers:
                continue
            a = answers[pair.a, benchmark]
            b = answers[pair.b, benchmark].asked_as(a)
            found = _test(a, b, pair.paired_runs, margin)
            tested.append(found)
            rows.append(_row(pair, benchmark, a, b, found, _family(pair, benchmark, family), margin))
    for name in dict.fromkeys(row["family"] for row in rows):
        members = [place for place, row in enumerate(rows) if row["family"] == name]
        for place, adjusted in zip(members, holm([rows[place]["p"] for place in members])):
            rows[place]["p_adjusted"] = adjusted
            rows[place]["detectable"] = _detectable(tested[place], SIGNIFICANCE_LEVEL / len(members))
    return rows


def typical_correlation(
    answers: Mapping[tuple[str, str], Answers], *, benchmarks: Sequence[str], baseline: str
) -> dict[str, float]:
    """Benchmark -> median correlation (at least 0) over questions of the experiments with the baseline: of right and
    wrong, or of question means where there are several samples or training runs.

    Only where it can be measured: both sometimes right and sometimes wrong, and not alike on every question, as two
    runs of one model are.
    """
    typical: dict[str, float] = {}
    for benchmark in benchmarks:
        if (reference := answers.get((baseline, benchmark))) is None:
            continue
        others = [of.asked_as(reference) for (e, b), of in answers.items() if b == benchmark and e != baseline]
        measured = [found for other in others if (found := _correlation(reference, other)) is not None]
        if measured:
            typical[benchmark] = max(0.0, median(measured))
    return typical


def _correlation(a: Answers, b: Answers) -> float | None:
    first, second = a.question_means, b.question_means
    return None if (first == second).all() else correlation(first, second)


def _test(a: Answers, b: Answers, paired_runs: bool, margin: float | None) -> _Tested:
    several = mean_difference(a.values, b.values, paired_runs=paired_runs, clusters=a.clusters)
    if not (a.single and b.single):
        alike = None if margin is None else several.equivalence_p(margin)
        return _Tested(a, b, several.delta, several.interval(), several.p(), alike, several.standard_error, several.df)
    exact = paired_difference(a.values[0], b.values[0])
    alike = None if margin is None else replace(several, size=float(len(a.ids)), df=inf).equivalence_p(margin)
    return _Tested(a, b, exact.delta, exact.ci95, exact.p, alike, several.standard_error, several.df)


def _family(pair: ComparedPair, benchmark: str, family: Family) -> str:
    name = benchmark if family == "benchmark" else "table"
    return f"{name}, primary" if pair.role == "primary" else name


def _row(
    pair: ComparedPair, benchmark: str, a: Answers, b: Answers, found: _Tested, family: str, margin: float | None
) -> Comparison:
    """Not adjusted yet, and without what depends on the size of its family."""
    return {
        "a": pair.a,
        "b": pair.b,
        "benchmark": benchmark,
        "role": pair.role,
        "family": family,
        "n": len(a.ids),
        "runs_a": len(a.runs),
        "runs_b": len(b.runs),
        "samples": a.samples,
        "accuracy_a": a.accuracy,
        "accuracy_b": b.accuracy,
        "delta": found.delta,
        "ci95_lo": found.interval[0],
        "ci95_hi": found.interval[1],
        "p": found.p,
        "p_adjusted": found.p,
        "detectable": None,
        "margin": margin,
        "equivalence_p": found.equivalence_p,
        "question": pair.question,
    }


def _detectable(found: _Tested, alpha: float) -> float | None:
    """At the level of a family's most significant comparison, to which Holm gives alpha, that of one by its number.

    Of one run and one sample a question, by the exact test and the pair's own correlation; else by its error."""
    a, b = found.a, found.b
    if found.standard_error > 0 and not (a.single and b.single):
        return minimum_detectable_gain(found.standard_error, found.df, 1 - a.accuracy, alpha=alpha)
    measured = _correlation(a, b)
    shared = ASSUMED_CORRELATION if measured is None else max(0.0, measured)
    return minimum_detectable_difference(len(a.ids), a.accuracy, alpha=alpha, correlation=shared)
