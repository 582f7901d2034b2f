"""Compare the items of two collections, in order or as a matching, given a comparison of two items."""

from collections import Counter
from collections.abc import Callable, Sequence

from gradus.grading.form import Form

Equal = Callable[[Form, Form], bool | None]
_MAX_ITEMS = 40


def in_order(a: Sequence[Form], b: Sequence[Form], equal: Equal) -> bool | None:
    """Item by item: False as soon as one pair differs, else None if one pair is undecided."""
    verdict: bool | None = True
    for x, y in zip(a, b, strict=True):
        same = equal(x, y)
        if same is False:
            return False
        verdict = verdict if same else None
    return verdict


def unordered(a: Sequence[Form], b: Sequence[Form], equal: Equal) -> bool | None:
    """A one-to-one pairing. Items with equal keys are paired first; only the others are compared pair by pair."""
    common = Counter(form.key for form in a) & Counter(form.key for form in b)
    rest = [_without(a, common), _without(b, common)]
    if not rest[0]:
        return True
    if len(rest[0]) > _MAX_ITEMS:
        return None
    table = [[equal(x, y) for y in rest[1]] for x in rest[0]]
    if any(set(line) == {False} for line in [*table, *zip(*table, strict=True)]):
        return False
    free = set(range(len(table)))
    for line in table:
        partner = next((place for place in sorted(free) if line[place]), None)
        if partner is None:
            return None
        free.remove(partner)
    return True


def _without(forms: Sequence[Form], common: Counter) -> list[Form]:
    left = Counter(common)
    rest = []
    for form in forms:
        if left[form.key]:
            left[form.key] -= 1
        else:
            rest.append(form)
    return rest
