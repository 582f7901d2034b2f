r"""Answers to multiple-choice questions: an option is named by its letter, or by its text.

A capital letter alone is a letter, whatever the options say. Else a text names the option that it equals word for word;
else a letter at its beginning decides, as in `(B) Paris`; else a text names the option that it equals by the exact
layers: `0.5` is the option `$\frac{1}{2}$`. A text that equals several options names none.
"""

import re
from collections.abc import Sequence

from gradus.grading.equivalence import judge_in_process
from gradus.grading.literal import plain_text

_LETTER = re.compile(
    r"(?:the )?(?:(?:correct|right|final) )?(?:answer|option|choice)?(?: is)?[: ]*"
    r"(?:[(\[]([a-z])[)\]].*|([a-z])[.):].*|([a-z]))",
    re.DOTALL,
)


def letter_at(place: int) -> str:
    """The letter of the option at a place, counted from 0."""
    return chr(ord("A") + place)


def letter_in(answer: str) -> str | None:
    """The letter that an answer gives, in upper case; None where it gives none."""
    found = _LETTER.fullmatch(plain_text(answer))
    return next(filter(None, found.groups())).upper() if found else None


def as_letter(answer: str, options: Sequence[str]) -> str:
    """The letter of the option that an answer names; the answer itself where it names none.

    options: the texts of the options A, B, ...; empty where only letters are known.
    """
    letter, words = letter_in(answer), plain_text(answer)
    if letter == answer.strip():
        return letter
    named = [place for place, option in enumerate(options) if plain_text(option) == words]
    if not named and letter is not None:
        return letter
    named = named or [p for p, option in enumerate(options) if judge_in_process(answer, option).equal is True]
    return letter_at(named[0]) if len(named) == 1 else answer
