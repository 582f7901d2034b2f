"""The user turns of a trace set, read line by line, as solutions are long and not needed for overlaps."""

import json
from collections.abc import Iterator
from pathlib import Path

from gradus.problems.contamination.texts import BATCH_ROWS, Text
from gradus.provenance.errors import GradusError


def user_turns(path: str | Path) -> Iterator[list[Text]]:
    """The user turns of a trace file in batches; `row` is the line.

    Raises GradusError for a line that is not a trace.
    """
    batch: list[Text] = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                trace = json.loads(line)
                turns = [turn["content"] for turn in trace["messages"] if turn["role"] == "user"]
                batch += [Text(number, trace["id"], turn) for turn in turns]
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise GradusError(
                    f"{path}:{number}: not a trace ({error!r}); remove the file and build it again"
                ) from None
            if len(batch) >= BATCH_ROWS:
                yield batch
                batch = []
    if batch:
        yield batch
