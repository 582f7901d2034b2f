r"""Formulas in running text: `$...$`, `$$...$$`, `\(...\)`, `\[...\]`. One pass, linear in the length."""

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"\$\$|\\[()\[\]]|\\.|\$", re.DOTALL)
_CLOSES = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]"}
_LONGEST = 1000
_MARKUP = re.compile(r"\\[A-Za-z]+\s*(?:\{[^{}]*\})?")
_PROSE = re.compile(r"[A-Za-z]{3,}\s+[A-Za-z]{2,}")


def last_formula(text: str) -> tuple[str, str] | None:
    """The content of the last formula and the text after it, else None.

    The text between two dollar signs is not a formula if it contains the end of a paragraph or two words of prose: in
    `$5 for a book and $7 for a pen` they are amounts of money.
    """
    last = None
    for found in _formulas(text):
        last = found
    return (text[last[1] : last[2]].strip(), text[last[3] :]) if last else None


def without_formulas(text: str) -> str:
    """The prose around the formulas."""
    kept, end = [], 0
    for start, _, _, after in _formulas(text):
        kept.append(text[end:start])
        end = after
    return " ".join([*kept, text[end:]])


def _formulas(text: str) -> Iterator[tuple[int, int, int, int]]:
    """For each formula: where it starts, where its content begins and ends, and where it ends."""
    opener, begin = "", 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if opener and sign == _CLOSES[opener]:
            start, opener = begin - len(opener), ""
            if token.start() - begin <= _LONGEST and _is_formula(text[begin : token.start()]):
                yield start, begin, token.start(), token.end()
                continue
        if sign in _CLOSES:
            opener, begin = sign, token.end()


def _is_formula(content: str) -> bool:
    if not content.strip() or "\n\n" in content:
        return False
    return _PROSE.search(_MARKUP.sub(" ", content)) is None
