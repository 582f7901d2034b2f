"""Domain tokens in place of what a text says in other words."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from gradus.study.settings.domain_tokens import Mode
from gradus.vocabulary.family import TokenFamily
from gradus.vocabulary.named import token_family

if TYPE_CHECKING:  # it loads all kinds of tokens, and a job only needs its own
    from gradus.study.settings.token_groups import InjectedTokens

Injector = Callable[[str], str]


def injector(settings: "InjectedTokens | None") -> Injector:
    """What the settings do to a text; nothing for None."""
    return unchanged if settings is None else partial(inject, family=token_family(settings), mode=settings.mode)


def unchanged(text: str) -> str:
    return text


def inject(text: str, family: TokenFamily, mode: Mode) -> str:
    """The text with tokens of the family for its expressions: all of them (weak), or those with their results (strict).

    A result that is stated beside an expression is a part of what its token says, and goes with it.
    """
    assert family.expressions is not None  # as the study was checked for
    pieces: list[str] = []
    done = 0
    for found in family.expressions(text):
        if found.proven or mode == "weak":
            pieces += [text[done : found.start], found.token]
            done = found.end
    return "".join([*pieces, text[done:]])
