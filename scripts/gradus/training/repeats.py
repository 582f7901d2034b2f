"""How often an epoch has each trace, where sets of traces have weights."""

import random
from collections.abc import Mapping, Sequence

from gradus.provenance.errors import GradusError


def copies_of(sets: Sequence[str], weights: Mapping[str, float], seed: int) -> list[int]:
    """By the set of each trace and the sets' weights: as often as its weight says, rounded down, and of what is left of
    the weight as large a share of the set's traces once more, drawn with the seed for the whole training.

    Raises GradusError where a weight leaves no trace of its set.
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(sets):
        places.setdefault(name, []).append(place)
    copies = [0] * len(sets)
    for name, there in places.items():
        whole = int(weights[name])
        more = round((weights[name] - whole) * len(there))
        if not whole and not more:
            what = f"a weight of {weights[name]:g} leaves none of its {len(there)} traces"
            raise GradusError(f"trace set {name!r}: {what}; raise it, or leave the set out")
        drawn = set(random.Random(f"{seed}/weight/{name}").sample(there, more))
        for place in there:
            copies[place] = whole + (place in drawn)
    return copies
