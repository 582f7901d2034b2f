r"""Parse what is written in rows: matrices, determinants, systems of equations and definitions by cases."""

from gradus.grading.reader import NotUnderstood
from gradus.grading.tree import ListOf, Matrix, Node, SetOf, Text, Tup
from gradus.grading.worded import SEPARATORS, Worded

_MATRICES = frozenset(["matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array", "vmatrix", "psmallmatrix"])
_CONDITIONS = frozenset(["if", "for", "when", "where", "as", "若", "当", "如果"])
_OTHERWISE = frozenset(["otherwise", "else", "其他", "其它"])
_ROW_ENDS = frozenset(["\\\\", "cmd", "end"])


class Arrangements(Worded):
    """Parses environments, in addition to values with their units."""

    def environment(self) -> Node:
        name = "".join(token.text for token in self.raw_argument())
        if name == "cases":
            return self.cases()
        if name not in _MATRICES:
            raise NotUnderstood("environment")
        if name == "array" and self.kind == "{":
            self.raw_argument()
        self.enter()
        rows: list[tuple[Node, ...]] = []
        row: list[Node] = []
        while True:
            row.append(self.sum())
            token = self.take()
            if token.kind == "&":
                continue
            rows.append(tuple(row))
            row = []
            if token.kind == "\\\\" and not self._at_end():
                continue
            if token.kind == "\\\\":
                token = self.take()
            # The name after \end is in braces and may be tokenized as letters or as a word, like that after \begin.
            if token.kind not in ("name", "cmd") or token.text != "end":
                raise NotUnderstood("matrix")
            self.raw_argument()
            break
        self.depth -= 1
        if len({len(entries) for entries in rows}) != 1:
            raise NotUnderstood("matrix")
        matrix = Matrix(tuple(rows))
        return self.determinant(matrix) if name == "vmatrix" else matrix

    def _at_end(self) -> bool:
        return (self.kind, self.tokens[self.at].text) == ("cmd", "end")

    def cases(self) -> Node:
        """A definition by cases is a set of pairs of value and condition; without conditions it is a system."""
        self.enter()
        rows: list[tuple[Node, Node | None]] = []
        while not self._at_end():
            if self.kind == "end":
                raise NotUnderstood("cases")
            rows.append(self.case())
            while self.kind in ("\\\\", *SEPARATORS):
                self.at += 1
        self.take()
        self.raw_argument()
        self.depth -= 1
        if all(condition is None for _, condition in rows) and rows:
            return ListOf(tuple(value for value, _ in rows)) if len(rows) > 1 else rows[0][0]
        if not rows or any(condition is None for _, condition in rows):
            raise NotUnderstood("cases")
        return SetOf(tuple(Tup((value, condition)) for value, condition in rows if condition is not None))

    def case(self) -> tuple[Node, Node | None]:
        value = self.dimensions(self.combination()) if not self._relation_follows() else self.item()
        while self.kind in ("&", *SEPARATORS) or self.tokens[self.at].text.lower() in _CONDITIONS:
            self.at += 1
        if self.kind in _ROW_ENDS:
            return value, None
        if self.tokens[self.at].text.lower() in _OTHERWISE:
            self.at += 1
            self.skip("&")
            return value, Text("otherwise")
        condition = self.item()
        while self.kind in ("&", *SEPARATORS):
            self.at += 1
        if self.kind not in _ROW_ENDS:
            raise NotUnderstood("condition")
        return value, condition

    def _relation_follows(self) -> bool:
        """Whether this cell of a row is a relation, as in a system of equations."""
        for token in self.tokens[self.at :]:
            if token.kind in ("&", "\\\\", ",", "end") or token.text in ("if", "for", "when", "end"):
                return False
            if token.kind in ("=", "<", ">", "<=", ">=", "!="):
                return True
        return False
