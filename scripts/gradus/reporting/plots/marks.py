"""One colour, marker and dash pattern per experiment, the same in every plot of the page.

The stylesheet holds fifteen colours (`k0` is the baseline's grey); beyond these they come again with another marker and
a broken line.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.svg import MARKERS, marker

COLOURS = 15


@dataclass(frozen=True)
class Mark:
    """How a run is drawn. `index` is its place among the runs; `name` and `title` say whose it is."""

    index: int
    name: str
    title: str

    @property
    def colour(self) -> str:
        """The CSS class of the colour."""
        return f"k{1 + (self.index - 1) % (COLOURS - 1)}" if self.index else "k0"

    @property
    def shape(self) -> str:
        return MARKERS[self.index % len(MARKERS)]

    @property
    def sign(self) -> Markup:
        """The marker in a 12 x 12 box, for legends and tables."""
        return marker(self.shape, 6, 6, 4.4, class_="point")

    @property
    def dash(self) -> str | None:
        """The dash pattern of the line: broken for the second and third turn through the colours."""
        return (None, "5 3", "2 2")[min((self.index - 1) // (COLOURS - 1), 2)] if self.index else None


def marks_of(inputs: ReportInputs) -> dict[str, Mark]:
    """A mark for every experiment (the baseline first) and then for every other model with metrics. The training runs
    of an experiment have its mark.
    """
    owners = {run: name for name, runs in inputs.runs.items() for run in runs}
    names = [inputs.baseline["name"], *(entry["name"] for entry in inputs.experiments), *inputs.metrics]
    marks = numbered((owners.get(name, name) for name in names), inputs.title_of)
    return marks | {run: marks[name] for run, name in owners.items() if name in marks}


def numbered(names: Iterable[str], title_of: Callable[[str], str]) -> dict[str, Mark]:
    """A mark for each of these names. The first is the baseline's."""
    return {name: Mark(index, name, title_of(name)) for index, name in enumerate(dict.fromkeys(names))}
