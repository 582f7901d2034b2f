"""How a row of a sweep went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gradus.profiling.training import Step

Ending = Literal["fits", "out of memory", "too slow", "failed"]


@dataclass(frozen=True)
class Outcome:
    """seconds: of a step. tokens_per_second: read and written. peak: bytes, see `memory.py`. why: it failed."""

    ending: Ending
    seconds: float | None = None
    tokens_per_second: float | None = None
    peak: int | None = None
    why: str = ""

    @classmethod
    def of(cls, steps: Sequence[Step]) -> "Outcome":
        seconds = sum(step.seconds for step in steps)
        tokens = sum(step.read + step.written for step in steps)
        return cls("fits", seconds / len(steps), tokens / seconds, max(step.peak for step in steps))
