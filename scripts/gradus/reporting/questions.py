"""A paired difference as a sentence: what is shown, what is not, and how small a difference would have been found."""

from gradus.evaluation.findings import WORDS, alike, could_have_found
from gradus.evaluation.questions import asked
from gradus.reporting import formats
from gradus.reporting.differences import Difference
from gradus.reporting.inputs import ReportInputs

Part = tuple[str, bool]
"""Text, and whether it is emphasised."""


def question(inputs: ReportInputs, d: Difference) -> str:
    """As `evaluation.questions.asked`."""
    return asked(d.question, inputs.title_of(d.a), inputs.title_of(d.b))


def verdict(d: Difference) -> str:
    """In words what the tests say of the difference."""
    return WORDS[d.state] + could_have_found(d.state, d.detectable) + _alike(d)


def _alike(d: Difference) -> str:
    return alike(d.delta, d.margin, d.equivalence_p)


def evidence(d: Difference) -> str:
    """The interval, the p-values and what they are of, in brackets."""
    parts = [f"95% interval {formats.points_interval((d.low, d.high))}"]
    if d.p_adjusted is not None:
        parts.append(("" if d.role == "primary" else "adjusted ") + formats.p_phrase(d.p_adjusted))
    if d.equivalence_p is not None and _alike(d):
        parts.append(f"alike: {formats.p_phrase(d.equivalence_p)}")
    return f"({', '.join(parts)}; paired on {formats.count(d.n)} problems)"


def short(d: Difference) -> str:
    """`+4.8 points [+1.9 to +7.9], shown to differ`."""
    return f"{formats.points(d.delta)} points [{formats.points_interval((d.low, d.high))}], {verdict(d)}"


def sentence(inputs: ReportInputs, d: Difference) -> list[Part]:
    """The whole of it. A difference is claimed only where the adjusted p is below 0.05."""
    a, b, on = inputs.title_of(d.a), inputs.title_of(d.b), inputs.title_of(d.benchmark)
    accuracy, points = formats.percent(d.accuracy_b), f"{formats.points(d.delta)} points"
    plain = d.state == "shown" and not _alike(d)
    said = "" if plain else f": {verdict(d)}"
    return [
        (f"{d.question}: " if d.question else "", False),
        (b, True),
        (" answers ", False),
        (accuracy, True),
        (f" of {on}, ", False),
        (points, True),
        (f" against {a}{said} {evidence(d)}.", False),
    ]
