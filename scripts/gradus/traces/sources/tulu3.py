"""Tulu 3's SFT mixture: conversations of all kinds, without answers that could be graded."""

from pathlib import Path
from typing import Any

from gradus.problems.raw.files import read_rows
from gradus.traces.candidate import Candidate, Found, checked
from gradus.traces.chats import chat_of


def read(path: Path, settings: dict[str, Any]) -> Found:
    wanted = settings["sources"]
    for row in read_rows(path, "train"):
        source = row.text("source")
        if wanted is not None and source not in wanted:
            yield "other_source"
            continue
        chat = chat_of(row, "messages")
        if chat is None:
            yield "no_assistant_turn"
            continue
        *before, last = chat.messages
        solution = checked(row, "solution", last["content"])
        # Ids come from the parts of the mixture, and nobody promises that no two parts share one.
        unused = frozenset(chat.unused)
        yield Candidate(row.text("id"), tuple(before), (solution,), "", source, row.place, unique=False, unused=unused)
