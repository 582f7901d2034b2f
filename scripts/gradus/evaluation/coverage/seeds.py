"""Simulated training runs: how often their intervals hold the truth, and tests find differences that are not there.

Every run has the same recipe, so that all differences are luck: of the run, of the questions that were chosen, and of
the one answer.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from gradus.statistics.crossed import accuracy_interval
from gradus.statistics.mean_difference import mean_difference
from gradus.statistics.paired import paired_difference

Design = Literal["independent", "paired", "untrained"]
"""What is compared with the runs of an experiment: runs of another, runs that each was trained from, or one model."""


@dataclass(frozen=True)
class Recipe:
    """An experiment to simulate.

    accuracy: a share. spread: of the chance to solve a question, the sum of the Beta distribution's parameters; small
    where a question is nearly always or nearly never solved. deviation: of accuracy between training seeds, a share.
    """

    accuracy: float
    spread: float
    deviation: float


def draw(recipe: Recipe, runs: int, chance_N: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.bool_]:
    """Right and wrong answers, shape (runs, N): each run is shifted as a whole, in log odds.

    The shift is scaled so that accuracy deviates by `deviation`, to first order.
    """
    odds = logit(np.clip(chance_N, 1e-6, 1 - 1e-6))
    slope = max(float((chance_N * (1 - chance_N)).mean()), 1e-3)
    shift_S = generator.standard_normal(runs) * recipe.deviation / slope
    return generator.random((runs, len(chance_N))) < expit(odds + shift_S[:, None])


def chances(recipe: Recipe, n: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """The chance to solve each of n questions, shape (n,)."""
    return generator.beta(recipe.accuracy * recipe.spread, (1 - recipe.accuracy) * recipe.spread, size=n)


def false_stars(recipe: Recipe, n: int, runs: int, design: Design, repeats: int, seed: int) -> float:
    """How often two experiments of the same recipe differ at p <= .05, as Gradus tests them."""
    generator = np.random.default_rng(seed)
    still = Recipe(recipe.accuracy, recipe.spread, 0.0)
    found = 0
    for _ in range(repeats):
        chance_N = chances(recipe, n, generator)
        a = draw(recipe, runs, chance_N, generator)
        b = draw(still, 1, chance_N, generator) if design == "untrained" else draw(recipe, runs, chance_N, generator)
        if runs == 1:
            found += paired_difference(a[0], b[0]).p <= 0.05
        else:
            found += mean_difference(a, b, paired_runs=design == "paired").p() <= 0.05
    return found / repeats


def coverage(recipe: Recipe, n: int, runs: int, repeats: int, seed: int) -> float:
    """How often the interval of an accuracy holds the mean over all questions and training seeds."""
    generator = np.random.default_rng(seed)
    truth = float(np.mean([draw(recipe, 20, chances(recipe, 2000, generator), generator) for _ in range(100)]))
    held = 0
    for _ in range(repeats):
        low, high = accuracy_interval(draw(recipe, runs, chances(recipe, n, generator), generator))
        held += low <= truth <= high
    return held / repeats
