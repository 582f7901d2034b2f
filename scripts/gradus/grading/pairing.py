"""Compare the items of two collections, in order or as a matching, given a comparison of two items."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from gradus.grading.form import Form, Key

T = TypeVar("T")
_MAX_ITEMS = 40


def in_order(a: Sequence[T], b: Sequence[T], equal: Callable[[T, T], bool | None]) -> bool | None:
    """Item by item: False if their numbers or one pair of them differ, else None if one pair is undecided."""
    return len(a) == len(b) and all_of(equal(x, y) for x, y in zip(a, b, strict=True))


def all_of(verdicts: Iterable[bool | None]) -> bool | None:
    """False as soon as one is, else None if one is."""
    result: bool | None = True
    for verdict in verdicts:
        if verdict is False:
            return False
        result = result if verdict else None
    return result


def unordered(a: Sequence[Form], b: Sequence[Form], equal: Callable[[Form, Form], bool | None]) -> bool | None:
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


def _without(forms: Sequence[Form], common: Counter[Key]) -> list[Form]:
    left = Counter(common)
    rest = []
    for form in forms:
        if left[form.key]:
            left[form.key] -= 1
        else:
            rest.append(form)
    return rest
