"""One row of others' traces before anything is chosen: a question with the solutions that its publisher has for it."""

from collections.abc import Iterator
from dataclasses import dataclass

from gradus.grading.reference import Reference
from gradus.problems.raw.row import Row
from gradus.prompts.messages import Message, messages_for
from gradus.specs.prompts import PromptSpec

MOST_CHARACTERS = 500_000
"""Of a question, and of a solution. The longest published thoughts have some 100,000; more is a corrupt file."""

WRONG_ROW = "correct the row, or remove it"


@dataclass(frozen=True, slots=True)
class Candidate:
    """`messages` are the conversation before the solution; `answer` is empty where the publisher gives none.

    `place` is for error messages. `unique` says that the id is the publisher's own, which occurs once in a set.
    `unused` are keys of the row, and of its turns, that are not read. `reference` is what solutions are compared with;
    None: `answer`.
    """

    id: str
    messages: tuple[Message, ...]
    solutions: tuple[str, ...]
    answer: str
    teacher: str
    place: str
    unique: bool = True
    unused: frozenset[str] = frozenset()
    reference: str | Reference | None = None


Found = Iterator[Candidate | str]
"""Candidates, and for each row that has no solution to keep, the reason."""


def asked(row: Row, question: str, prompt: PromptSpec) -> tuple[Message, ...]:
    """The conversation that asks a row's question. Raises GradusError for an impossible one."""
    return tuple(messages_for(checked(row, "question", question), prompt))


def checked(row: Row, what: str, text: str) -> str:
    """The text itself. Raises GradusError with file and line where it is empty, overlong or not to be saved."""
    if not text.strip():
        raise row.error(f"the {what} is empty", WRONG_ROW)
    if len(text) > MOST_CHARACTERS:
        raise row.error(f"the {what} has {len(text):,} characters, more than {MOST_CHARACTERS:,}", WRONG_ROW)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise row.error(f"the {what} holds half a character (a lone surrogate)", WRONG_ROW)
    return text
