"""INTERVAL_COVERAGE.md: the measured coverage of the intervals of Gradus, and error rates of its tests."""

from textwrap import fill

import numpy as np
from numpy.typing import NDArray

from gradus.evaluation.coverage.intervals import (
    CountInterval,
    MeansInterval,
    exact_coverage,
    family_false_alarms,
    mcnemar_false_alarms,
    means_coverage,
    means_false_alarms,
    simulated_coverage,
)
from gradus.evaluation.coverage.seeds_page import seed_sections
from gradus.evaluation.pipe_table import LINE_CHARACTERS, pipe_table
from gradus.statistics.intervals import Interval, bootstrap_mean, normal, question_means_interval, wilson, wilson_means

SIZES = (30, 500)
TRUTHS = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98)
COUNT_INTERVALS: dict[str, CountInterval] = {"Wilson": wilson, "normal": normal}
BENCHMARKS = 20_000  # of each simulated accuracy
SAMPLES = 16
# How the chance to solve a question spreads over questions: shape of the Beta distribution, and in words.
SHAPES = {
    (2.0, 2.0): "most questions sometimes solved",
    (0.3, 1.2): "a few always, most rarely solved",
    (0.5, 0.5): "most always or never solved",
    (0.05, 2.0): "nearly all never solved",
}
MEANS_SIZES = (30, 100)
MEANS_BENCHMARKS = 1000
EXPERIMENTS = 10
FAMILIES = 300
SEED = 20


def _bootstrap(means: NDArray[np.float64]) -> Interval:
    return bootstrap_mean(means, seed=SEED, repeats=500)


MEANS_INTERVALS: dict[str, MeansInterval] = {
    "Wilson over question means": wilson_means,
    "t over question means": question_means_interval,
    "bootstrap over questions": _bootstrap,
}


def coverage_page() -> str:
    """The whole page; takes some minutes, and is the same text every time."""
    return "\n\n".join(block.strip() for block in [*question_sections(), *seed_sections()]) + "\n"


def question_sections() -> list[str]:
    """All but the part on training runs: headings, text and tables. Takes some seconds."""
    return [
        "<!-- Written by scripts/write_interval_coverage.py: run `make docs`. -->",
        "# Coverage of the intervals and error rates of the tests",
        fill(
            "A 95% interval should hold the true accuracy in 95 of 100 repetitions of the benchmark with other "
            "questions of its kind. A test at 5% should find a difference where there is none in at most 5 of 100. All "
            "numbers are percent.",
            LINE_CHARACTERS,
        ),
        "## One sample a question",
        fill(
            "Share of benchmarks whose interval holds the truth: first the finite sum over all outcomes, then "
            f"{BENCHMARKS:,} simulated benchmarks. The normal interval is that of published tables (p ± 1.96 standard "
            "errors). At 30 questions it fails away from the middle; Wilson's, which Gradus shows, does not.",
            LINE_CHARACTERS,
        ),
        *(f"### n = {n}\n\n{_count_table(n)}" for n in SIZES),
        f"## {SAMPLES} samples a question (avg@{SAMPLES})",
        fill(
            f"The chance to solve a question differs from question to question; {MEANS_BENCHMARKS:,} simulated "
            "benchmarks each. Gradus shows Wilson's interval over question means (`ci95`); the other two are in the "
            "score's file (`ci95_normal`, `ci95_bootstrap`). Where nearly no question is ever solved, 30 questions "
            "rarely contain one that is, and no interval can tell.",
            LINE_CHARACTERS,
        ),
        _means_table(),
        "## Differences that are not there",
        fill(
            "How often a difference is found between two equally good experiments. One sample a question: exact "
            f"McNemar test, by the share of questions that one alone solves. {SAMPLES} samples: the score test over "
            f"question means, which is how often its interval leaves out 0 ({MEANS_BENCHMARKS:,} simulated pairs). "
            "Exact tests stay below 5% because few questions leave few outcomes. The sign-flip test and the bootstrap "
            "that Gradus used before have 5.6, 3.8, 3.8, 0.4% and 5.0, 6.0, 7.2, 4.4% in the rows of 30 questions.",
            LINE_CHARACTERS,
        ),
        _mcnemar_table(),
        _pairs_table(),
        "## Many comparisons",
        fill(
            f"{EXPERIMENTS} experiments, all as good as the baseline, on 30 questions with {SAMPLES} samples each: how "
            f"often any of them gets a star ({FAMILIES} simulated tables). The p values of `comparisons.csv` are "
            "adjusted by Holm's procedure over all comparisons of a benchmark.",
            LINE_CHARACTERS,
        ),
        _family_table(),
    ]


def _count_table(n: int) -> str:
    rows = []
    for p in TRUTHS:
        exact = [exact_coverage(interval, n, p) for interval in COUNT_INTERVALS.values()]
        drawn = [simulated_coverage(interval, n, p, BENCHMARKS, SEED) for interval in COUNT_INTERVALS.values()]
        rows.append([f"{p:.2f}", *map(_percent, [*exact, *drawn])])
    names = [f"{name}, {how}" for how in ("exact", "simulated") for name in COUNT_INTERVALS]
    return pipe_table(["True accuracy", *names], rows)


def _means_table() -> str:
    rows = [
        [
            str(n),
            words,
            _percent(shape[0] / sum(shape)),
            *(
                _percent(means_coverage(interval, n, SAMPLES, shape, MEANS_BENCHMARKS, SEED))
                for interval in MEANS_INTERVALS.values()
            ),
        ]
        for n in MEANS_SIZES
        for shape, words in SHAPES.items()
    ]
    return pipe_table(["n", "Questions", "True accuracy", *MEANS_INTERVALS], rows)


def _mcnemar_table() -> str:
    shares = (0.1, 0.3, 0.5)
    rows = [[str(n), *(_percent(mcnemar_false_alarms(n, share)) for share in shares)] for n in SIZES]
    return pipe_table(["n", *(f"{100 * share:.0f}% solved by one alone" for share in shares)], rows)


def _pairs_table() -> str:
    rows = []
    for n in MEANS_SIZES:
        for shape, words in SHAPES.items():
            rows.append([str(n), words, _percent(means_false_alarms(n, SAMPLES, shape, MEANS_BENCHMARKS, SEED))])
    return pipe_table(["n", "Questions", "Score test"], rows)


def _family_table() -> str:
    plain, adjusted = family_false_alarms(30, EXPERIMENTS, SAMPLES, FAMILIES, SEED)
    return pipe_table(["Any p ≤ 0.05", "Any adjusted p ≤ 0.05"], [[_percent(plain), _percent(adjusted)]])


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
