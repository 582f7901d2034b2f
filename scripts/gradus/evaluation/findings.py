"""What a tested difference shows, for every table and page: its state, its star and the words for them."""

from typing import Literal

from gradus.statistics.intervals import SIGNIFICANCE_LEVEL

State = Literal["shown", "alone", "not shown"]
"""`alone`: the interval leaves out 0, and the p that is adjusted for the family is not below 0.05."""
Star = Literal["", "☆", "★"]

WORDS: dict[State, str] = {
    "shown": "shown to differ",
    "alone": "not shown to differ: alone it would be, not within its family",
    "not shown": "not shown to differ",
}


def is_shown(p_adjusted: float | None) -> bool:
    return p_adjusted is not None and p_adjusted < SIGNIFICANCE_LEVEL


def state_of(p_adjusted: float | None, low: float, high: float) -> State:
    """low, high: of the interval, which is not adjusted for other comparisons."""
    if is_shown(p_adjusted):
        return "shown"
    return "alone" if low > 0 or high < 0 else "not shown"


def star_of(shown: bool, trained_once: bool) -> Star:
    """Hollow where a side is trained and has one training run: another seed might have done without the difference."""
    if not shown:
        return ""
    return "☆" if trained_once else "★"


def could_have_found(state: State, detectable: float | None) -> str:
    """What a difference that is not shown leaves open, as `, could have found 2.4`; detectable: a share."""
    if state == "shown":
        return ""
    return ", and could hardly have been" if detectable is None else f", could have found {100 * detectable:.1f}"


def alike(delta: float, margin: float | None, equivalence_p: float | None) -> str:
    """As `; shown to be alike within 2 points`; delta, margin: shares.

    Empty where that is not tested, and where the difference is itself beyond the margin: it could not be shown.
    """
    if margin is None or equivalence_p is None or abs(delta) >= margin:
        return ""
    return f"; {'' if is_shown(equivalence_p) else 'not '}shown to be alike within {100 * margin:g} points"
