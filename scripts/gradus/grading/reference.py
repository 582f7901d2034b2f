"""What an answer is compared with, where this is more than a mathematical expression."""

from dataclasses import dataclass
from typing import Literal

AnswerForm = Literal["expression", "number", "choice", "several", "text"]
"""What the reference answers of a set are. Numbers, expressions and lists of them are compared as mathematics."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference answer that is a choice or a text.

    answer: the letter of the right option, or the text.
    options: the texts of the options A, B, C, ...; empty where they are in the problem alone.
    """

    answer: str
    form: Literal["choice", "text"]
    options: tuple[str, ...] = ()
