"""The pocket generator as a source."""

from gradus.problems.pocket.generate import generate_problems
from gradus.problems.sources.source import Settings
from gradus.problems.table import Problem


def generate(settings: Settings) -> list[Problem]:
    return generate_problems(
        name=settings["set"],
        split=settings["split"],
        size=settings["size"],
        levels=settings["levels"],
        family=settings["wording"],
        seed=settings["seed"],
    )
