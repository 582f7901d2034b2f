"""Parse tokens into expression trees: recursive descent, one token of look-ahead, bounded in depth and size.

From loose to tight: `a:b`, sums, products (also by juxtaposition, of the same strength as the sign /), signs, powers and
factorials, then atoms. What is inside brackets may again be whole answers (tuples of quantities, sets of relations), so
the parser of answers (`parser.py`) is a subclass that supplies `bracketed`.
"""

from fractions import Fraction

from gradus.grading.tokens import Token
from gradus.grading.tree import Add, Based, Big, Call, Const, Func, Mul, Named, Node, Num, Pow, Quantity, Sym

MAX_DEPTH = 30
MAX_NODES = 1200

MINUS_ONE = Num(Fraction(-1))
TWO = Num(Fraction(2))
DEGREE = Mul((Const("pi"), Num(Fraction(1, 180))))
_CONSTANTS = {"pi": Const("pi"), "e": Const("e"), "i": Const("i"), "infty": Const("oo")}
_TRIG = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_STARTS = frozenset({"number", "name", "func", "cmd", "(", "[", "{", "\\{", "lfloor", "lceil"})
_CALLABLE = frozenset("fghFGHPQW")
_ACCENTS = frozenset(
    ["overline", "bar", "vec", "overrightarrow", "hat", "widehat", "tilde", "widetilde", "dot", "overarc"]
)
_BASES = {word: n for n, word in enumerate("two three four five six seven eight nine ten".split(), 2)}  # noqa: SIM905
_END = Token("end", "")


class NotUnderstood(Exception):
    """The text is no notation that the grader knows, or larger than its bounds."""


def negative(node: Node) -> Node:
    if isinstance(node, Num):
        return Num(-node.value, node.decimals)
    if isinstance(node, Based):
        return Based("-" + node.digits if node.digits[0] != "-" else node.digits[1:], node.base)
    return Mul((MINUS_ONE, node))


def quotient(numerator: Node, denominator: Node) -> Node:
    """A division; of two whole numbers it is the fraction itself."""
    if isinstance(numerator, Num) and isinstance(denominator, Num) and denominator.value:
        return Num(numerator.value / denominator.value)
    return Mul((numerator, Pow(denominator, MINUS_ONE)))


class Expressions:
    """Holds the tokens and the place in them; each method reads one construct and moves on."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = [*tokens, _END]
        self.at = 0
        self.depth = 0
        self.nodes = 0
        self.bars = 0
        self.no_bar = False
        self.degrees = self.currency = False

    # Tokens ------------------------------------------------------------------------------------------------------

    @property
    def kind(self) -> str:
        return self.tokens[self.at].kind

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += token is not _END
        return token

    def skip(self, *kinds: str) -> bool:
        if self.kind in kinds:
            self.at += 1
            return True
        return False

    def expect(self, kind: str) -> None:
        if not self.skip(kind):
            raise NotUnderstood(kind)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise NotUnderstood("depth")

    # Sums and products -------------------------------------------------------------------------------------------

    def sum(self) -> Node:
        terms: list[Node] = []
        while True:
            sign, pair = self.signs()
            term = self.product()
            if sign < 0:
                term = negative(term)
            terms.append(self.plus_minus(term, pair) if pair else term)
            if self.kind not in ("+", "-", "+-", "-+"):
                return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def plus_minus(self, term: Node, first: int) -> Node:
        raise NotImplementedError

    def signs(self) -> tuple[int, int]:
        """Any number of signs: (the product of + and -, +1 for a ±, -1 for a ∓ or 0)."""
        sign, pair = 1, 0
        while self.kind in ("+", "-", "+-", "-+", "$"):
            kind = self.take().kind
            if kind == "$":
                self.currency = True
                continue
            if kind == "+" and self.kind == "/" and self.tokens[self.at + 1].kind == "-":  # +/-
                self.at += 2
                kind = "+-"
            if kind == "-":
                sign = -sign
            elif kind != "+":
                pair = 1 if kind == "+-" else -1
        return sign, pair

    def product(self) -> Node:
        factors = [self.factor()]
        while True:
            if self.kind == "*":
                self.at += 1
                sign, pair = self.signs()
                if pair:
                    raise NotUnderstood("sign")
                factors.append(self.factor() if sign > 0 else negative(self.factor()))
            elif self.kind == "/":
                self.at += 1
                sign, pair = self.signs()
                if pair:
                    raise NotUnderstood("sign")
                last = self.factor() if sign > 0 else negative(self.factor())
                whole = factors[0] if len(factors) == 1 else Mul(tuple(factors))
                factors = [quotient(whole, last)]
            elif self.juxtaposed():
                factors.append(self.factor())
            else:
                return factors[0] if len(factors) == 1 else Mul(tuple(factors))

    def juxtaposed(self) -> bool:
        """Whether the next token begins another factor of the product, without a sign between."""
        if self.kind == "number":
            before = self.tokens[self.at - 1]
            if before.kind == "number":
                raise NotUnderstood("two numbers side by side")
            return True
        if self.kind == "(" and self.tokens[self.at + 1].text == "mod":
            return False
        if self.kind == "|":
            return not self.bars and not self.no_bar
        return self.kind in _STARTS and self.tokens[self.at].text != "end"

    # Powers ------------------------------------------------------------------------------------------------------

    def factor(self) -> Node:
        node = self.atom()
        factorials = 0
        while True:
            if self.kind == "!":
                self.at += 1
                factorials += 1
                if factorials > 3 or self.kind == "!":
                    raise NotUnderstood("factorials")
                node = Func("factorial", (node,))
            elif self.kind in ("circ", "degree") or self._degree_sign():
                self.at += {"circ": 1, "degree": 1}.get(self.kind, 0)
                self.degrees = True
                node = Quantity(node, "degree")
            elif self.kind == "^":
                self.at += 1
                node = Pow(node, self.exponent())
            else:
                return node

    def _degree_sign(self) -> bool:
        if self.kind != "^":
            return False
        braced = self.tokens[self.at + 1].kind == "{"
        if self.tokens[self.at + 1 + braced].kind not in ("circ", "degree"):
            return False
        if braced and self.tokens[self.at + 3].kind != "}":
            return False
        self.at += 4 if braced else 2
        return True

    def exponent(self) -> Node:
        self.enter()
        if self.kind == "{":
            node = self.group()
        else:
            sign, pair = self.signs()
            if pair:
                raise NotUnderstood("sign")
            node = self.atom()
            if self.kind == "^":
                self.at += 1
                node = Pow(node, self.exponent())
            node = node if sign > 0 else negative(node)
        self.depth -= 1
        return node

    # Atoms -------------------------------------------------------------------------------------------------------

    def atom(self) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise NotUnderstood("size")
        token = self.take()
        kind = token.kind
        if kind == "number":
            return self.number(token)
        if kind == "name":
            return self.name(token)
        if kind == "func":
            return self.function(token.text)
        if kind == "cmd":
            return self.command(token.text)
        if kind in ("(", "[", "\\{", "{"):
            self.enter()
            node = self.bracketed(kind)
            self.depth -= 1
            return node
        if kind in ("|", "lfloor", "lceil"):
            return self.barred(kind)
        raise NotUnderstood(kind)

    def bracketed(self, opening: str) -> Node:
        raise NotImplementedError

    def barred(self, opening: str) -> Node:
        self.enter()
        self.bars += opening == "|"
        node = self.sum()
        self.bars -= opening == "|"
        self.expect({"|": "|", "lfloor": "rfloor", "lceil": "rceil"}[opening])
        self.depth -= 1
        return Func({"|": "abs", "lfloor": "floor", "lceil": "ceil"}[opening], (node,))

    def number(self, token: Token) -> Node:
        node = literal(token.text)
        if self.kind == "_":
            return self.based(token.text)
        if node.decimals is not None or "e" in token.text.lower():
            return node
        if self.kind == "cmd" and self.tokens[self.at].text.endswith("frac"):
            self.take()
            return self.mixed(node, self.command("frac"))
        after = self.tokens[self.at : self.at + 3]
        if [t.kind for t in after] == ["number", "/", "number"] and after[0].spaced:
            self.at += 3
            return self.mixed(node, quotient(literal(after[0].text), literal(after[2].text)))
        return node

    def mixed(self, whole: Num, part: Node) -> Node:
        """`1 1/2`: one and a half, where the part is a fraction below 1; in front of another numeral it is a slip."""
        if not isinstance(part, Num):
            return Mul((whole, part))
        if not 0 < part.value < 1:
            raise NotUnderstood("mixed number")
        return Num(whole.value + part.value)

    def based(self, digits: str) -> Node:
        """`52_8`, `A5_{11}`, `0.11_2`, `12_{\\text{three}}`."""
        self.expect("_")
        text = "".join(token.text for token in self.raw_argument())
        base = int(text) if text.isdigit() and len(text) < 3 else _BASES.get(text.lower(), 0)
        plain = digits.replace(".", "")
        if not 2 <= base <= 16 or not plain.isalnum() or any(int(digit, 36) >= base for digit in plain):
            raise NotUnderstood("base")
        if plain != digits:
            return Quantity(literal(digits), f"base {base}")
        return Based(digits.lstrip("0") or "0", base)

    def name(self, token: Token) -> Node:
        name = token.text
        if self.kind == "_":
            self.at += 1
            name += "_" + "".join(part.text for part in self.raw_argument())
        while self.kind == "'":
            self.at += 1
            name += "'"
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in ("emptyset", "varnothing"):
            return Named("empty")
        if self.kind == "(" and not self.tokens[self.at].spaced and len(token.text) == 1:
            call = self.call(name)
            if call is not None:
                return call
        return Sym(name)

    def call(self, name: str) -> Node | None:
        """`f(x)`, `f(2)`, `S_n(k)`; but `n(n+1)` is a product. The tokens up to the bracket are few: looked at first."""
        end = self.at + 1
        plain = True
        while self.tokens[end].kind in ("name", "number", ",", "-"):
            plain = plain and self.tokens[end].kind in ("name", "number", ",")
            end += 1
        related = (
            self.tokens[end + 1].kind in ("=", "<", ">", "<=", ">=", "!=", "~=")
            if end < len(self.tokens) - 1
            else False
        )
        if self.tokens[end].kind != ")" or end == self.at + 1:
            if name[0] not in "fg":
                return None
        elif not (name[0] in _CALLABLE or (related and plain)):
            return None
        self.take()
        self.enter()
        args = [self.sum()]
        while self.skip(","):
            args.append(self.sum())
        self.expect(")")
        self.depth -= 1
        return Call(name, tuple(args))

    def raw_argument(self) -> list[Token]:
        """The tokens of a subscript: one, or those in its braces."""
        token = self.take()
        if token.kind == "number":
            return [token]
        if token.kind != "{":
            if token.kind not in ("name", "word", "func"):
                raise NotUnderstood("subscript")
            return [token]
        taken, open_braces = [], 1
        while True:
            token = self.take()
            open_braces += (token.kind == "{") - (token.kind == "}")
            if token is _END:
                raise NotUnderstood("subscript")
            if not open_braces:
                return taken
            taken.append(token)

    # Functions and commands --------------------------------------------------------------------------------------

    def function(self, name: str) -> Node:
        power: Node | None = None
        base: Node | None = None
        while self.kind in ("^", "_"):
            if self.take().kind == "^":
                power = self.exponent()
            else:
                base = self.argument()
        args = self.arguments()
        if name in _TRIG and power == MINUS_ONE:
            name, power = "arc" + name, None
        node = self._apply(name, args, base)
        return node if power is None else Pow(node, power)

    def _apply(self, name: str, args: tuple[Node, ...], base: Node | None) -> Node:
        if name in _TRIG:
            args = tuple(radians(arg) for arg in args)
        if name in ("log", "lg"):
            if len(args) == 2 and base is None:
                args, base = args[:1], args[1]
            base = base or Num(Fraction(10))
            name, args = ("ln", args) if base == _CONSTANTS["e"] else ("log", (*args, base))
        elif base is not None or (name == "mod") != (len(args) == 2 and name not in ("gcd", "lcm", "max", "min")):
            raise NotUnderstood(name)
        if name == "exp":
            return Pow(Const("e"), args[0])
        return Func(name, args)

    def arguments(self) -> tuple[Node, ...]:
        """In brackets, or the product that follows: `sin 2x cos y` is sin(2x) cos(y), and `sin(x) y` sin(x) times y."""
        if self.kind in ("(", "{", "["):
            closing = {"(": ")", "{": "}", "[": "]"}[self.take().kind]
            self.enter()
            args = [self.sum()]
            while self.skip(","):
                args.append(self.sum())
            self.expect(closing)
            self.depth -= 1
            return tuple(args)
        self.enter()
        sign, pair = self.signs()
        if pair:
            raise NotUnderstood("sign")
        factors = [self.factor()]
        while self.kind in ("name", "number") or (self.kind == "cmd" and self.tokens[self.at].text == "frac"):
            factors.append(self.factor())
        self.depth -= 1
        node = factors[0] if len(factors) == 1 else Mul(tuple(factors))
        return (node if sign > 0 else negative(node),)

    def command(self, name: str) -> Node:
        if name.endswith("frac"):
            return quotient(self.argument(), self.argument())
        if name == "sqrt":
            degree: Node = TWO
            if self.skip("["):
                degree = self.sum()
                self.expect("]")
            return Func("root", (self.argument(whole_number=True), degree))
        if name.endswith("binom"):
            return Func("binom", (self.argument(), self.argument()))
        if name in _ACCENTS:
            return Sym(f"{name} {''.join(token.text for token in self.raw_argument())}")
        if name == "mathbb":
            text = "".join(token.text for token in self.raw_argument())
            if text not in ("R", "Q", "Z", "N", "C"):
                raise NotUnderstood("set")
            return Named(text)
        if name in ("sum", "prod"):
            return self.big(name)
        if name == "begin":
            return self.environment()
        raise NotUnderstood(name)

    def environment(self) -> Node:
        raise NotImplementedError

    def big(self, kind: str) -> Node:
        self.expect("_")
        self.expect("{")
        token = self.take()
        self.expect("=")
        lower = self.sum()
        self.expect("}")
        self.expect("^")
        upper = self.argument(whole_number=True)
        if token.kind != "name":
            raise NotUnderstood("bound variable")
        self.enter()
        body = self.product()
        self.depth -= 1
        return Big(kind, body, token.text, lower, upper)  # type: ignore[arg-type]

    def group(self) -> Node:
        self.expect("{")
        self.enter()
        node = self.sum()
        self.expect("}")
        self.depth -= 1
        return node

    def argument(self, whole_number: bool = False) -> Node:
        r"""What a command takes: braces, or the next sign alone (`\frac12` is a half), but `\sqrt 17` takes the number."""
        if self.kind == "{":
            return self.group()
        token = self.tokens[self.at]
        if token.kind == "number" and not whole_number and len(token.text) > 1:
            self.tokens[self.at] = Token("number", token.text[1:])
            return literal(token.text[0])
        if token.kind == "number":
            self.at += 1
            return literal(token.text)
        self.enter()
        node = self.atom()
        self.depth -= 1
        return node


def literal(text: str) -> Num:
    """The exact value of a numeral: `12`, `.5`, `2.5e3`."""
    digits, _, power = text.lower().partition("e")
    whole, point, decimals = digits.partition(".")
    if not (whole + decimals).isdigit():
        raise NotUnderstood("number")
    value = Fraction(int(whole + decimals), 10 ** len(decimals))
    if power:
        if abs(int(power)) > 400:
            raise NotUnderstood("exponent")
        return Num(value * Fraction(10) ** int(power))
    return Num(value, len(decimals) if point and decimals else None)


def radians(node: Node) -> Node:
    """The argument of a trigonometric function with its degrees turned into radians."""
    if isinstance(node, Quantity) and node.unit == "degree":
        return Mul((node.value, DEGREE))
    if isinstance(node, Add):
        return Add(tuple(radians(term) for term in node.terms))
    if isinstance(node, Mul):
        return Mul(tuple(radians(factor) for factor in node.factors))
    return node


def without_degrees(node: Node) -> Node:
    """An expression as it would be with all degree signs inside trigonometric functions left out."""
    if isinstance(node, Mul):
        return (
            without_degrees(node.factors[0])
            if len(node.factors) == 2 and node.factors[1] == DEGREE
            else Mul(tuple(map(without_degrees, node.factors)))
        )
    if isinstance(node, Add):
        return Add(tuple(map(without_degrees, node.terms)))
    if isinstance(node, Pow):
        return Pow(without_degrees(node.base), without_degrees(node.exponent))
    if isinstance(node, Func):
        return Func(node.name, tuple(map(without_degrees, node.args)))
    return node
