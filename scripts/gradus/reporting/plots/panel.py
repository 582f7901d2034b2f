"""One plot of the page with its title: most sections have one a benchmark."""

from dataclasses import dataclass

from gradus.reporting.plots.svg import Picture


@dataclass(frozen=True)
class Panel:
    """`name` is the benchmark's, `n` its number of problems where the page tells it."""

    name: str
    title: str
    picture: Picture
    n: int = 0
