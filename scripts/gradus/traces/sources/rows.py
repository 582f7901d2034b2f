"""Rows in the layouts that trace sets commonly come in, found by their columns.

    messages                        a chat: list of {role, content}
    conversations                   the same as {from, value}, with human and gpt
    problem | question | prompt | instruction, and response | completion | output | solution
                                    a question with its response, to which reasoning_content | thinking | reasoning may
                                    belong; Alpaca's `input` follows the question after a blank line

`id` (or `uuid`), `answer` and `teacher` (or `model`) are taken where they are there. Other columns are not read, and
the summary of the set names them.
"""

from typing import Literal

from pydantic import Field

from gradus.problems.raw.files import read_rows
from gradus.problems.raw.row import Row
from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.traces import PublishedTraces
from gradus.traces.candidate import Candidate, Found, asked, checked
from gradus.traces.chats import LAYOUTS, THOUGHT, answer_with_thought, chat_of, filled_keys
from gradus.traces.source import Reading, TraceSource

CHATS = ("messages", "conversations")
QUESTION = ("problem", "question", "prompt", "instruction")
INPUT = "input"
RESPONSE = ("response", "completion", "output", "solution")
IDENTITY, TEACHER = ("id", "uuid"), ("teacher", "model")


class RowTraces(PublishedTraces):
    """Solutions in a common layout, found by their columns: a chat, or a question with its response."""

    kind: Literal["rows"] = Field("rows", description="Rows with a chat, or with a question and a response.")
    repo: str = repo_field("")
    files: list[str] = files_field("*train*")


def read(reading: Reading, settings: RowTraces) -> Found:
    for row in read_rows(reading.file, "train"):
        yield candidate(row, reading)


def candidate(row: Row, reading: Reading) -> Candidate | str:
    """Raises GradusError for a row in none of the layouts, and for one that is broken."""
    own = row.get(*IDENTITY)
    answer = "" if row.get("answer") is None else row.answer("answer")
    teacher = row.text(*TEACHER) if row.get(*TEACHER) else reading.name
    column = row.name_of(*CHATS)
    unused: set[str] = set()
    if column is not None:
        chat = chat_of(row, column)
        if chat is None:
            return "no_assistant_turn"
        *before, last = chat.messages
        solution, context, unused, read_here = last["content"], tuple(before), chat.unused, {column}
    else:
        names = [row.name_of(*QUESTION), row.name_of(*RESPONSE)]
        if None in names:
            raise row.error(f"no question with a response; the row has {', '.join(row.values) or 'nothing'}", LAYOUTS)
        question = row.text(*QUESTION)
        if row.get(INPUT):
            question = f"{question}\n\n{row.text(INPUT)}"
        context = asked(row, question, reading.prompt)
        solution = answer_with_thought(row, checked(row, "solution", row.text(*RESPONSE)), row.values)
        read_here = {*names, INPUT, *THOUGHT}
    unused |= set(filled_keys(row.values)) - read_here - {*IDENTITY, "answer", *TEACHER}
    identity = f"{reading.name}/{row.number}" if own is None else str(own)
    checked(row, "solution", solution)
    return Candidate(identity, context, (solution,), answer, teacher, row.place, unused=frozenset(unused))


SOURCE = TraceSource(settings=RowTraces, read=read)
