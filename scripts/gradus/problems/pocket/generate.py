"""Generate a pocket problem set: even over levels, no text twice, no chain twice while there are chains left."""

import random
from collections.abc import Sequence

from gradus.problems.pocket.chain import LARGEST, Chain, draw_chain
from gradus.problems.pocket.splits import in_split
from gradus.problems.pocket.wording import Scene, draw_scene, family_named, render
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError

_NUMBER_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven"}
SUBJECTS = {1: "one step"} | {steps: f"{word} steps" for steps, word in _NUMBER_WORDS.items()}

# So many draws without an unseen chain (or text) say that there is none left. The smallest part of one level has a
# handful of chains, each as likely as 1 in a few hundred draws.
_MOST_DRAWS = 5000


def generate_problems(
    *, name: str, split: str, size: int, levels: Sequence[int], family: str, seed: int
) -> list[Problem]:
    """`size` problems with ids `<name>-0000`..., levels in turn (any beginning of the set is even too).

    `levels` are numbers of steps: 1..5 as trained on, 6 and 7 longer. Raises GradusError for an unknown split, family
    or level, and for a set larger than the texts there are.
    """
    rows = generate_scenes(name=name, split=split, size=size, levels=levels, family=family, seed=seed)
    return [problem for problem, _, _ in rows]


def generate_scenes(
    *, name: str, split: str, size: int, levels: Sequence[int], family: str, seed: int
) -> list[tuple[Problem, Chain, Scene]]:
    """As `generate_problems`, each problem with its chain and its scene (what a solution is written from)."""
    words = family_named(family)
    check_levels(levels)
    rng = random.Random(f"{seed}/problems/{name}")
    pools = {level: ChainPool(level, split, rng) for level in levels}
    texts: set[str] = set()
    rows = []
    for index in range(size):
        level = levels[index % len(levels)]
        chain = pools[level].next()
        for _ in range(_MOST_DRAWS):
            scene = draw_scene(rng, words)
            text = render(chain, scene, words, rng)
            if text not in texts:
                break
        else:
            raise GradusError(
                f"problem set {name!r}: after {index} problems there is no new text for level {level} of split "
                f"{split!r} in the family {family!r}; make `size` smaller or add levels"
            )
        texts.add(text)
        problem = Problem(f"{name}-{index:04d}", text, str(chain.answer), level, SUBJECTS[level], "pocket")
        rows.append((problem, chain, scene))
    return rows


def check_levels(levels: Sequence[int]) -> None:
    """Raise GradusError unless there is a level and every one is known."""
    unknown = [level for level in levels if level not in LARGEST]
    if unknown or not levels:
        raise GradusError(f"levels {list(levels)} are not all known; choose among {', '.join(map(str, LARGEST))}")


class ChainPool:
    """Unseen chains of one level and split, drawn at random; when they run out, the seen ones again in turn."""

    def __init__(self, level: int, split: str, rng: random.Random) -> None:
        self._level, self._split, self._rng = level, split, rng
        self._seen: dict[str, Chain] = {}
        self._again: list[Chain] | None = None
        self._turn = 0

    def next(self) -> Chain:
        """Raises GradusError when the split has no chain of this level at all."""
        if self._again is None:
            for _ in range(_MOST_DRAWS):
                chain = draw_chain(self._rng, self._level, LARGEST[self._level])
                if chain.key not in self._seen and in_split(chain, self._split):
                    self._seen[chain.key] = chain
                    return chain
            self._again = list(self._seen.values())
        if not self._again:
            raise GradusError(
                f"split {self._split!r} has no chain of level {self._level}; choose another split or level"
            )
        self._turn += 1
        return self._again[(self._turn - 1) % len(self._again)]
