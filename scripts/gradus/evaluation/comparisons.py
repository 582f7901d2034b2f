"""Every experiment against the baseline, and declared neighbours against each other: `comparisons.csv`."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median

from gradus.evaluation.comparison_table import Comparison
from gradus.evaluation.paired import correlation, holm, paired_bootstrap, paired_difference
from gradus.evaluation.verdicts import Verdicts
from gradus.provenance.errors import GradusError

AllVerdicts = Mapping[tuple[str, str], Verdicts]


def compare(
    verdicts: AllVerdicts,
    *,
    experiments: Sequence[str],
    benchmarks: Sequence[str],
    baseline: str,
    neighbours: Iterable[tuple[str, str]] = (),
    seed: int = 0,
) -> list[Comparison]:
    """Rows of comparisons.csv, by benchmark, the comparisons with the baseline first.

    verdicts: (experiment, benchmark) -> graded samples; a pair is left out on a benchmark that either was not
    evaluated on. One sample a question: Tango's interval and exact McNemar p; several: bootstrap over questions
    (`seed`). All comparisons of one benchmark are one Holm family.
    Raises GradusError when two files hold different questions, or a name belongs to no experiment.
    """
    rows: list[Comparison] = []
    for benchmark in benchmarks:
        family = [
            _compare_pair(verdicts[a, benchmark], verdicts[b, benchmark], a, b, benchmark, seed)
            for a, b in pairs(experiments, baseline, neighbours)
            if (a, benchmark) in verdicts and (b, benchmark) in verdicts
        ]
        for row, adjusted in zip(family, holm([row["p"] for row in family])):
            row["p_adjusted"] = adjusted
        rows += family
    return rows


def pairs(
    experiments: Sequence[str], baseline: str, neighbours: Iterable[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """(a, b) to compare, each unordered pair once, the baseline always as a."""
    found: dict[frozenset[str], tuple[str, str]] = {}
    for a, b in [(baseline, name) for name in experiments if name != baseline] + list(neighbours):
        for name in (a, b):
            if name not in experiments:
                raise GradusError(
                    f"comparison of {a} with {b}: no experiment {name}; there are {', '.join(experiments)}"
                )
        if a == b:
            raise GradusError(f"comparison of {a} with itself: name two experiments")
        found.setdefault(frozenset((a, b)), (a, b))
    return list(found.values())


def typical_correlation(
    verdicts: AllVerdicts, *, experiments: Sequence[str], benchmarks: Sequence[str], baseline: str
) -> dict[str, float]:
    """Benchmark -> median correlation (at least 0) over questions of the experiments with the baseline: of right and
    wrong, or of question means where there are several samples.

    For `power`. Only where it can be measured: both sometimes right and sometimes wrong, and not alike on every
    question, as two runs of one model are.
    """
    typical: dict[str, float] = {}
    for benchmark in benchmarks:
        measured = []
        for name in experiments:
            if name == baseline or (name, benchmark) not in verdicts or (baseline, benchmark) not in verdicts:
                continue
            a, b = _join(verdicts[baseline, benchmark], verdicts[name, benchmark])
            found = correlation([fmean(marks) for marks in a], [fmean(marks) for marks in b]) if a != b else None
            measured += [] if found is None else [found]
        if measured:
            typical[benchmark] = max(0.0, median(measured))
    return typical


def _compare_pair(first: Verdicts, second: Verdicts, a: str, b: str, benchmark: str, seed: int) -> Comparison:
    """The p is not adjusted yet."""
    a_marks, b_marks = _join(first, second)
    a_means, b_means = [fmean(marks) for marks in a_marks], [fmean(marks) for marks in b_marks]
    if len(a_marks[0]) == len(b_marks[0]) == 1:
        difference = paired_difference(a_means, b_means)
    else:
        difference = paired_bootstrap(a_means, b_means, seed)
    return {
        "a": a,
        "b": b,
        "benchmark": benchmark,
        "n": len(a_means),
        "accuracy_a": fmean(a_means),
        "accuracy_b": fmean(b_means),
        "delta": difference.delta,
        "ci95_lo": difference.ci95[0],
        "ci95_hi": difference.ci95[1],
        "p": difference.p,
        "p_adjusted": difference.p,
    }


def _join(first: Verdicts, second: Verdicts) -> tuple[list[list[bool]], list[list[bool]]]:
    """Marks of both by question, in the order of the first."""
    a, b = first.by_question(), second.by_question()
    if a.keys() != b.keys():
        only_a, only_b = [i for i in a if i not in b], [i for i in b if i not in a]
        example = f"{only_a[0]} is only in the first" if only_a else f"{only_b[0]} is only in the second"
        raise GradusError(
            f"{first.source} and {second.source} hold different questions ({len(only_a)} only in the first, "
            f"{len(only_b)} only in the second; {example}); evaluate both on the same problem set"
        )
    return list(a.values()), [b[identifier] for identifier in a]
