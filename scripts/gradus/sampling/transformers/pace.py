"""What pays on a device when decoding."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """rows: that are written at a time, at most.
    steps: of one token a row, between two looks at what was drawn. Each look waits for the device; an answer's end is
        seen up to so many tokens late.
    length_step: attention reads a multiple of it, or of an eighth of the length. Each length is prepared once.
    """

    rows: int
    steps: int
    length_step: int


GPU_MEMORY_SHARE = 0.8
"""Of what is free once the weights are there, for keys and values; the rest is for a step's own tensors."""

CPU = Pace(rows=128, steps=1, length_step=32)
"""More rows are no faster there."""

GPU = Pace(rows=256, steps=8, length_step=256)


def pace_of(device_type: str) -> Pace:
    return GPU if device_type == "cuda" else CPU
