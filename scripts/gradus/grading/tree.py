"""An answer as a tree of immutable nodes. The parser builds it; every layer of the grader reads it.

Numbers are exact (`Fraction`), never floats. Division is a power of -1, a difference a product with -1. Nodes of
expressions come first, then those of whole answers and of the items of lists and tuples. Trees are at most
`reader.MAX_DEPTH` brackets deep and have at most `reader.MAX_NODES` nodes: recursion over them is safe.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

FUNCTIONS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "arcsin",
        "arccos",
        "arctan",
        "arccot",
        "arcsec",
        "arccsc",
        "sinh",
        "cosh",
        "tanh",
        "coth",
        "sech",
        "csch",
        "arcsinh",
        "arccosh",
        "arctanh",
        "exp",
        "ln",
        "log",
        "root",
        "abs",
        "floor",
        "ceil",
        "factorial",
        "doublefactorial",
        "binom",
        "gcd",
        "lcm",
        "max",
        "min",
        "mod",
        "sign",
    ]
)
"""Names a `Func` can have. `log` has the arguments (x, base), `root` (x, degree) (the real root for an odd degree),
`binom` (n, k), `mod` (a, m); gcd, lcm, max, min have any number; the rest one. Angles are radians."""


Sign = Literal[1, -1]
SetOperation = Literal["union", "intersection", "difference"]
HalfOfDay = Literal["", "am", "pm"]


@dataclass(frozen=True, slots=True)
class Num:
    """An exact rational; `decimals` is the number of digits after its decimal point (None: no decimal notation)."""

    value: Fraction
    decimals: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sym:
    r"""A variable: `x`, `x_1`, `theta`, `bar x`, `AB`, the name without backslashes."""

    name: str


@dataclass(frozen=True, slots=True)
class Const:
    name: Literal["pi", "e", "i", "oo"]


@dataclass(frozen=True, slots=True)
class Add:
    terms: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Mul:
    factors: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Pow:
    base: "Node"
    exponent: "Node"


@dataclass(frozen=True, slots=True)
class Func:
    """A known function, see FUNCTIONS."""

    name: str
    args: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """An unknown function: `f(x)`."""

    name: str
    args: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Big:
    """A sum or product over an integer variable, both bounds included."""

    kind: Literal["sum", "prod"]
    body: "Node"
    variable: str
    lower: "Node"
    upper: "Node"


@dataclass(frozen=True, slots=True)
class PlusMinus:
    """A term with both signs; `first` is its sign in the first reading (+1 for ±, -1 for ∓). All of an answer's terms
    are read alike."""

    term: "Node"
    first: Sign


@dataclass(frozen=True, slots=True)
class Tup:
    """`(a, b)`: ordered. With two items it may also be the open interval, which is written alike."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """`a, b`, `a and b`, `a or b` without brackets: several answers in any order."""

    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class SetOf:
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval, as its brackets or an infinite end show."""

    low: "Node"
    high: "Node"
    closed_low: bool
    closed_high: bool


@dataclass(frozen=True, slots=True)
class SetOp:
    """`difference` has two parts, the others two or more."""

    op: SetOperation
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """`sides[0] ops[0] sides[1] ops[1] ...`; ops are = != < <= > >= ~ (about) in (element of)."""

    sides: tuple["Node", ...]
    ops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of equal length; a column vector has rows of one."""

    rows: tuple[tuple["Node", ...], ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """`7:32`, `1:2:3`, or a time of day, which is written alike. `digits` are the parts as written."""

    parts: tuple["Node", ...]
    digits: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Based:
    """A numeral with its base: `52_8`. Its value is int(digits, base)."""

    digits: str
    base: int


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with a unit, spelled as in `units.py` (`cm^2`, `percent`, `degree`); unknown words are kept."""

    value: "Node"
    unit: str


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day: `seconds` since the last noon or midnight; `half` of the day, "" if not stated."""

    seconds: int
    half: HalfOfDay


@dataclass(frozen=True, slots=True)
class Text:
    """Words, in lower case and without punctuation."""

    words: str


@dataclass(frozen=True, slots=True)
class Named:
    """A set by its name: `R`, `Q`, `Z`, `N`, `C` or `empty`."""

    name: str


Expression = Num | Sym | Const | Add | Mul | Pow | Func | Call | Big | PlusMinus
Node = (
    Expression
    | Tup
    | ListOf
    | SetOf
    | Interval
    | SetOp
    | Relation
    | Matrix
    | Ratio
    | Based
    | Quantity
    | Text
    | Time
    | Named
)
