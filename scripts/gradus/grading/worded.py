"""Parse the words around values (units, moduli, scales) and answers that consist of words."""

from gradus.grading import units
from gradus.grading.expressions import Expressions
from gradus.grading.reader import NotUnderstood
from gradus.grading.tokens import Token
from gradus.grading.tree import ListOf, Node, Num, Quantity, Text

SEPARATORS = frozenset({",", ";", "and", ",,"})
_ORDINAL = frozenset({"st", "nd", "rd", "th"})
_SCALES = {"dozen": 12, "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
# Words after a value that are more than the name of what was counted.
_MEANINGFUL = frozenset(
    [
        "not",
        "no",
        "less",
        "more",
        "least",
        "most",
        "than",
        "except",
        "if",
        "where",
        "when",
        "for",
        "with",
        "to",
        "from",
        "through",
        "mod",
        "modulo",
        "base",
        "between",
        "negative",
        "minus",
        "plus",
        "times",
        "over",
        "under",
        "undefined",
        "squared",
        "cubed",
        "doubled",
        "tripled",
        "halved",
        "root",
        "roots",
        "is",
        "are",
        "was",
        "wrong",
        "incorrect",
        "false",
        "isn",
        "doesn",
        "off",
        "short",
        "too",
        "fewer",
        "twice",
        "thrice",
        "half",
    ]
)


class Worded(Expressions):
    """Parses units and words, in addition to expressions."""

    def text(self, start: int) -> Node:
        """Everything up to the next separator or the end, as words."""
        self.at = start
        words: list[str] = []
        while self.kind not in SEPARATORS and self.kind not in ("end", "}", "\\}"):
            token = self.take()
            if words and not token.spaced and token.text.isalnum() and words[-1].isalnum():
                words[-1] += token.text.lower()
            else:
                words.append(token.text.lower())
        kept = [
            word
            for before, word in zip(["", *words], words)
            if any(map(str.isalnum, word)) and not (before.isdigit() and word in _ORDINAL)
        ]
        if len(kept) > 1:
            kept = [word for word in kept if word not in ("a", "an", "the")]
        return Text(" ".join(kept))

    def unit(self, node: Node) -> Node:
        """What follows a value: percent, a unit, a modulus, a scale word such as `million`."""
        if self.kind == "%":
            self.at += 1
            return Quantity(node, "percent")
        if self.skip("$"):
            return Quantity(node, "dollar")
        if self.kind == "pmod" or (self.kind == "(" and self.tokens[self.at + 1].text in ("mod", "bmod")):
            bracket = self.skip("(")
            self.at += 1
            modulus = self.argument(whole_number=True)
            if bracket:
                self.expect(")")
            return Quantity(node, f"mod {modulus.value}") if isinstance(modulus, Num) else node
        words = self.unit_words()
        if not words:
            return node
        scale = _SCALES.get(words[0].lower().removesuffix("s"))
        if scale and isinstance(node, Num):
            node = Num(node.value * scale)
            words.pop(0)
        if (any(word.lower() in _MEANINGFUL for word in words) and words != ["times"]) or len(words) > 8:
            raise NotUnderstood("words")
        unit = units.read_unit(words)
        return self.and_smaller(Quantity(node, unit)) if unit else node

    def unit_words(self) -> list[str]:
        """The words of a unit, with `per` for a division and `^2` for a power; empty if no unit follows."""
        words: list[str] = []
        if self.at_unit_fraction:
            self.take()
            over, under = self.raw_argument(), self.raw_argument()
            return [*(part.text for part in over), "per", *(part.text for part in under)]
        while self.kind == "word" or (words and self.kind in ("name", "^", "/", "(", "*")):
            after = self.tokens[self.at + 1].kind
            if self.tokens[self.at].text in ("by", "x", "X") and after in ("number", "$"):
                break
            if self.kind in ("/", "*") and after not in ("word", "name", "("):
                break
            token = self.take()
            if token.kind == "^":
                words.append("^" + "".join(part.text for part in self.raw_argument()))
            elif token.kind == "(":
                words.extend(part.text for part in self._until(")"))
            elif token.kind != "*":
                words.append("per" if token.kind == "/" else token.text)
        return words

    def dimensions(self, node: Node) -> Node:
        """`4 ft by 12 ft`: two or three lengths, in any order."""
        if not isinstance(node, Quantity):
            return node
        sizes: list[Node] = [node]
        while self.kind == "*" or self.tokens[self.at].text in ("by", "x", "X"):
            self.take()
            sizes.append(self.unit(self.sum()))
        return ListOf(tuple(sizes)) if len(sizes) > 1 else node

    def and_smaller(self, whole: Quantity) -> Quantity:
        """`2 hours 30 minutes`, `5 ft 6 in`: the sum, if a smaller unit of the same kind follows."""
        if self.kind != "number":
            return whole
        start = self.at
        rest = self.unit(self.number(self.take()))
        summed = with_smaller(whole, rest) if isinstance(rest, Quantity) else None
        if summed is not None:
            return summed
        self.at = start
        return whole

    def _until(self, closing: str) -> list[Token]:
        taken = []
        while self.kind not in (closing, "end"):
            taken.append(self.take())
        self.expect(closing)
        return taken


def with_smaller(whole: Quantity, part: Quantity) -> Quantity | None:
    """The sum of two quantities if the second one has a smaller unit of the same kind; else None."""
    if not isinstance(whole.value, Num) or not isinstance(part.value, Num):
        return None
    factor = units.conversion(part.unit, whole.unit)
    if factor is None or factor >= 1:
        return None
    return Quantity(Num(whole.value.value + part.value.value * factor), whole.unit)
