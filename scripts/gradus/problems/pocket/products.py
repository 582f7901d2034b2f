"""Word problems that multiply: a product of two numbers, to which others are added."""

import random
from collections.abc import Sequence
from dataclasses import replace

from gradus.problems.pocket.chain import Chain, apply
from gradus.problems.pocket.families import FAMILIAR
from gradus.problems.pocket.generate import SUBJECTS
from gradus.problems.pocket.splits import in_split
from gradus.problems.pocket.wording import draw_scene, render
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.study.settings.pocket_numbers import ProductNumbers

BOXES = replace(
    FAMILIAR,
    start=("{name} has {n} boxes.", "{name} starts with {n} boxes.", "There are {n} boxes in the shop of {name}."),
    double=("In a box there are {n} {items}.", "There are {n} {items} in a box.", "A box has {n} {items}."),
)
"""The familiar family with boxes to start with, each of which has as many items as the multiplication says."""

_MOST_DRAWS = 5000


def draw_products(
    size: int, split: str, levels: Sequence[int], numbers: ProductNumbers, seed: int
) -> list[tuple[Problem, Chain]]:
    """`size` different chains of a split, levels in turn, each as a problem. A level is its number of steps.

    Raises GradusError for an unknown split, and where there are no further chains.
    """
    rng = random.Random(f"{seed}/pocket_products")
    found: dict[str, tuple[Problem, Chain]] = {}
    for index in range(size):
        level = levels[index % len(levels)]
        for _ in range(_MOST_DRAWS):
            chain = _draw_chain(rng, level, numbers)
            if chain.key not in found and in_split(chain, split):
                break
        else:
            raise GradusError(
                f"pocket_products: after {index} problems there is no new one of level {level} in split {split!r}; "
                "make `size` smaller, add levels, or widen `numbers`"
            )
        text = _text(rng, chain)
        identity = f"pocket-products/{chain.key}"
        found[chain.key] = Problem(identity, text, str(chain.answer), level, SUBJECTS[level], "pocket_products"), chain
    return list(found.values())


def draw_document(rng: random.Random, split: str, levels: Sequence[int], numbers: ProductNumbers) -> tuple[str, Chain]:
    """A problem's text with its chain, of any of the levels, drawn without a look at those drawn before."""
    chain = _draw_chain(rng, rng.choice(levels), numbers)
    while not in_split(chain, split):
        chain = _draw_chain(rng, rng.choice(levels), numbers)
    return _text(rng, chain), chain


def _text(rng: random.Random, chain: Chain) -> str:
    return render(chain, draw_scene(rng, BOXES), BOXES, rng)


def _draw_chain(rng: random.Random, steps: int, numbers: ProductNumbers) -> Chain:
    start, factor = (rng.randint(*numbers.factors) for _ in range(2))
    drawn, total = [("*", factor)], start * factor
    for _ in range(steps - 1):
        number = rng.randint(*numbers.terms)
        op = "+" if number > total else rng.choice("+-")
        drawn.append((op, number))
        total = apply(total, op, number)
    return Chain(start, tuple(drawn))
