"""Tulu 3's SFT mixture: conversations of all kinds, without answers that could be graded."""

from typing import Literal

from pydantic import Field

from gradus.problems.raw.files import read_rows
from gradus.study.settings.downloads import files_field, repo_field
from gradus.study.settings.traces import PublishedTraces
from gradus.traces.candidate import Candidate, Found, checked
from gradus.traces.chats import chat_of
from gradus.traces.source import Reading, TraceSource


class Tulu3Traces(PublishedTraces):
    """Conversations of Tulu 3's SFT mixture (Lambert et al. 2024, arXiv:2411.15124): 939,343 of all kinds."""

    kind: Literal["tulu3"] = Field("tulu3", description="The Tulu 3 SFT mixture.")
    repo: str = repo_field("allenai/tulu-3-sft-mixture")
    files: list[str] = files_field("data/train-*.parquet")
    sources: list[str] | None = Field(
        None, min_length=1, description="Parts of the mixture to keep, as its `source` column names them; null: all."
    )


def read(reading: Reading, settings: Tulu3Traces) -> Found:
    wanted = settings.sources
    for row in read_rows(reading.file, "train"):
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
        # Ids come from the parts of the mixture, and two parts may share one.
        unused = frozenset(chat.unused)
        yield Candidate(row.text("id"), tuple(before), (solution,), "", source, row.place, unique=False, unused=unused)


SOURCE = TraceSource(settings=Tulu3Traces, read=read, count=939_343)
