"""Circles in a study: what would be made of itself."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from gradus.study.dependencies import Node, all_needs, circle
from gradus.study.mistakes import Mistake
from gradus.study.own_results import MADE, maker, own_result
from gradus.study.replicates import others
from gradus.study.settings.base import in_a_row


def own_mistakes(study: Any) -> Iterator[Mistake]:
    """Paths into the study's own results that no rule makes, and what would be made of itself."""
    for group, (_, _, expected) in MADE.items():
        for name, settings in getattr(study, group).items():
            path = own_result(study.study, getattr(settings, "path", None))
            if path is None:
                continue
            here = (group, name, "path")
            if maker(study, group, name) is None:
                what = f"{path!r} is among this study's own results and nothing in the study makes it"
                yield here, f"{what}; expected results/{study.study}/{expected}, or a place outside"
            elif (group, name) in all_needs(study, (group, name)):
                yield here, f"{path!r} is made of {name!r} itself; name another one"


def writer_mistakes(study: Any) -> Iterator[Mistake]:
    """Experiments that learn from what they or their descendants wrote: as traces, or as the pass rates by which their
    problems are chosen. And experiments whose reference or teacher descends from them.

    For studies whose names are there and whose experiments do not start from each other in a circle.
    """
    around = circle(study)
    written = [of for of, by in pairwise(around) if of[0] in ("traces", "problems") and by[0] == "experiments"]
    chosen = next((node for node in written if node[0] == "problems"), None)
    if chosen is not None:
        names = [name for _, name in _beginning_with(chosen, around)]
        what = f"{in_a_row(names)} is a circle; name a model, or an experiment that learns nothing from {chosen[1]!r}"
        yield ("problems", chosen[1], "keep", "by"), what
    elif written:
        first = next(node for node in around if node[0] == "experiments")
        names = [name for group, name in _beginning_with(first, around) if group == "experiments"]
        yield ("experiments", names[0], "traces"), f"{in_a_row(names)} is a circle; name another teacher"
    elif (held := next(_held(study, around), None)) is not None:
        first, key = held
        names = [name for _, name in _beginning_with(first, around)]
        what = f"{in_a_row(names)} is a circle; name another {key.replace('_', ' ')}"
        yield ("experiments", names[0], key), what


def _held(study: Any, around: list[Node]) -> Iterator[tuple[Node, str]]:
    """The experiments whose reference or teacher is made of them, each with the key that names it."""
    for of, by in pairwise(around):
        if of[0] == "experiments":
            named = others(study.experiments[of[1]])
            yield from ((of, key) for key, other in named if key != "parent" and other == by[1])


def _beginning_with(first: Node, around: list[Node]) -> list[Node]:
    """The same circle from another of its nodes on."""
    at = around.index(first)
    return [*around[at:-1], *around[:at], first]
