"""From a name to the one that it is made of, and so on: subsets of problem sets, models that extend others."""

from collections.abc import Callable


def chain(name: str, made_of: Callable[[str], str | None]) -> list[str]:
    """The name itself, what it is made of, and so on to the first, which is made of no other.

    It ends with a name that it has already, where these go round in a circle. made_of: None too for what is not there.
    """
    found: dict[str, None] = {}
    while name not in found:
        found[name] = None
        if (following := made_of(name)) is None:
            return list(found)
        name = following
    return [*found, name]
