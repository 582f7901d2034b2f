"""Images of sines, exponentials and logarithms: addition theorems and power laws hold in the field by construction.

For an angle t = sum of c_m m over monomials m, exp(i t) is the product of turn(m)^c_m; sine and cosine follow from it;
exp, symbolic powers and logarithms work the same way. So sin^2 + cos^2 = 1, sec^2 = 1 + tan^2, 2^(n+1) = 2 * 2^n and
log 6 = log 2 + log 3 need no rewriting rules.
"""

from collections.abc import Callable, Hashable
from fractions import Fraction

from gradus.grading import field, image
from gradus.grading.field import Element
from gradus.grading.tree import Add, Const, Func, Mul, Node, Num, Pow, Sym

NAMES = frozenset(["sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch", "exp"])

_MAX_TERMS = 30
_MAX_MULTIPLE = 10**6
_I = ("c", "i")
_PI = ((("c", "pi"), 1),)
Atom = tuple[str, Hashable]
"""("s", name of a variable), ("c", name of a constant) or ("f", image of an opaque part)."""
Monomial = tuple[tuple[Atom, int], ...]
"""Atoms with their exponents."""
Linear = dict[Monomial, Fraction]
ToImage = Callable[[Node], image.Image]
"""`field_map.image`, whose recursion these functions are part of."""


class Split:
    """An argument as a sum of rational multiples of monomials in variables, constants and opaque parts."""

    def __init__(self, to_image: ToImage) -> None:
        self.to_image = to_image
        self.exact = True
        self.guarded = False

    def of(self, node: Node) -> Linear:
        if isinstance(node, Num):
            return {(): node.value} if node.value else {}
        if isinstance(node, Sym):
            return {((("s", node.name), 1),): Fraction(1)}
        if isinstance(node, Const) and node.name != "oo":
            return {((("c", node.name), 1),): Fraction(1)}
        if isinstance(node, Add):
            total: Linear = {}
            for term in node.terms:
                for monomial, coefficient in self.of(term).items():
                    total[monomial] = total.get(monomial, Fraction(0)) + coefficient
            return {monomial: coefficient for monomial, coefficient in total.items() if coefficient}
        if isinstance(node, Mul):
            product: Linear = {(): Fraction(1)}
            for factor in node.factors:
                product = _multiply(product, self.of(factor))
            return product
        if isinstance(node, Pow) and isinstance(node.exponent, Num) and node.exponent.value.denominator == 1:
            exponent = node.exponent.value.numerator
            base = self.of(node.base)
            if len(base) == 1 and abs(exponent) <= 100:
                ((monomial, coefficient),) = base.items()
                return _multiply(
                    {tuple((atom, n * exponent) for atom, n in monomial): coefficient**exponent}, {(): Fraction(1)}
                )
            if 0 < exponent <= 4:
                product = base
                for _ in range(exponent - 1):
                    product = _multiply(product, base)
                return product
        part = self.to_image(node)
        if part.rational is not None:
            return {(): part.rational} if part.rational else {}
        self.exact = False
        self.guarded = self.guarded or part.guarded
        return {((("f", part.at), 1),): Fraction(1)}


def _multiply(a: Linear, b: Linear) -> Linear:
    if len(a) * len(b) > _MAX_TERMS:
        raise image.NoImage("terms")
    product: Linear = {}
    for left, x in a.items():
        for right, y in b.items():
            powers = dict(left)
            for atom, n in right:
                powers[atom] = powers.get(atom, 0) + n
            coefficient = x * y
            turns = powers.pop(_I, 0) % 4
            if turns >= 2:
                coefficient = -coefficient
            if turns % 2:
                powers[_I] = 1
            monomial = tuple(sorted(((atom, n) for atom, n in powers.items() if n), key=repr))
            product[monomial] = product.get(monomial, Fraction(0)) + coefficient
    return {monomial: coefficient for monomial, coefficient in product.items() if coefficient}


def _check(coefficient: Fraction) -> tuple[int, int]:
    if abs(coefficient.numerator) > _MAX_MULTIPLE:
        raise image.NoImage("multiple")
    return coefficient.numerator, coefficient.denominator


def _exponential(base: Hashable, linear: Linear) -> Element:
    """The image of base^linear; the exponent may be complex only if the base is e."""
    at = field.ONE
    for monomial, coefficient in linear.items():
        rest = tuple((atom, n) for atom, n in monomial if atom != _I)
        if rest != monomial:
            if base != ("c", "e"):
                raise image.NoImage("complex exponent")
            at = field.multiply(at, _turn(rest, coefficient))
        else:
            seed = ("power", base, monomial) if monomial else base
            at = field.multiply(at, field.positive(seed, *_check(coefficient)))
    return at


def _turn(monomial: Monomial, coefficient: Fraction) -> Element:
    numerator, denominator = _check(coefficient)
    if monomial == _PI:
        return field.half_turns(numerator, denominator)
    return field.turn(monomial, numerator, denominator)


def image_of(name: str, argument: Node, to_image: ToImage) -> image.Image:
    """The image of a trigonometric or hyperbolic function or of exp."""
    split = Split(to_image)
    linear = split.of(argument)
    hyperbolic = name.endswith("h")
    if name == "exp":
        return image.Image(_exponential(("c", "e"), linear), None, split.exact, split.guarded)
    if hyperbolic:
        name = name[:-1]
        plus = _exponential(("c", "e"), linear)
    else:
        plus = _exponential(("c", "e"), _multiply(linear, {((_I, 1),): Fraction(1)}))
    minus = field.inverse(plus)
    twice_cos = field.add(plus, minus)
    twice_sin = field.add(plus, field.negate(minus))
    if not hyperbolic:
        twice_sin = field.multiply(twice_sin, (0, field.P - 1))
    half = field.fraction(1, 2)
    at = {
        "sin": lambda: field.multiply(twice_sin, half),
        "cos": lambda: field.multiply(twice_cos, half),
        "tan": lambda: field.multiply(twice_sin, field.inverse(twice_cos)),
        "cot": lambda: field.multiply(twice_cos, field.inverse(twice_sin)),
        "sec": lambda: field.inverse(field.multiply(twice_cos, half)),
        "csc": lambda: field.inverse(field.multiply(twice_sin, half)),
    }[name]()
    return image.Image(at, None, split.exact, split.guarded)


def symbolic_power(base: Node, exponent: Node, to_image: ToImage) -> image.Image:
    """base^exponent for an exponent that is not a rational number."""
    if isinstance(base, Mul):
        whole = image.product_of([symbolic_power(factor, exponent, to_image) for factor in base.factors])
        return image.Image(whole.at, None, whole.exact, True)
    if isinstance(base, Pow):
        inner = symbolic_power(base.base, Mul((base.exponent, exponent)), to_image)
        return image.Image(inner.at, None, inner.exact, True)
    split = Split(to_image)
    linear = split.of(exponent)
    guarded = split.guarded
    if isinstance(base, Sym | Const) and base != Const("i"):
        at = _exponential(("s" if isinstance(base, Sym) else "c", base.name), linear)
        return image.Image(at, None, split.exact, guarded)
    inside = to_image(base)
    if inside.rational is not None:
        return _power_of_rational(inside.rational, linear, split)
    at = _exponential(("f", inside.at), linear)
    return image.Image(at, None, False, guarded or inside.guarded)


def _power_of_rational(value: Fraction, linear: Linear, split: Split) -> image.Image:
    """2^n, (1/6)^n: a product over the prime factors; (-1)^n is an atom of its own."""
    if value == 0 or max(value.numerator.bit_length(), value.denominator.bit_length()) > 512:
        raise image.NoImage("base")
    parts = []
    exact = split.exact
    if value < 0:
        signs = image.opaque("sign", [image.Image(_exponential(("f", "minus one"), linear))])
        parts.append(signs)
        exact = False
    for number, sign in ((abs(value.numerator), 1), (value.denominator, -1)):
        for prime, count, certain in image.factors_of(number):
            exact = exact and certain
            constant = linear.get((), Fraction(0)) * sign * count
            rest = {monomial: c * sign * count for monomial, c in linear.items() if monomial}
            parts.append(image.Image(_exponential(("q", prime), rest)))
            if constant:
                parts.append(
                    image.integer_power(
                        image.root_of_rational(Fraction(prime), constant.denominator), constant.numerator
                    )
                )
    whole = image.product_of(parts) if parts else image.rational_image(Fraction(1))
    return image.Image(whole.at, whole.rational, exact and whole.exact, split.guarded or whole.guarded)


def logarithm(node: Node, to_image: ToImage) -> image.Image:
    """The natural logarithm: a sum over the factors of its argument."""
    if node == Const("e"):
        return image.rational_image(Fraction(1))
    if isinstance(node, Pow):
        whole = image.product_of([to_image(node.exponent), logarithm(node.base, to_image)])
        return image.Image(whole.at, whole.rational, whole.exact, True)
    if isinstance(node, Func) and node.name == "root":
        return image.quotient_of(logarithm(node.args[0], to_image), to_image(node.args[1]))
    if isinstance(node, Mul) and not any(isinstance(factor, Num) and factor.value < 0 for factor in node.factors):
        whole = image.sum_of([logarithm(factor, to_image) for factor in node.factors])
        return image.Image(whole.at, whole.rational, whole.exact, True)
    inside = to_image(node)
    value = inside.rational
    if value is None:
        return image.opaque("ln", [inside], exact=isinstance(node, Sym | Const))
    if value <= 0 or max(value.numerator.bit_length(), value.denominator.bit_length()) > 512:
        raise image.NoImage("logarithm")
    parts, exact = [], True
    for number, sign in ((value.numerator, 1), (value.denominator, -1)):
        for prime, count, certain in image.factors_of(number):
            exact = exact and certain
            atom = image.Image(field.positive(("ln", prime)))
            parts.append(image.product_of([image.rational_image(Fraction(sign * count)), atom]))
    if not parts:
        return image.rational_image(Fraction(0))
    whole = image.sum_of(parts)
    return image.Image(whole.at, None, exact, False)
