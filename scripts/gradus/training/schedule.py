"""Learning-rate schedules."""

import math


def learning_rate_factor(step: int, steps: int, schedule: str, warmup_steps: int, floor: float = 0.0) -> float:
    """Factor on the peak learning rate at `step` (counted from 0) of `steps`.

    Linear warm-up over `warmup_steps`, then constant, or a linear or cosine decay that ends at `floor`.
    """
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    if schedule == "constant":
        return 1.0
    share = (step - warmup_steps) / max(1, steps - warmup_steps)
    shape = 1.0 - share if schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * share))
    return floor + (1.0 - floor) * shape
