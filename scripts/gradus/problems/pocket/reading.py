"""From a text back to its chain, to prove that two problem sets share none."""

import re
from functools import cache

from gradus.problems.pocket.chain import Chain
from gradus.problems.pocket.families import FAMILIES, Family
from gradus.provenance.errors import GradusError

_SENTENCE_END = re.compile(r"(?<=[.?]) ")
_NUMBER = re.compile(r"\d+")
_SLOT_PATTERN = {"n": r"\d+", "they": "she|he", "They": "She|He", "them": "her|him", "their": "her|his"}


def read_chain(text: str) -> Chain:
    """The chain that `render` wrote as `text`. Raises GradusError for a text of no family."""
    opening, *steps, question = _SENTENCE_END.split(text) if _SENTENCE_END.search(text) else (text, text)
    for patterns in _patterns().values():
        if patterns["start"].fullmatch(opening) and patterns["ask"].fullmatch(question):
            return Chain(_number(opening), tuple(_step(sentence, patterns, text) for sentence in steps))
    raise GradusError(f"not the text of a pocket problem: {text!r}; generate the set again")


def _step(sentence: str, patterns: dict[str, re.Pattern[str]], text: str) -> tuple[str, int]:
    for kind, op in (("add", "+"), ("subtract", "-")):
        if patterns[kind].fullmatch(sentence):
            return op, _number(sentence)
    if patterns["double"].fullmatch(sentence):
        return "*", 2
    raise GradusError(f"no known step: {sentence!r} in {text!r}; generate the set again")


def _number(sentence: str) -> int:
    return int(_NUMBER.findall(sentence)[0])


@cache
def _patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    return {
        name: {kind: _pattern(family, getattr(family, kind)) for kind in ("start", "add", "subtract", "double", "ask")}
        for name, family in FAMILIES.items()
    }


def _pattern(family: Family, frames: tuple[str, ...]) -> re.Pattern[str]:
    slots = {**_SLOT_PATTERN, "name": "|".join(family.women + family.men), "items": "|".join(family.items)}
    alternatives = []
    for frame in frames:
        parts = re.split(r"\{(\w+)\}", frame)  # literal, slot, literal, slot, ...
        alternatives.append(
            "".join(f"(?:{slots[part]})" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        )
    return re.compile("|".join(alternatives))
