"""Rows of a plot: a name at the left, shapes on an axis, a number at the right, and what a reader is told of it.

Pointing at a row, touching it, moving to it with the keyboard and a screen reader all give the same text: `tip`.
"""

from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

from gradus.reporting.plots import svg

WIDTH = 380
LABEL_CHARACTERS = 20
STRONG_CHARACTERS = 18
"""Bold letters are wider."""
LABEL_WIDTH = 134
VALUE_WIDTH = 48
LEFT, RIGHT = LABEL_WIDTH + 8, WIDTH - VALUE_WIDTH
"""Where the axis of every plot of rows starts and ends."""
TOP = 6


def height(label: str, least: float = 24.0, *, strong: bool = False) -> float:
    """Of a row with this name: names of two lines need more."""
    return max(least, 24.0 if len(_broken(label, strong)) == 1 else 34.0)


def _broken(label: str, strong: bool) -> list[str]:
    return svg.wrapped(label, STRONG_CHARACTERS if strong else LABEL_CHARACTERS)


def row(
    label: str, y: float, tall: float, shapes: Iterable[Markup], shown: str, tip: str, *, strong: bool = False
) -> Markup:
    """A row from `y` to `y + tall`. `shown`: the text at its end; `strong` sets both in bold."""
    lines = _broken(label, strong)
    middle = y + tall / 2
    first = middle + 4 if len(lines) == 1 else middle - 3
    weight = " strong" if strong else ""
    drawn = [
        svg.rectangle(0, y, WIDTH, tall, class_="hit"),
        *(svg.text(0, first + 13 * i, part, class_="label" + weight) for i, part in enumerate(lines)),
        *shapes,
        svg.text(WIDTH, middle + 4, shown, class_="value" + weight, text_anchor="end"),
    ]
    return svg.group(drawn, class_="row", role="img", aria_label=tip.replace("\n", "; "), data_tip=tip)


def axis(
    ticks: Sequence[float], scale: Callable[[float], float], write: Callable[[float], str], bottom: float
) -> list[Markup]:
    """Upright lines at the ticks, from the top of the plot to `bottom`, with their numbers below."""
    shapes: list[Markup] = []
    for tick in ticks:
        shapes.append(svg.line(scale(tick), TOP, scale(tick), bottom, class_="grid"))
        shapes.append(svg.text(scale(tick), bottom + 14, write(tick), class_="tick", text_anchor="middle"))
    return shapes


def picture(shapes: Sequence[Markup], bottom: float, label: str) -> svg.Picture:
    """The plot, with room for the numbers of its axis below `bottom`."""
    return svg.Picture(shapes, WIDTH, bottom + 20, label, "plot rows", role="group")
