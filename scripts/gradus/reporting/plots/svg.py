"""A few functions that write SVG elements as escaped markup: same input, same bytes, no drawing library.

Colours never appear here: shapes carry classes (`k0`, `k1`, ... per experiment), to which the stylesheet gives a light
and a dark colour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
    return str(value)


def element(name: str, *children: str | Markup, **attributes: object) -> Markup:
    """`<name ...>children</name>`; text children and attribute values are escaped.

    `class_` gives `class`, underscores become hyphens, None leaves an attribute out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(str(escape(child)) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def group(children: Iterable[Markup], **attributes: object) -> Markup:
    return element("g", *children, **attributes)


@dataclass(frozen=True)
class Picture:
    """A plot of `width` times `height` units. In a template it is an `<svg>`, which the stylesheet scales.

    `kind` are its classes, `label` is what a screen reader says. `role`: `img`, or `group` where its parts have labels
    of their own. `chart` names the plot to the page's script, which lets the keyboard into it.
    """

    shapes: Sequence[Markup]
    width: float
    height: float
    label: str
    kind: str
    chart: str | None = None
    role: str = "img"

    def __html__(self) -> str:
        return element(
            "svg",
            *self.shapes,
            viewBox=f"0 0 {_text(float(self.width))} {_text(float(self.height))}",
            width=self.width,
            height=self.height,
            role=self.role,
            aria_label=self.label,
            class_=self.kind,
            data_chart=self.chart,
            tabindex=None if self.chart is None else 0,
        )


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> Markup:
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), **attributes)


def text(x: float, y: float, content: str, **attributes: object) -> Markup:
    return element("text", content, x=float(x), y=float(y), **attributes)


def rectangle(x: float, y: float, width: float, height: float, **attributes: object) -> Markup:
    return element("rect", x=float(x), y=float(y), width=float(width), height=float(height), **attributes)


def polyline(points: Iterable[tuple[float, float]], **attributes: object) -> Markup:
    """A broken line through `points`, in one path with one decimal: curves are most of the page's weight."""
    steps = " ".join(f"{x:.1f},{y:.1f}".replace(".0", "") for x, y in points)
    return element("polyline", points=steps, fill="none", **attributes)


def band(lower: list[tuple[float, float]], upper: list[tuple[float, float]], **attributes: object) -> Markup:
    """The area between two lines over the same x."""
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *reversed(lower)])
    return element("polygon", points=corners, **attributes)


MARKERS = ("circle", "square", "diamond", "triangle", "cross")


def marker(shape: str, x: float, y: float, size: float = 4.2, **attributes: object) -> Markup:
    """One data point. Shapes repeat what colours say, for readers who cannot tell the colours apart."""
    if shape == "circle":
        return element("circle", cx=float(x), cy=float(y), r=float(size), **attributes)
    corners = {
        "square": [(-0.87, -0.87), (0.87, -0.87), (0.87, 0.87), (-0.87, 0.87)],
        "diamond": [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)],
        "triangle": [(0, -1.2), (1.15, 0.85), (-1.15, 0.85)],
        "cross": [
            *[(-0.4, -1.15), (0.4, -1.15), (0.4, -0.4), (1.15, -0.4), (1.15, 0.4), (0.4, 0.4)],
            *[(0.4, 1.15), (-0.4, 1.15), (-0.4, 0.4), (-1.15, 0.4), (-1.15, -0.4), (-0.4, -0.4)],
        ],
    }[shape]
    return element(
        "polygon", points=" ".join(f"{x + size * a:.1f},{y + size * b:.1f}" for a, b in corners), **attributes
    )


def wrapped(label: str, width: int) -> list[str]:
    """`label` in at most two lines of about `width` characters, with an ellipsis where it does not fit."""
    label = " ".join(label.split())
    if len(label) <= width:
        return [label]
    cut = label.rfind(" ", 0, width + 1)
    cut = cut if cut > width // 3 else width
    first, rest = label[:cut].rstrip(), label[cut:].strip()
    return [first, rest if len(rest) <= width else rest[: width - 1].rstrip() + "…"]
