"""Multiple-choice questions: which option of a row is right, in which order the options are, and how they are asked."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gradus.grading.choices import letter_at, letter_in
from gradus.problems.raw.row import Row

ChoiceBy = Literal["letter", "text", "index", "number"]

MOST_OPTIONS = 26


@dataclass(frozen=True)
class Choice:
    """A problem with its options, and the letter of the right one.

    options: in their order; empty where only letters are known. question: the problem without them.
    """

    problem: str
    letter: str
    options: tuple[str, ...] = ()
    question: str = ""


def choice_of(row: Row, by: ChoiceBy | None, line: str, shuffle: int | None) -> Choice:
    """The choice in a row, with its options below the question, each in a `line`.

    by: how the answer names the right option; None: by its letter or its text. shuffle: the seed that draws the order,
    from the question too, so that a row has the same order in every file and study; None: that of the row.
    Raises GradusError where no option or several are meant.
    """
    question = row.text("problem")
    if row.get("options") is None:
        return Choice(question, _lone_letter(row))
    options = _options(row)
    right = _right(row, options, by)
    order = list(range(len(options)))
    if shuffle is not None:
        random.Random(f"{shuffle}/options/{question}").shuffle(order)
    shown = tuple(options[place] for place in order)
    lines = [line.replace("{letter}", letter_at(place)).replace("{option}", text) for place, text in enumerate(shown)]
    return Choice("\n".join([question, "", *lines]), letter_at(order.index(right)), shown, question)


def _lone_letter(row: Row) -> str:
    answer = row.answer("answer")
    letter = letter_in(answer)
    if letter is None:
        remedy = "correct the row, name the options under `columns.options`, or set `answers: text`"
        raise row.error(f"the answer {answer!r:.60} is no letter", remedy)
    return letter


def _options(row: Row) -> tuple[str, ...]:
    given = row.get("options")
    values = given if isinstance(given, list) else []
    texts = [str(value).strip() for value in values if isinstance(value, str | int | float)]
    if not 2 <= len(texts) <= MOST_OPTIONS or len(texts) < len(values) or not all(texts):
        what = f"the options {given!r:.60} are not 2 to {MOST_OPTIONS} texts or numbers"
        raise row.error(what, "correct the row, or name a column of lists, or a list of columns, as `columns.options`")
    return tuple(texts)


def _right(row: Row, options: Sequence[str], by: ChoiceBy | None) -> int:
    answer = row.answer("answer")
    places = {place for way in ([by] if by else ["letter", "text"]) for place in _named(answer, options, way)}
    if len(places) != 1:
        what = f"the answer {answer!r:.60} names {len(places) or 'none'} of the {len(options)} options"
        raise row.error(what, "correct the row, or say under `choice_by` what it is: letter, text, index or number")
    return places.pop()


def _named(answer: str, options: Sequence[str], by: str) -> list[int]:
    """The places of the options that an answer names in one way."""
    if by == "text":
        return [place for place, option in enumerate(options) if option == answer]
    if by == "letter":
        letter = letter_in(answer)
        place = -1 if letter is None else ord(letter) - ord("A")
    else:
        place = int(answer) - (by == "number") if answer.isdecimal() else -1
    return [place] if 0 <= place < len(options) else []
