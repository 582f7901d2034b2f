"""What a layer of the grader says about two answers."""

from dataclasses import dataclass
from typing import Literal

Layer = Literal["extraction", "identity", "number", "structure", "symbolic"]
"""From cheap to dear: no answer was found; the texts are one text; exact numbers and expressions; their arrangement
(tuples, sets, intervals, relations, units, words); SymPy."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`equal` None: this layer cannot tell, `reason` says why (`undecided`, `not_understood`, `too_long`, ...)."""

    equal: bool | None
    layer: Layer
    reason: str
