"""Chains of names, each made of the next one: subsets of problem sets, models that extend others."""

from collections.abc import Callable


def chain(name: str, made_of: Callable[[str], str | None]) -> list[str]:
    """The name itself, what it is made of, and so on to the first, which is made of no other.

    Where they form a circle, it ends with the first name that comes again. made_of: None for an unknown name, too.
    """
    found: dict[str, None] = {}
    while name not in found:
        found[name] = None
        if (following := made_of(name)) is None:
            return list(found)
        name = following
    return [*found, name]
