"""One problem, as every source gives it and every set keeps it."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One question with its reference answer. `level` is the publisher's difficulty, 0 where there is none."""

    id: str
    problem: str
    answer: str
    level: int
    subject: str
    source: str


def text_digest(text: str) -> str:
    """Twelve hex digits that identify a problem's text where there is no id, or none that every copy has."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
