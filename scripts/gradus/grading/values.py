"""Compare two values or times of day, or a value with a word or a ratio."""

from fractions import Fraction

from gradus.grading import numeric
from gradus.grading.clock import time_of
from gradus.grading.field_map import image
from gradus.grading.form import Form, image_of, value_form
from gradus.grading.rounding import rounds_to
from gradus.grading.scales import perhaps_unit
from gradus.grading.sums import same_sums
from gradus.grading.tree import Const, Mul, Node, Num, Pow, Ratio, Sym, Time


def same_value(a: Form, b: Form, strict: bool) -> bool | None:
    """Whether two values are equal, None if undecided. `strict`: a decimal is not the number that it approximates."""
    if a.number is not None and b.number is not None and a.number != b.number:
        return not strict and rounds_to(a, b)
    x, y = image_of(a), image_of(b)
    if x is None or y is None or a.node is None or b.node is None:
        return None
    if x.at == y.at:
        if x.rational is not None and x.rational == y.rational:
            return True
        if not (x.guarded or y.guarded):
            return True
        apart = numeric.compare(a.node, b.node)
        return None if apart is None else not apart
    if isinstance(a.node, Sym) and isinstance(b.node, Sym) and same_words(a.node.name, b.node.name):
        return True
    if x.exact and y.exact:
        return None if perhaps_unit(a, b) or perhaps_unit(b, a) else not strict and rounds_to(a, b)
    if not strict and rounds_to(a, b):
        return True
    summed = same_sums(a.node, b.node, image)
    if summed is not None:
        return summed
    return False if numeric.compare(a.node, b.node) else None


def same_words(a: str, b: str) -> bool:
    """Equal words; the case of a single letter, such as that of a choice, is ignored."""
    return a == b or (len(a) == len(b) == 1 and a.lower() == b.lower())


def word_and_value(a: Form, b: Form) -> bool | None:
    """Whether a text, on either side, is the value on the other."""
    text, value = (a, b) if a.kind == "text" else (b, a)
    words = text.words or ""
    if isinstance(value.node, Sym | Const) and len(value.node.name) == 1 and len(words) == 1:
        return same_words(words, value.node.name)
    if words == _spelled(value.node):
        return True
    # A sentence may contain the number; other words are not a number.
    return None if not isinstance(value.node, Num) or str(value.node.value) in words.split() else False


def _spelled(node: Node | None) -> str:
    """The word that a product of letters spells: II is `\\text{II}`."""
    if not isinstance(node, Mul):
        return ""
    letters = [factor.name for factor in node.factors if isinstance(factor, Sym)]
    return "".join(letters).lower() if len(letters) == len(node.factors) else ""


def ratio_and_value(ratio: Form, value: Form) -> bool | None:
    """Whether a ratio of two numbers that may be a time of day is a fraction."""
    if len(ratio.items) != 2:
        return False
    top, bottom = (item.node for item in ratio.items)
    if top is None or bottom is None or ratio.items[1].number == 0:
        return False
    return same_value(value_form(Mul((top, Pow(bottom, Num(Fraction(-1)))))), value, strict=False)


def same_time(a: Form, b: Form) -> bool:
    """Whether two times of day are equal. `am` and `pm` matter only if both state them: `7 am` may be written 7."""
    one, other = (_time_in(form) for form in (a, b))
    return bool(
        one and other and one.seconds == other.seconds and ("" in (one.half, other.half) or one.half == other.half)
    )


def _time_in(form: Form) -> Time | None:
    if isinstance(form.node, Time):
        return form.node
    if isinstance(form.node, Ratio):
        return time_of(":".join(form.node.digits), bare=True)
    return time_of(str(form.node.value), bare=True) if isinstance(form.node, Num) else None
