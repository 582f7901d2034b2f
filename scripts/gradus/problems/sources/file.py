"""Any set of problems, the user's own or one of the hub: JSON lines, JSON, CSV, TSV, parquet or Arrow."""

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from gradus.grading.reference import AnswerForm
from gradus.problems.answer_forms import answer_of
from gradus.problems.choices import Choice, ChoiceBy, choice_of
from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.source import PublishedSource, RowPolicy
from gradus.study.settings.base import Settings
from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.problems import PublishedProblems

_LEVEL = re.compile(r"(?:level\s*)?(-?[0-9]{1,2})(?:\.[0-9]+)?", re.IGNORECASE)
_HIGHEST_LEVEL = 99
_SPOT, _LETTER, _OPTION = "{problem}", "{letter}", "{option}"

Count = Annotated[int, Field(ge=1)]


def _with(*marks: str) -> Callable[[str], str]:
    """A check that a text has each of these marks once."""

    def checked(text: str) -> str:
        if any(text.count(mark) != 1 for mark in marks):
            raise PydanticCustomError("marks", "expected a text with {marks}, once", {"marks": " and ".join(marks)})
        return text

    return checked


class Columns(Settings):
    """What a file's columns are called, or paths into them such as `prompt.0.content`, where they are not called so."""

    id: str | None = Field(None, min_length=1, description="Ids; null: `id` where there is one, else row numbers.")
    problem: str = Field("problem", min_length=1, description="The problems.")
    answer: str = Field("answer", min_length=1, description="The reference answers.")
    options: str | list[str] | None = Field(
        None,
        min_length=1,
        description="The options of choices: one column of lists, or a list of columns. null: `options` where there is "
        "one, else they are in the problems already.",
    )
    context: str | None = Field(
        None,
        min_length=1,
        description="Texts that one of the options continues, for a benchmark with a `metric`. null: none.",
    )
    level: str | None = Field(
        None,
        min_length=1,
        description="Levels, numbers from 0 to 99 without their fractions, below 0: none; null: `level` where there is "
        "one, else 0.",
    )
    subject: str | None = Field(None, min_length=1, description="Subjects; null: `subject` where there is one.")
    cluster: str | None = Field(
        None,
        min_length=1,
        description="What says which problems belong together, for a benchmark with `cluster: cluster`, such as the "
        "text that several questions are about. null: none.",
    )
    solution: str = Field("solution", min_length=1, description="Worked solutions, for traces of kind `solutions`.")


class FileProblems(PublishedProblems):
    """A set of problems of any origin."""

    source: Literal["file"] = Field("file", description="A file or folder of one's own, or any data set of the hub.")
    repo: str = repo_field("")
    files: list[str] = files_field("*.jsonl", "*.parquet", "*.csv", "*.tsv", "*.json", "*.arrow", marks=("split",))
    split: Literal["train", "validation", "test"] | None = Field(
        None, description="Which files of a folder or repository, by the split in their names; null: all."
    )
    columns: Columns = Field(default_factory=Columns, description="What its columns are called.")
    answers: AnswerForm = Field(
        "expression",
        description="What the reference answers have to be, which decides how answers are compared: number, such as "
        "72, -3.5, 3/4, 12% or 1,000; expression, of LaTeX; choice, one of the options; several, a list or parts with "
        "a semicolon between them, in any order; text, word for word and never as mathematics.",
    )
    choice_by: ChoiceBy | None = Field(
        None,
        description="What the answer of a choice is: a letter, the text of an option, its index from 0, or its number "
        "from 1; null: a letter or a text.",
    )
    option_line: Annotated[str, AfterValidator(_with(_LETTER, _OPTION))] = Field(
        "{letter}) {option}", description="The line in which an option is asked, below the question."
    )
    shuffle_options: int | None = Field(
        None,
        ge=0,
        lt=2**31,
        description="Seed of the order of each question's options, for files whose right one has a place of its own; "
        "whatever the study's `seed` is. null: the file's order.",
    )
    wrapper: Annotated[str, AfterValidator(_with(_SPOT))] | None = Field(
        None,
        description="A prompt that the file has around each problem, with `{problem}` where that is, to take away; "
        "space around either is no matter. A row without it is a bad one.",
    )
    bad_rows: Literal["refuse", "leave_out"] = Field(
        "refuse",
        description="What a row without problem or answer, or with one of another form, does: end the build with its "
        "line, or be left out and counted in the set's summary.",
    )
    repeated_rows: Literal["keep", "leave_out"] = Field(
        "keep",
        description="What becomes of a row whose problem an earlier one has word for word: it needs an id of its own, "
        "or is left out and counted, whatever its answer.",
    )
    foreign: Literal["refuse", "keep", "leave_out"] = Field(
        "refuse",
        description="What problems in other letters than Latin and Greek ones do: end the build where they are more "
        "than 1 in 20, stay, or be left out and counted.",
    )
    expect_problems: Count | Annotated[list[Count], Field(min_length=2, max_length=2)] | None = Field(
        None,
        description="Problems that are left of the rows before `size`, or the fewest and most. Plans take the most, "
        "another number ends the build.",
    )
    licence: str = Field("", description="Its licence, for the table of problem sets; empty: not stated.")


def problem(row: Row, settings: FileProblems) -> Problem:
    """Ids are the file's own, else its row numbers from 0."""
    identity = row.get("id")
    if isinstance(identity, bool) or not isinstance(identity, (str, int, type(None))):
        raise row.error(f"the id {identity!r:.60} is neither text nor a whole number", "correct the row")
    row = _unwrapped(row, settings.wrapper)
    if settings.answers == "choice":
        asked = choice_of(row, settings.choice_by, settings.option_line, settings.shuffle_options)
    else:
        asked = Choice(row.text("problem"), answer_of(row, settings.answers))
    return Problem(
        id=str(row.number if identity is None else identity).strip(),
        problem=asked.problem,
        answer=asked.letter,
        level=_level(row),
        subject=_words(row, "subject") if row.get("subject") is not None else "",
        source="file",
        form=settings.answers if settings.answers in ("choice", "text") else "expression",
        options=asked.options,
        question=asked.question,
        context=row.text("context") if settings.columns.context is not None else "",
        cluster=_words(row, "cluster") if settings.columns.cluster is not None else "",
    )


def _unwrapped(row: Row, wrapper: str | None) -> Row:
    if wrapper is None:
        return row
    text, (before, _, after) = row.text("problem"), wrapper.strip().partition(_SPOT)
    before, after = before.strip(), after.strip()
    if len(text) < len(before) + len(after) or not (text.startswith(before) and text.endswith(after)):
        raise row.error(f"the problem {text!r:.60} is not in the wrapper", "correct `wrapper`, or the row")
    return row.holding("problem", text[len(before) : len(text) - len(after)].strip())


def _level(row: Row) -> int:
    value = row.get("level")
    if value is None:
        return 0
    found = _LEVEL.fullmatch(str(value).strip())
    if found is None or isinstance(value, bool) or int(found[1]) > _HIGHEST_LEVEL:
        raise row.error(
            f"the level {value!r:.60} is no number from 0 to {_HIGHEST_LEVEL}",
            "map another column, such as to `subject`",
        )
    return max(0, int(found[1]))


def _words(row: Row, name: str) -> str:
    """A text, a number, or a list of them in one text. Raises GradusError where there is none."""
    value = row.get(name)
    if isinstance(value, list) and value and all(isinstance(part, str | int) for part in value):
        return ", ".join(map(str, value))
    if not (words := row.answer(name)) and name == "cluster":
        raise row.error("the cluster is empty", "fill it in; equal entries say which problems belong together")
    return words


def _mistakes(settings: FileProblems) -> dict[str, str]:
    """Keys of choices where the answers are none: their options would not be asked."""
    if settings.answers == "choice":
        return {}
    given = {
        "columns.options": settings.columns.options,
        "columns.context": settings.columns.context,
        "choice_by": settings.choice_by,
        "shuffle_options": settings.shuffle_options,
    }
    what = f"this is for choices, and answers: {settings.answers} are none; set `answers: choice`, or remove the key"
    return {key: what for key, value in given.items() if value is not None}


SOURCE = PublishedSource(
    settings=FileProblems,
    licence="not stated",
    rows={},
    problem=problem,
    part=lambda settings: settings.split or "all",
    columns=lambda settings: {name: theirs for name, theirs in settings.columns.model_dump().items() if theirs},
    solution=lambda row: row.text("solution"),
    continued=lambda settings: settings.columns.context is not None,
    keeps_order=True,
    reading=lambda settings: RowPolicy(settings.bad_rows, settings.repeated_rows, settings.foreign),
    mistakes=_mistakes,
)
