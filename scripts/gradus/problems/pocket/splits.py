"""Which chains may be trained on and which are for benchmarks: decided by the chain's hash."""

import hashlib
from collections.abc import Mapping, Sequence

from gradus.problems.pocket.chain import Chain
from gradus.problems.pocket.reading import read_chain
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError

# Share of the chains kept for benchmarks. There are only 135 chains of one step; a tenth of them would make a
# hundred benchmark questions out of a handful of sums.
EVALUATION_SHARE = 0.10
EVALUATION_SHARE_OF_ONE_STEP = 0.30

# Parts of the evaluation share, as (upper end within it): benchmarks of different parts share no chain.
_PARTS = (("evaluation/main", 0.60), ("evaluation/small", 0.75), ("evaluation/reworded", 1.00))
SPLITS = ("train", "evaluation", *(name for name, _ in _PARTS))


def part_of(chain: Chain) -> str:
    """`train`, or the part of the evaluation share that the chain belongs to."""
    digest = hashlib.sha256(chain.key.encode()).digest()
    place = int.from_bytes(digest[:7], "big") / 2**56  # uniform in [0, 1)
    share = EVALUATION_SHARE_OF_ONE_STEP if len(chain.steps) == 1 else EVALUATION_SHARE
    if place >= share:
        return "train"
    return next(name for name, end in _PARTS if place < end * share)


def in_split(chain: Chain, split: str) -> bool:
    """Is the chain in `split`? `evaluation` is all of its parts. Raises GradusError for an unknown split."""
    if split not in SPLITS:
        raise GradusError(f"split {split!r} is unknown; choose one of {', '.join(SPLITS)}")
    part = part_of(chain)
    return part == split or part.startswith(f"{split}/")


def check_disjoint(sets: Mapping[str, Sequence[Problem]]) -> None:
    """Raise GradusError naming sets and rows when two of the sets share a chain, whatever the wording.

    Reads the chains back from the texts, so it also holds for sets that came from a file.
    """
    owner: dict[str, tuple[str, int]] = {}
    for name, problems in sets.items():
        for row, problem in enumerate(problems, start=1):
            key = read_chain(problem.problem).key
            first, first_row = owner.setdefault(key, (name, row))
            if first != name:
                raise GradusError(
                    f"problem set {name!r}, row {row} ({problem.id}) repeats the chain {key} of set {first!r}, row "
                    f"{first_row}; give the two sets different splits"
                )
