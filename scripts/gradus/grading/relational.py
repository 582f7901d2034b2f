"""Parse relations: sides with their units, joined by `=`, `<` and similar signs."""

from gradus.grading.arrangements import Arrangements
from gradus.grading.notation import UNSUPPORTED
from gradus.grading.reader import NotUnderstood
from gradus.grading.tree import Node, Quantity, Relation, Sym, Text
from gradus.grading.worded import SEPARATORS

RELATIONS = frozenset({"=", "!=", "<", "<=", ">", ">=", "~=", "in"})
_BEGINS = frozenset({"(", "[", "{", "\\{"})
_ENDS = frozenset({")", "]", "}", "\\}"})


class Relational(Arrangements):
    """Parses relations, in addition to values and environments."""

    def relation(self, first: Node | None = None) -> Node:
        if first is None and self.kind in ("<", "<=", ">", ">=") and not self.depth:
            first = Sym("?")  # "at most 5" written with a sign
        sides = [first or self.side()]
        ops: list[str] = []
        while self.kind in RELATIONS:
            ops.append(self.take().kind)
            if self.kind == "=" and ops[-1] in ("<", ">", "!"):
                self.at += 1
            words = []
            while self.kind == "word":
                words.append(self.take().text.lower())
            sides.append(Text(" ".join(words)) if words else self.side())
        if not ops:
            return sides[0]
        # The last side's unit is that of all sides; in an inequality the bounds are values.
        unit = next((side.unit for side in reversed(sides) if isinstance(side, Quantity) and side.unit != "degree"), "")
        bare = [side.value if isinstance(side, Quantity) and side.unit == unit else side for side in sides]
        relation = Relation(tuple(bare), tuple(ops))
        return Quantity(relation, unit) if unit else relation

    def side(self) -> Node:
        """One side of a relation with its unit. Unsupported notation before an equals sign, such as a limit, is a name
        for the value after it."""
        start, depth = self.at, self.depth
        try:
            return self.dimensions(self.unit(self.combination()))
        except NotUnderstood:
            self.depth = depth
            end = self._equals_sign(start)
            skipped = self.tokens[start:end]
            named = any(token.text in UNSUPPORTED or token.text in ("max", "min") for token in skipped)
            if end is None or not named or any(token.kind == "word" for token in skipped):
                raise
            self.at, self.bars, self.no_bar = end, 0, False
            return Sym("".join(token.text for token in self.tokens[start:end]))

    def _equals_sign(self, start: int) -> int | None:
        """The position of this item's next equals sign outside of all brackets; None if there is none."""
        if self.depth:
            return None
        level = 0
        for at in range(start, len(self.tokens)):
            kind = self.tokens[at].kind
            level += (kind in _BEGINS) - (kind in _ENDS)
            if level < 0 or (not level and kind in SEPARATORS):
                return None
            if not level and kind == "=":
                return at if at > start else None
        return None
