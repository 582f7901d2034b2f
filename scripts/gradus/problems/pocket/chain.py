"""The arithmetic behind a pocket word problem: a start and a few steps, every running total within 0..99."""

import random
from dataclasses import dataclass

LARGEST_TOTAL = 99

# Level -> the largest number that a problem of that level names. A level is its number of steps. Levels 1 to 5 are
# what models are trained on; 6 and 7 are longer than anything seen in training.
LEVELS: dict[int, int] = {1: 10, 2: 12, 3: 15, 4: 20, 5: 20}
LONGER: dict[int, int] = {6: 20, 7: 20}
LARGEST: dict[int, int] = LEVELS | LONGER

DOUBLING_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Chain:
    """`Chain(12, (("+", 7), ("-", 4)))` is 12+7=19, 19-4=15. Steps are ("+", n), ("-", n) or the doubling ("*", 2)."""

    start: int
    steps: tuple[tuple[str, int], ...]

    @property
    def key(self) -> str:
        """The numbers and operations as text, `12+7-4`: equal for equal chains, whatever the wording."""
        return str(self.start) + "".join(f"{op}{number}" for op, number in self.steps)

    @property
    def totals(self) -> tuple[int, ...]:
        """The running total after each step (the start is not among them)."""
        totals, total = [], self.start
        for op, number in self.steps:
            total = apply(total, op, number)
            totals.append(total)
        return tuple(totals)

    @property
    def answer(self) -> int:
        return self.totals[-1]


def apply(total: int, op: str, number: int) -> int:
    """One step. Raises ValueError for an operation other than `+`, `-` and `*`."""
    if op == "+":
        return total + number
    if op == "-":
        return total - number
    if op == "*":
        return total * number
    raise ValueError(f"unknown operation {op!r}")


def draw_chain(rng: random.Random, steps: int, largest: int) -> Chain:
    """Draw a chain whose numbers are 2..largest and whose totals stay within 0..99. Raises ValueError for largest < 2.

    No number is 1, so that every problem may speak of things in the plural.
    """
    if largest < 2:
        raise ValueError(f"largest is {largest}; numbers of a chain are 2 or more")
    # int(random() * n) is a third of the time of randint, and corpora draw hundreds of thousands of numbers.
    uniform = rng.random
    start = total = int(uniform() * (largest - 1)) + 2
    drawn: list[tuple[str, int]] = []
    for _ in range(steps):
        if uniform() < DOUBLING_SHARE and 1 <= total <= LARGEST_TOTAL // 2:
            drawn.append(("*", 2))
            total *= 2
            continue
        adds = total < 2 or (total <= LARGEST_TOTAL - 2 and uniform() < 0.5)
        room = LARGEST_TOTAL - total if adds else total
        number = int(uniform() * (min(largest, room) - 1)) + 2
        drawn.append(("+" if adds else "-", number))
        total += number if adds else -number
    return Chain(start, tuple(drawn))
