"""Parse functions and LaTeX commands with their arguments."""

from fractions import Fraction

from gradus.grading.counting import Selections
from gradus.grading.reader import NotUnderstood, literal
from gradus.grading.rewrite import MINUS_ONE, determinant, negative, quotient, radians
from gradus.grading.tokens import Token
from gradus.grading.tree import Big, Call, Const, Func, Matrix, Mul, Named, Node, Num, Pow, Sym

CONSTANTS = {"pi": Const("pi"), "e": Const("e"), "i": Const("i"), "infty": Const("oo")}
_TWO = Num(Fraction(2))
_TRIG = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_INVERTIBLE = _TRIG | {"sinh", "cosh", "tanh"}
_ACCENTS = frozenset(
    ["overline", "bar", "vec", "overrightarrow", "hat", "widehat", "tilde", "widetilde", "dot", "overarc"]
)
_SAME_ACCENT = {"overrightarrow": "vec", "overline": "bar", "widehat": "hat", "widetilde": "tilde"}
_ANY_NUMBER = frozenset({"gcd", "lcm", "max", "min"})


class Commands(Selections):
    """Parses functions and commands, in addition to combinations and permutations."""

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
            node = self.determinant(args[0]) if isinstance(args[0], Matrix) else Call("det", args)
        else:
            node = self._applied(name, args, base)
        return node if power is None else Pow(node, power)

    def _applied(self, name: str, args: tuple[Node, ...], base: Node | None) -> Node:
        if name in _TRIG:
            args = tuple(radians(arg) for arg in args)
        if name in ("log", "lg"):
            if len(args) == 2 and base is None:
                args, base = args[:1], args[1]
            base = base or Num(Fraction(10))
            name, args = ("ln", args) if base == CONSTANTS["e"] else ("log", (*args, base))
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
            degree: Node = _TWO
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
        return Big("sum" if kind == "sum" else "prod", body, token.text, lower, upper)

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

    def determinant(self, matrix: Matrix) -> Node:
        node = determinant(matrix)
        if node is None:
            raise NotUnderstood("determinant")
        return node
