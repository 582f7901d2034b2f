"""Parse the smallest parts of an expression: numerals, names, brackets and bars."""

from gradus.grading.commands import CONSTANTS, Commands
from gradus.grading.counting import LETTERS, are_counts, selections
from gradus.grading.reader import MAX_NODES, NotUnderstood, literal
from gradus.grading.rewrite import quotient
from gradus.grading.tokens import Token
from gradus.grading.tree import Based, Call, Func, Matrix, Mul, Named, Node, Num, Quantity, Sym

_CALLABLE = frozenset("fghFGHPQW")
_BASES = {word: n for n, word in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 2)}
_OPENING = frozenset({",", ";", "and", ",,", "(", "=", "<", ">", "<=", ">="})
_RELATED = frozenset({"=", "<", ">", "<=", ">=", "!=", "~="})


class Atoms(Commands):
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
            return self.determinant(node)
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
        if name in CONSTANTS:
            return CONSTANTS[name]
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
