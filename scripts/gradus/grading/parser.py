r"""Parse a whole answer into a tree: lists, tuples, intervals, sets, relations, matrices, units and words.

`parse` never raises: it returns None for unknown notation and for answers larger than the bounds. Time is linear in the
length. What the notation means (is `x = 5` the number 5?) is decided in `interpret.py`, by the policy in `POLICY.md`.
"""

import re

from gradus.grading.boxes import unboxed
from gradus.grading.numberwords import number_of
from gradus.grading.reader import NotUnderstood
from gradus.grading.relational import RELATIONS, Relational
from gradus.grading.remarks import stated_time, value_candidates, without_remarks, without_universal
from gradus.grading.rewrite import gather_degrees
from gradus.grading.spelling import prepare, undouble
from gradus.grading.tokens import tokenize
from gradus.grading.tree import (
    Const,
    Func,
    Interval,
    ListOf,
    Mul,
    Named,
    Node,
    Num,
    Quantity,
    Ratio,
    Relation,
    SetOf,
    SetOp,
    SetOperation,
    Sym,
    Text,
    Tup,
)  # fmt: skip
from gradus.grading.worded import SEPARATORS, with_smaller

MAX_CHARACTERS = 2000

_SET_OPERATIONS: dict[str, SetOperation] = {"cup": "union", "cap": "intersection", "setminus": "difference"}
_HEDGES = frozenset(
    ["about", "approximately", "exactly", "only", "is", "are", "answer", "the", "just", "around", "roughly"]
)
_LETTERS_ONLY = re.compile("[A-Za-z -]{3,80}")
_ITEM_ENDS = frozenset({"end", ")", "]", "}", "\\}", "|", ":", "&", "\\\\"})


def parse(text: str) -> Node | None:
    """The tree of an answer, or None if it is not understood."""
    if len(text) > MAX_CHARACTERS:
        return None
    return parse_prepared(without_universal(without_remarks(prepare(unboxed(undouble(text))))[0]))


def parse_prepared(text: str) -> Node | None:
    """`parse` for the output of `spelling.prepare` and `remarks.without_remarks`."""
    time = stated_time(text)
    if time is not None:
        return time
    if _LETTERS_ONLY.fullmatch(text):
        number = number_of(text.lower().replace("-", " "))
        if number is not None:
            return Num(number)
    tree = _tree(text)
    if _is_wordy(tree):
        for part in value_candidates(text):
            value = _tree(without_remarks(part)[0])
            if not _is_wordy(value):
                return value
    return tree


def _is_wordy(tree: Node | None) -> bool:
    """Whether a text was not understood, or only as words."""
    return tree is None or isinstance(tree, Text) or (isinstance(tree, ListOf) and any(map(_is_wordy, tree.items)))


def _tree(text: str) -> Node | None:
    tokens = tokenize(text)
    if not tokens:
        return None
    try:
        return Answers(tokens).answer()
    except NotUnderstood:
        return None


class Answers(Relational):
    """Parses whole answers: lists, brackets and words, in addition to relations."""

    def answer(self) -> Node:
        items, connectives = self.items("end")
        if not items:
            raise NotUnderstood("nothing")
        return items[0] if len(items) == 1 else _together(items, connectives)

    def items(self, *closing: str) -> tuple[list[Node], list[str]]:
        """The items up to (not including) a closing token, and the connectives between them."""
        items: list[Node] = []
        connectives: list[str] = []
        while self.kind in SEPARATORS:
            self.at += 1
        while self.kind not in closing:
            if len(items) >= 400:
                raise NotUnderstood("size")
            items.append(self.item())
            connective = ""
            while self.kind in SEPARATORS:
                token = self.take()
                connective = token.text.lower() if token.kind == "and" else connective or token.kind
            if connective and self.kind not in closing:
                connectives.append(connective)
            elif self.kind not in closing:
                raise NotUnderstood(self.kind)
        return items, connectives

    # One item: a relation, a value with its unit, or words -----------------------------------------------------

    def item(self) -> Node:
        outer = self.degrees, self.currency
        self.degrees = self.currency = False
        start = self.at
        words = []
        while self.kind == "word":
            words.append(self.take().text.lower())
        if len(words) == 1 and self.kind == "_" and words[0].isalnum():
            return self.based(words[0].upper())
        if self.kind == "~=" and self.at == start:
            self.at += 1
        if words and self.kind not in RELATIONS:
            if not set(words) <= _HEDGES:
                return self.text(start)
            words = []
        try:
            node = self.relation(Sym(" ".join(words)) if words else None)
            node = self.unit(node)
            if self.kind not in SEPARATORS and self.kind not in _ITEM_ENDS and self.tokens[self.at].text != "end":
                raise NotUnderstood(self.kind)
        except NotUnderstood:
            if not any(token.kind == "word" and len(token.text) > 2 for token in self.tokens[start:]):
                raise
            self.at, self.depth, self.bars, self.no_bar = start, self.depth, 0, False
            node = self.text(start)
        if self.degrees:
            node = gather_degrees(node)
        if self.currency:
            node = Quantity(node.value if isinstance(node, Quantity) else node, "dollar")
        self.degrees, self.currency = outer
        return node

    def combination(self) -> Node:
        """Sets joined by union, intersection and difference, left-associative; or one ratio or expression."""
        node = self.ratio()
        while self.kind in _SET_OPERATIONS:
            op = _SET_OPERATIONS[self.take().kind]
            part = self.ratio()
            parts = node.parts if isinstance(node, SetOp) and node.op == op != "difference" else (node,)
            node = SetOp(op, (*parts, part))
        return node

    def ratio(self) -> Node:
        start = self.at
        node = self.sum()
        if self.skip("mod"):
            return Func("mod", (node, self.sum()))
        if self.skip("choose"):
            return Func("binom", (node, self.sum()))
        if self.kind != ":" or self.no_bar:
            return node
        parts, digits = [node], [self._written(start)]
        while self.skip(":"):
            start = self.at
            parts.append(self.sum())
            digits.append(self._written(start))
        return Ratio(tuple(parts), tuple(digits))

    def _written(self, start: int) -> str:
        return self.tokens[start].text if self.at == start + 1 else ""

    # Brackets ----------------------------------------------------------------------------------------------------

    def bracketed(self, opening: str) -> Node:
        bars, self.bars = self.bars, 0
        no_bar, self.no_bar = self.no_bar, opening == "\\{"
        items, connectives = self.items(")", "]", "}", "\\}", "|", ":")
        self.bars, self.no_bar = bars, no_bar
        closing = self.take().kind
        if opening == "\\{" and closing in ("|", ":"):
            return self.set_builder(items)
        if opening in ("{", "\\{"):
            if closing != opening.replace("{", "}"):
                raise NotUnderstood("brackets")
            if opening == "\\{":
                return SetOf(tuple(items)) if items else Named("empty")
            if not items:
                raise NotUnderstood("nothing")
            return items[0] if len(items) == 1 else _together(items, connectives)
        if closing not in (")", "]") or not items:
            raise NotUnderstood("brackets")
        if len(items) == 1 and (opening, closing) in (("(", ")"), ("[", "]")):
            return items[0]
        if len(items) == 2 and ((opening, closing) != ("(", ")") or any(map(_infinite, items))):
            return Interval(items[0], items[1], opening == "[", closing == "]")
        if (opening, closing) not in (("(", ")"), ("[", "]")):
            raise NotUnderstood("brackets")
        return Tup(tuple(items))

    def set_builder(self, items: list[Node]) -> Node:
        r"""`\{x | x > 2\}`: the relation that defines its members, wrapped as a set, so that two of them form a list
        and not one condition."""
        conditions, connectives = self.items("\\}")
        self.expect("\\}")
        kept = [each for each in conditions if not (isinstance(each, Relation) and each.ops == ("in",))]
        conditions = kept or conditions
        if len(items) != 1 or not conditions:
            raise NotUnderstood("set")
        return SetOp("union", (conditions[0] if len(conditions) == 1 else _together(conditions, connectives),))


def _together(items: list[Node], connectives: list[str]) -> Node:
    """`x < 0 or x > 2` is one condition, `2 hours and 30 minutes` one duration; everything else is a list."""
    whole = items[0]
    for part in items[1:] if set(connectives) == {"and"} else ():
        whole = _sum_of(whole, part)
    if isinstance(whole, Quantity) and whole is not items[0]:
        return whole
    if all(isinstance(item, Relation) and set(item.ops) <= {"<", "<=", ">", ">=", "!="} for item in items):
        if set(connectives) == {"or"}:
            return SetOp("union", tuple(items))
        if set(connectives) <= {"and", ","}:
            return SetOp("intersection", tuple(items))
    return ListOf(tuple(items))


def _sum_of(whole: Node | None, part: Node) -> Quantity | None:
    if isinstance(whole, Quantity) and isinstance(part, Quantity) and isinstance(whole.value, Num):
        return with_smaller(whole, part)
    return None


def _infinite(node: Node) -> bool:
    oo = Const("oo")
    return node == oo or (isinstance(node, Mul) and oo in node.factors)
