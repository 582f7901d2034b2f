"""The part of INTERVAL_COVERAGE.md on training runs."""

from textwrap import fill

from gradus.evaluation.coverage.seeds import Design, Recipe, coverage, false_stars
from gradus.evaluation.pipe_table import LINE_CHARACTERS, pipe_table

DEVIATIONS = (0.0, 0.01, 0.02, 0.04)
SIZES = (30, 500)
RUNS = (1, 3, 5)
ACCURACIES = (0.5, 0.1)
SPREADS = {1.0: "apart", 0.2: "alike"}
"""How runs of one recipe agree: correlation over questions 1/2, and 5/6."""
DESIGNS: dict[Design, str] = {
    "independent": "independent runs",
    "paired": "runs trained from runs",
    "untrained": "one untrained model",
}
REPEATS = 2000
SEED = 14


def seed_sections() -> list[str]:
    """Headings, text and tables."""
    return [
        "## Training runs: differences that are not there",
        fill(
            f"Two experiments of the same recipe, {REPEATS:,} simulated pairs a number (so ± 1.0 around 5.0), by the "
            "standard deviation of accuracy between training seeds, in points. With one run a side (exact McNemar "
            "test) a seed that shifts all questions looks like a difference of the recipe: hence the hollow star. With "
            "several, the test knows how runs differ (`crossed`, `mean_difference`). Runs of one recipe answer a "
            "question alike with a correlation of 1/2 (apart) or 5/6 (alike). At n = 30 tests stay below 5% where "
            "few questions differ, as exact tests do.",
            LINE_CHARACTERS,
        ),
        _stars_table(),
        "## Training runs: coverage",
        fill(
            "How often the interval of an accuracy holds the mean over all questions of the kind and all training "
            "seeds. One run: Wilson's interval, which knows of questions only.",
            LINE_CHARACTERS,
        ),
        _coverage_table(),
    ]


def _stars_table() -> str:
    rows = []
    for runs in RUNS:
        for design, words in DESIGNS.items():
            if runs == 1 and design != "independent":
                continue
            for n in SIZES:
                for accuracy in ACCURACIES:
                    for spread, agree in SPREADS.items():
                        shares = [
                            false_stars(Recipe(accuracy, spread, deviation), n, runs, design, REPEATS, SEED)
                            for deviation in DEVIATIONS
                        ]
                        rows.append([str(runs), words, str(n), f"{100 * accuracy:.0f}%", agree, *map(_percent, shares)])
    return pipe_table(["Runs", "Against", "n", "Accuracy", "Runs answer", *_deviations()], rows)


def _coverage_table() -> str:
    rows = []
    for runs in RUNS:
        for n in SIZES:
            for accuracy in ACCURACIES:
                shares = [
                    coverage(Recipe(accuracy, 1.0, deviation), n, runs, REPEATS, SEED) for deviation in DEVIATIONS
                ]
                rows.append([str(runs), str(n), f"{100 * accuracy:.0f}%", *map(_percent, shares)])
    return pipe_table(["Runs", "n", "Accuracy", *_deviations()], rows)


def _deviations() -> list[str]:
    return [f"{100 * deviation:.0f} points" for deviation in DEVIATIONS]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
