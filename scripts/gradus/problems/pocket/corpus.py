"""Texts to learn from: the pretraining corpus (of which a share is flawed) and another publisher's traces."""

import random
from collections.abc import Iterator, Mapping, Sequence

from gradus.problems.pocket.chain import LARGEST, draw_chain
from gradus.problems.pocket.generate import check_levels, generate_scenes
from gradus.problems.pocket.solutions import FLAWS, flawed, public_style, worked
from gradus.problems.pocket.splits import part_of
from gradus.problems.pocket.wording import draw_scene, family_named, render
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError


def documents(
    count: int,
    seed: int,
    *,
    flawed_share: Sequence[float],
    flaws: Mapping[str, float],
    levels: Sequence[int] = (1, 2, 3, 4, 5),
    family: str = "familiar",
) -> Iterator[tuple[str, str]]:
    """Yield `count` pairs (problem text, solution text) of chains that belong to the train split.

    `flawed_share[level - 1]` of the solutions of a level are flawed, in the kinds and proportions of `flaws` (they need
    not add up to 1): the harder a problem, the less a careless publisher's solutions can be trusted.
    Raises GradusError for a share outside 0..1, an unknown kind, level or family.
    """
    check_levels(levels)
    _check_flaws(flawed_share, flaws, max(levels))
    words = family_named(family)
    return _documents(count, random.Random(f"{seed}/documents"), flawed_share, flaws, tuple(levels), words)


def _documents(count, rng, flawed_share, flaws, levels, words) -> Iterator[tuple[str, str]]:
    kinds = sorted(flaws)  # the draw must not depend on the order in which the shares are written down
    weights = [flaws[kind] for kind in kinds]
    for _ in range(count):
        level = rng.choice(levels)
        chain = draw_chain(rng, level, LARGEST[level])
        while part_of(chain) != "train":
            chain = draw_chain(rng, level, LARGEST[level])
        text = render(chain, draw_scene(rng, words), words, rng)
        if rng.random() < flawed_share[level - 1]:
            yield text, flawed(chain, rng.choices(kinds, weights)[0], rng)
        else:
            yield text, worked(chain)


def public_traces(size: int, seed: int, levels: Sequence[int], *, name: str = "public") -> list[tuple[Problem, str]]:
    """`size` problems of the public family with their publisher's right, wordy solutions, from the train split."""
    rows = generate_scenes(name=name, split="train", size=size, levels=levels, family="public", seed=seed)
    return [(problem, public_style(chain, scene.items)) for problem, chain, scene in rows]


def _check_flaws(flawed_share: Sequence[float], flaws: Mapping[str, float], highest: int) -> None:
    if len(flawed_share) < highest or not all(0 <= share <= 1 for share in flawed_share):
        raise GradusError(f"flawed_share is {flawed_share}; give each level from 1 to {highest} a share, 0 to 1")
    unknown = [kind for kind in flaws if kind not in FLAWS]
    if unknown:
        raise GradusError(f"flaws has the unknown kind {unknown[0]!r}; choose among {', '.join(FLAWS)}")
    if any(flawed_share) and (any(share < 0 for share in flaws.values()) or sum(flaws.values()) <= 0):
        raise GradusError(f"flaws is {dict(flaws)}; give at least one kind a share above 0 and none below")
