"""Parse the smallest parts of an expression: numerals, names, functions, commands with their arguments."""

from fractions import Fraction

from gradus.grading.counting import LETTERS, Selections, are_counts, selections
from gradus.grading.determinant import determinant
from gradus.grading.reader import MAX_NODES, NotUnderstood, literal
from gradus.grading.rewrite import MINUS_ONE, negative, quotient, radians
from gradus.grading.tokens import Token
from gradus.grading.tree import Based, Big, Call, Const, Func, Matrix, Mul, Named, Node, Num, Pow, Quantity, Sym

TWO = Num(Fraction(2))
_CONSTANTS = {"pi": Const("pi"), "e": Const("e"), "i": Const("i"), "infty": Const("oo")}
_TRIG = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_INVERTIBLE = _TRIG | {"sinh", "cosh", "tanh"}
_CALLABLE = frozenset("fghFGHPQW")
_ACCENTS = frozenset(
    ["overline", "bar", "vec", "overrightarrow", "hat", "widehat", "tilde", "widetilde", "dot", "overarc"]
)
_SAME_ACCENT = {"overrightarrow": "vec", "overline": "bar", "widehat": "hat", "widetilde": "tilde"}
_BASES = {word: n for n, word in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 2)}
_ANY_NUMBER = frozenset({"gcd", "lcm", "max", "min"})
_OPENING = frozenset({",", ";", "and", ",,", "(", "=", "<", ">", "<=", ">="})
_RELATED = frozenset({"=", "<", ">", "<=", ">=", "!=", "~="})


class Atoms(Selections):
    """Parses what a product is made of."""

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
        if kind == "{" and self.skip("}"):
            return self.atom()
        if kind in ("_", "^"):
            return self.prefixed(kind)
        if kind in ("(", "[", "\\{", "{"):
            self.enter()
            node = self.bracketed(kind)
            self.depth -= 1
            return node
        if kind in ("|", "lfloor", "lceil"):
            return self.barred(kind)
        if kind == "word" and len(token.text) == 2 and token.text.isascii() and token.text.isalpha():
            return Mul(tuple(map(Sym, token.text)))  # two variables in upright letters
        raise NotUnderstood(kind)

    def barred(self, opening: str) -> Node:
        self.enter()
        self.bars += opening == "|"
        node = self.sum()
        self.bars -= opening == "|"
        self.expect({"|": "|", "lfloor": "rfloor", "lceil": "rceil"}[opening])
        self.depth -= 1
        if isinstance(node, Matrix) and opening == "|":
            return determinant(node)
        return Func({"|": "abs", "lfloor": "floor", "lceil": "ceil"}[opening], (node,))

    def number(self, token: Token) -> Node:
        node = literal(token.text)
        if self.kind == "_":
            return self.based(token.text)
        if node.decimals is not None or "e" in token.text.lower():
            return node
        if self.kind == "cmd" and self.tokens[self.at].text.endswith("frac") and not self.at_unit_fraction:
            self.take()
            return self.mixed(node, self.command("frac"))
        after = self.tokens[self.at : self.at + 3]
        if [t.kind for t in after[:2]] == ["name", "number"] and after[0].text in "CP" and not after[0].spaced:
            self.at += 2  # 10C3
            return selections(after[0].text, node, literal(after[1].text))
        if [t.kind for t in after] == ["number", "/", "number"] and after[0].spaced:
            self.at += 3
            return self.mixed(node, quotient(literal(after[0].text), literal(after[2].text)))
        return node

    def mixed(self, whole: Num, part: Node) -> Node:
        """`1 1/2` is one and a half if the second part is a fraction below 1; before another numeral it is an error."""
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
        if name in LETTERS and self.kind in ("_", "^"):
            found = self.selected(name)
            if found is not None:
                return found
        if self.kind == "_":
            self.at += 1
            name += "_" + "".join(part.text for part in self.raw_argument())
        name += "'" * self.primes()
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name in ("emptyset", "varnothing", "oslash"):
            return Named("empty")
        if self.kind == "(" and not self.tokens[self.at].spaced and len(token.text) == 1:
            call = self.call(name)
            if call is not None:
                return call
        return Sym(name)

    def primes(self) -> int:
        r"""How many primes follow, as superscripts (`y^{\prime}`) or not."""
        at = self.at
        raised = self.tokens[at].kind == "^"
        braced = raised and self.tokens[at + 1].kind == "{"
        at += raised + braced
        begin = at
        while self.tokens[at].kind == "'":
            at += 1
        count = at - begin
        if count and (not braced or self.tokens[at].kind == "}"):
            self.at = at + braced
            return count
        return 0

    def call(self, name: str) -> Node | None:
        """`f(x)`, `f(2)`, `S_n(k)`; but `n(n+1)` is a product. Looks at the tokens up to the bracket."""
        end = self.at + 1
        plain = True
        while self.tokens[end].kind in ("name", "number", ",", "-"):
            plain = plain and self.tokens[end].kind in ("name", "number", ",")
            end += 1
        first = self.at < 2 or self.tokens[self.at - 2].kind in _OPENING
        related = first and end < len(self.tokens) - 1 and self.tokens[end + 1].kind in _RELATED
        if self.tokens[end].kind != ")" or end == self.at + 1:
            if name[0] not in "fg":
                return None
        elif not (
            name[0] in _CALLABLE
            or (name in LETTERS and self.two_counts(end))
            or (related and plain)
            or self.at_zero(end)
        ):
            return None
        self.take()
        self.enter()
        args = [self.sum()]
        while self.skip(","):
            args.append(self.sum())
        self.expect(")")
        self.depth -= 1
        if name in ("C", "P") and len(args) == 2 and are_counts(*args):
            return selections(name, *args)
        return Call(name, tuple(args))

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
        if name in _INVERTIBLE and power == MINUS_ONE:
            name, power = "arc" + name, None
        if name == "det":
            node = determinant(args[0]) if isinstance(args[0], Matrix) else Call("det", args)
        else:
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
        elif base is not None or (name not in _ANY_NUMBER and len(args) != 1 + (name in ("mod", "binom"))):
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
        while (self.kind in ("name", "number") and not self._exponential()) or (
            self.kind == "cmd" and self.tokens[self.at].text == "frac"
        ):
            factors.append(self.factor())
        if Const("pi") in factors and self.kind == "/" and self.tokens[self.at + 1].kind == "number":
            self.take()  # sin pi/6
            factors = [quotient(factors[0] if len(factors) == 1 else Mul(tuple(factors)), self.factor())]
        self.depth -= 1
        node = factors[0] if len(factors) == 1 else Mul(tuple(factors))
        return (node if sign > 0 else negative(node),)

    def _exponential(self) -> bool:
        """`sin x e^{-t}` is sin(x) times e^{-t}."""
        return self.tokens[self.at].text == "e" and self.tokens[self.at + 1].kind == "^"

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
            return Sym(f"{_SAME_ACCENT.get(name, name)} {''.join(token.text for token in self.raw_argument())}")
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
        r"""A command's argument: braces, or the next character, as in `\frac12`; but `\sqrt 17` takes the number."""
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
