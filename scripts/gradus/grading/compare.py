"""Compare two forms: equal keys first, then the policy's rules for pairs.

Three-valued: True and False are proved (False also by a different structure), None means undecided.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gradus.grading import numeric, relations, units
from gradus.grading.form import Form, value_form
from gradus.grading.names import names_differ
from gradus.grading.pairing import in_order, unordered
from gradus.grading.realsets import ordered
from gradus.grading.scales import scaled, with_unit_letter
from gradus.grading.tree import Const, Mul, Num
from gradus.grading.values import ratio_and_value, same_time, same_value, same_words, word_and_value

_COORDINATES = frozenset({"x", "y", "z", "r", "theta", "phi", "rho"})
_RADIANS = Mul((Const("pi"), Num(Fraction(1, 180))))
_SCALES = frozenset({"celsius", "fahrenheit"})
_NO_CONDITIONS = frozenset({"value", "text", "matrix"})


Layer = Literal["extraction", "identity", "number", "structure", "symbolic"]
"""From cheap to expensive: no answer was found; the texts are equal; exact numbers and expressions; structure (tuples,
sets, intervals, relations, units, words); SymPy."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`equal` None: the layer cannot decide, and `reason` says why (`undecided`, `not_understood`, `too_long`, ...)."""

    equal: bool | None
    layer: Layer
    reason: str


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
        if a.number is None or b.number is None:
            return None
        equal = (a.number - b.number) % int(a.label.split()[1]) == 0
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
        if a.equation and b.equation and a.equation.key[0] == b.equation.key[0] == "function":
            return _functions(a.equation, b.equation)
        if a.key == b.key:
            return self._same_key(a, b)
        if "equation" in (a.kind, b.kind) or (a.equation and b.equation):
            return self._equations(a, b)
        if a.kind == "value" and b.kind == "value":
            return same_value(a, b, self.strict)
        if {a.kind, b.kind} == {"value", "text"}:
            return word_and_value(a, b)
        if {a.kind, b.kind} == {"infinite", "text"}:
            return {a.key, b.key} == {("infinite", 1), ("text", "infinitely many")}
        if a.kind == b.kind == "text":
            return same_words(a.words or "", b.words or "")
        if "time" in (a.kind, b.kind):
            return same_time(a, b)
        if a.kind == b.kind == "clock" and len(a.items) != len(b.items):
            return same_time(a, b)
        if {a.kind, b.kind} == {"clock", "value"}:
            clock, value = (a, b) if a.kind == "clock" else (b, a)
            return False if self.strict else ratio_and_value(clock, value)
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
        if a.kind == "clock" or a.number is not None:
            return True
        if a.kind == "value" and a.image is not None and a.image.guarded:
            return same_value(a, b, self.strict)
        if a.items:
            return in_order(a.items, b.items, self.equal)
        return True

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
        ends, other_ends = ([value_form(end) for end in side if end is not None] for side in flat)
        verdict = in_order(ends, other_ends, self.equal)
        return verdict if len(left) == 1 or verdict else (False if ordered(left) and ordered(right) else None)

    # Equations -----------------------------------------------------------------------------------------------

    def _equations(self, a: Form, b: Form) -> bool | None:
        """Two equations are equal up to a factor; one may also be given by the value that it assigns."""
        if a.kind == b.kind == "value":
            equal = same_value(a, b, self.strict)
            named_function = any(form.equation and form.equation.key[0] == "function" for form in (a, b))
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


def _functions(a: Form, b: Form) -> bool | None:
    """`f(x) = 2x` and `f(t) = 2t`, by their images with the variables numbered."""
    if a.image is None or b.image is None or a.image.guarded or b.image.guarded:
        return None
    return True if a.key == b.key else False if a.image.exact and b.image.exact else None


_REASONS = {True: "equal", False: "different", None: "undecided"}
