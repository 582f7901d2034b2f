"""The judgement of a layer of the grader on two answers."""

from dataclasses import dataclass
from typing import Literal

Layer = Literal["extraction", "identity", "number", "structure", "symbolic"]
"""From cheap to expensive: no answer was found; the texts are equal; exact numbers and expressions; structure (tuples,
sets, intervals, relations, units, words); SymPy."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`equal` None: the layer cannot decide, and `reason` says why (`undecided`, `not_understood`, `too_long`, ...)."""

    equal: bool | None
    layer: Layer
    reason: str
