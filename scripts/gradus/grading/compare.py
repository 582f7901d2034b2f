"""Compare two forms: equal keys first, then the policy's rules for pairs.

Three-valued: True and False are proved (False also by a different structure), None means undecided.
"""

from dataclasses import dataclass
from fractions import Fraction

from gradus.grading import numeric, relations, units
from gradus.grading.form import Form, image_of, value_form
from gradus.grading.images import image
from gradus.grading.judgement import Judgement, Layer
from gradus.grading.names import names_differ
from gradus.grading.pairing import in_order, unordered
from gradus.grading.realsets import ordered
from gradus.grading.rounding import rounds_to
from gradus.grading.scales import perhaps_unit, same_time, scaled, with_unit_letter
from gradus.grading.sums import same_sums
from gradus.grading.tree import Const, Mul, Node, Num, Pow, Sym

_COORDINATES = frozenset({"x", "y", "z", "r", "theta", "phi", "rho"})
_RADIANS = Mul((Const("pi"), Num(Fraction(1, 180))))
_SCALES = frozenset({"celsius", "fahrenheit"})
_NO_CONDITIONS = frozenset({"value", "text", "matrix"})


@dataclass(frozen=True, slots=True)
class Comparison:
    """How to compare. `strict`: without the rules that hold only between an answer and a reference answer (rounding; a
    percentage as its hundredth; degrees as radians), so that these do not merge votes."""

    strict: bool = False

    def forms(self, a: Form, b: Form) -> Judgement:
        """The judgement on two whole answers or on two of their items."""
        verdict = self._labelled(a, b)
        if verdict is not None:
            return verdict
        layer: Layer = "number" if a.kind == b.kind == "value" else "structure"
        equal = self._bare(a, b)
        return Judgement(equal, layer, _REASONS[equal])

    def equal(self, a: Form, b: Form) -> bool | None:
        return self.forms(a, b).equal

    # Units and names -----------------------------------------------------------------------------------------

    def _labelled(self, a: Form, b: Form) -> Judgement | None:
        """The judgement if a unit or a name decides, else None."""
        if a.name and b.name and self._tell_apart(a, b):
            if a.equation and b.equation and self._equations(a.equation, b.equation):
                return Judgement(True, "structure", "equal")
            return Judgement(False, "structure", "different_name")
        if a.label == b.label:
            return self._congruent(a, b) if a.label.startswith("mod ") else None
        if a.label and b.label:
            return self._units(a, b)
        if self.strict:
            return None
        labelled, bare = (a, b) if a.label else (b, a)
        read = with_unit_letter(bare)
        if read is not None:
            return (
                self.forms(labelled, read) if self.equal(labelled, read) else Judgement(None, "structure", "undecided")
            )
        if labelled.label == "percent" and self._bare(scaled(labelled, Num(Fraction(1, 100))), bare):
            return Judgement(True, "structure", "percent")
        if labelled.label == "degree" and self._bare(scaled(labelled, _RADIANS), bare):
            return Judgement(True, "structure", "degrees")
        return None

    def _congruent(self, a: Form, b: Form) -> Judgement | None:
        """Two numbers with the same modulus."""
        values = [form.key[1] for form in (a, b) if form.key[0] == "number"]  # type: ignore[index]
        if len(values) < 2:
            return None
        equal = (values[0] - values[1]) % int(a.label.split()[1]) == 0
        return Judgement(equal, "structure", "congruent" if equal else "different")

    def _tell_apart(self, a: Form, b: Form) -> bool:
        """Whether the names name different things: two coordinates always do, and so do names of words."""
        if a.name != b.name and ({a.name, b.name} <= _COORDINATES or a.kind == b.kind == "text"):
            return True
        return names_differ(a.name, b.name)

    def _units(self, a: Form, b: Form) -> Judgement | None:
        factor = units.conversion(a.label, b.label)
        if factor is not None:
            equal = self._bare(scaled(a, Num(factor)), b)
            return Judgement(equal, "structure", "converted" if equal else _REASONS[equal])
        if {a.label, b.label} == {"degree", "radian"}:
            degrees, other = (a, b) if a.label == "degree" else (b, a)
            equal = self._bare(scaled(degrees, _RADIANS), other)
            return Judgement(equal, "structure", "converted" if equal else _REASONS[equal])
        if "degree" in (a.label, b.label) and {a.label, b.label} & _SCALES:
            return None
        if units.is_measure(a.label) and units.is_measure(b.label):
            return Judgement(False, "structure", "different_unit")
        return None

    # Values and arrangements ---------------------------------------------------------------------------------

    def _bare(self, a: Form, b: Form) -> bool | None:
        functions = [form.equation for form in (a, b) if form.equation and form.equation.key[0] == "function"]  # type: ignore[index]
        if len(functions) == 2:
            return self._functions(*functions)
        if a.key == b.key:
            return self._same_key(a, b)
        if "equation" in (a.kind, b.kind) or (a.equation and b.equation):
            return self._equations(a, b)
        if a.kind == "value" and b.kind == "value":
            return self._values(a, b)
        if {a.kind, b.kind} == {"value", "text"}:
            return self._word_and_value(a, b)
        if {a.kind, b.kind} == {"infinite", "text"}:
            return {a.key, b.key} == {("infinite", 1), ("text", "infinitely many")}
        if a.kind == b.kind == "text":
            return _letters(a.key[1], b.key[1])  # type: ignore[index]
        if "time" in (a.kind, b.kind):
            return same_time(a, b)
        if a.kind == b.kind == "clock" and len(a.items) != len(b.items):
            return same_time(a, b)
        if {a.kind, b.kind} == {"clock", "value"}:
            clock, value = (a, b) if a.kind == "clock" else (b, a)
            return self._clock_and_value(clock, value)
        if "condition" in (a.kind, b.kind) and {a.kind, b.kind} & _NO_CONDITIONS:
            return False
        if "other" in (a.kind, b.kind) or "condition" in (a.kind, b.kind):
            return None
        if a.kind == b.kind and a.kind in ("tuple", "list", "matrix", "clock"):
            return self._collections(a, b)
        if {a.kind, b.kind} == {"tuple", "list"}:
            return self._tuple_and_list(a, b)
        if a.kind == b.kind == "reals":
            return self._reals(a, b)
        return False

    def _same_key(self, a: Form, b: Form) -> bool | None:
        if a.kind == "list":
            return self._named_lists(a, b)
        if a.kind == "clock" or a.key[0] == "number":  # type: ignore[index]
            return True
        if a.kind == "value" and a.image is not None and a.image.guarded:
            return self._values(a, b)
        if a.items:
            verdicts = [self.equal(x, y) for x, y in zip(a.items, b.items, strict=False)]
            return False if False in verdicts else None if None in verdicts else True
        return True

    def _values(self, a: Form, b: Form) -> bool | None:
        if a.key[:1] == b.key[:1] == ("number",) and a.key != b.key:  # type: ignore[index]
            return self._rounded(a, b)
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
        letters = isinstance(a.node, Sym) and isinstance(b.node, Sym)
        if letters and _letters(a.node.name, b.node.name):  # type: ignore[union-attr]
            return True
        if x.exact and y.exact:
            return None if perhaps_unit(a, b) or perhaps_unit(b, a) else self._rounded(a, b)
        if not self.strict and rounds_to(a, b):
            return True
        summed = same_sums(a.node, b.node, image)
        if summed is not None:
            return summed
        return False if numeric.compare(a.node, b.node) else None

    def _rounded(self, a: Form, b: Form) -> bool:
        return not self.strict and rounds_to(a, b)

    def _word_and_value(self, a: Form, b: Form) -> bool | None:
        text, value = (a, b) if a.kind == "text" else (b, a)
        words = str(text.key[1])  # type: ignore[index]
        if isinstance(value.node, Sym | Const) and len(value.node.name) == 1 and len(words) == 1:
            return _letters(words, value.node.name)
        if words == _spelled(value.node):
            return True
        # A sentence may contain the number; other words are not a number.
        return None if not isinstance(value.node, Num) or str(value.node.value) in words.split() else False

    def _clock_and_value(self, clock: Form, value: Form) -> bool | None:
        if self.strict or len(clock.items) != 2:
            return False
        parts = [item.node for item in clock.items]
        if None in parts or clock.items[1].key == ("number", 0):
            return False
        quotient = value_form(Mul((parts[0], Pow(parts[1], Num(Fraction(-1))))))  # type: ignore[arg-type]
        return self._values(quotient, value)

    # Collections ---------------------------------------------------------------------------------------------

    def _collections(self, a: Form, b: Form) -> bool | None:
        if len(a.items) != len(b.items) or a.shape != b.shape:
            return False
        if a.kind != "list":
            return in_order(a.items, b.items, self.equal)
        if a.names and b.names and set(a.names) == set(b.names):
            by_name = dict(zip(b.names, b.items, strict=True))
            return in_order(a.items, [by_name[name] for name in a.names], self.equal)
        ordered_alike = in_order(a.items, b.items, self.equal)
        return ordered_alike if ordered_alike or a.names or b.names else unordered(a.items, b.items, self.equal)

    def _named_lists(self, a: Form, b: Form) -> bool | None:
        """Lists with equal items. If names say which is which, the order or the names must agree too."""
        if not (a.names or b.names):
            return True
        if a.names and b.names and set(a.names) == set(b.names):
            by_name = dict(zip(b.names, b.items, strict=True))
            return in_order(a.items, [by_name[name] for name in a.names], self.equal)
        return in_order(a.items, b.items, self.equal)

    def _tuple_and_list(self, a: Form, b: Form) -> bool | None:
        """Brackets forgotten: then the order counts. A set in braces is not a tuple."""
        one, other = (a, b) if a.kind == "tuple" else (b, a)
        if len(one.items) != len(other.items) or self.strict or other.braced:
            return False
        return in_order(one.items, other.items, self.equal)

    def _reals(self, a: Form, b: Form) -> bool | None:
        left, right = a.pieces, b.pieces
        if left is None or right is None:
            return None
        if len(left) != len(right):
            return False if ordered(left) and ordered(right) else None
        flat = [[end for low, _, high, _ in pieces for end in (low, high)] for pieces in (left, right)]
        closed = [[mark for _, below, _, above in pieces for mark in (below, above)] for pieces in (left, right)]
        if [end is None for end in flat[0]] != [end is None for end in flat[1]] or closed[0] != closed[1]:
            return False if len(left) == 1 else None if not ordered(left) or not ordered(right) else False
        ends = [tuple(value_form(end) for end in side if end is not None) for side in flat]
        verdict = in_order(*ends, self.equal)
        return verdict if len(left) == 1 or verdict else (False if ordered(left) and ordered(right) else None)

    # Equations -----------------------------------------------------------------------------------------------

    def _equations(self, a: Form, b: Form) -> bool | None:
        """Two equations are equal up to a factor; one may also be given by the value that it assigns."""
        if a.kind == b.kind == "value":
            equal = self._values(a, b)
            named_function = any(form.equation and form.equation.key[0] == "function" for form in (a, b))  # type: ignore[index]
            if equal or named_function or a.name == b.name:
                return equal
        left, right = (form if form.kind == "equation" else form.equation for form in (a, b))
        if left is None or right is None:
            # Only one side is an equation: 2x + z = 1 is not 1. But x^2 = 4 may mean its solutions.
            alone = a if a.kind == "equation" else b if b.kind == "equation" else None
            if alone is not None and alone.node is not None and len(numeric.variables_of(alone.node)) < 2:
                return None
            return (
                False if {a.kind, b.kind} <= {"equation", "value", "list", "tuple", "text", "reals", "matrix"} else None
            )
        if left.image is None or right.image is None or left.node is None or right.node is None:
            return None
        if left.key == right.key or relations.proportional(left, right):
            return not (left.image.guarded or right.image.guarded) or None
        degrees = relations.is_polynomial(left.node), relations.is_polynomial(right.node)
        return False if 0 not in degrees and (degrees[0] == degrees[1] or 1 in degrees) else None

    def _functions(self, a: Form, b: Form) -> bool | None:
        """`f(x) = 2x` and `f(t) = 2t`, by their images with the variables numbered."""
        if a.image is None or b.image is None or a.image.guarded or b.image.guarded:
            return None
        return True if a.key == b.key else False if a.image.exact and b.image.exact else None


_REASONS = {True: "equal", False: "different", None: "undecided"}


def _letters(a: str, b: str) -> bool:
    """Equal words; the case of a single letter, such as that of a choice, is ignored."""
    return a == b or (len(a) == len(b) == 1 and a.lower() == b.lower())


def _spelled(node: Node | None) -> str:
    """The word that a product of letters spells: II is `\\text{II}`."""
    if not isinstance(node, Mul) or not all(isinstance(factor, Sym) for factor in node.factors):
        return ""
    return "".join(factor.name for factor in node.factors).lower()  # type: ignore[union-attr]
