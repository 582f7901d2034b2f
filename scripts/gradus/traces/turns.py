"""What a trace set says, turn by turn, read line by line."""

import json
from collections.abc import Iterator
from pathlib import Path

from gradus.problems.contamination.texts import BATCH_ROWS, Text
from gradus.provenance.errors import GradusError

ROLES = ("user", "assistant")
"""Whose turns may hold a problem: an answer may state it again."""


def turns(path: str | Path) -> Iterator[list[Text]]:
    """The turns of a trace file in batches, each of one role; `row` is the line.

    Raises GradusError for a line that is not a trace.
    """
    batches: dict[str, list[Text]] = {role: [] for role in ROLES}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                trace = json.loads(line)
                for turn in trace["messages"]:
                    if turn["role"] in batches:
                        batches[turn["role"]].append(Text(number, trace["id"], turn["content"]))
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise GradusError(
                    f"{path}:{number}: not a trace ({error!r}); remove the file and build it again"
                ) from None
            for role in ROLES:
                if len(batches[role]) >= BATCH_ROWS:
                    yield batches[role]
                    batches[role] = []
    yield from filter(None, batches.values())
