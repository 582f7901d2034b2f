"""Tulu 3's SFT mixture: id, messages, source. Hub: allenai/tulu-3-sft-mixture, 939,343 conversations, ODC-BY-1.0.

Conversations of all kinds, without answers that could be graded: something to train on, not a set of problems.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gradus.problems.raw.files import read_rows
from gradus.problems.raw.row import WRONG_FILE, Row

ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Conversation:
    """`messages` are (role, content) pairs; `source` is the part of the mixture."""

    id: str
    messages: tuple[tuple[str, str], ...]
    source: str


def conversation(row: Row) -> Conversation:
    """Raises GradusError for a row that is not the publisher's."""
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
        raise row.refusal("messages are no list of role and content", WRONG_FILE)
    pairs = tuple((message["role"], message["content"]) for message in messages)
    return Conversation(row.text("id"), pairs, row.text("source"))


def read_conversations(path: Path) -> Iterator[Conversation]:
    return map(conversation, read_rows(path, "train"))


def sampled(path: Path, size: int, seed: int, sources: list[str] | None = None) -> list[Conversation]:
    """`size` conversations of these parts, each equally likely, in the file's order; all of them where there are fewer.

    One pass with memory for `size` rows (reservoir sampling).
    """
    rng = random.Random(f"{seed}/tulu3")
    kept: list[tuple[int, Conversation]] = []
    seen = 0
    for found in read_conversations(path):
        if sources is not None and found.source not in sources:
            continue
        if len(kept) < size:
            kept.append((seen, found))
        elif (slot := rng.randrange(seen + 1)) < size:
            kept[slot] = (seen, found)
        seen += 1
    return [found for _, found in sorted(kept, key=lambda pair: pair[0])]


def _is_message(message: object) -> bool:
    return isinstance(message, dict) and message.get("role") in ROLES and isinstance(message.get("content"), str)
