"""Paths of a study that lead into its own results: edges of the graph, since a rule makes what is there.

What another study made is a local file like any other, whose digest is in the specs.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.study.mistakes import Mistake

MADE = {
    "models": (r"export/([^/]+)", "experiments", "export/EXPERIMENT, an experiment's model"),
    "problems": (r"problems/([^/]+)\.parquet", "problems", "problems/SET.parquet"),
    "traces": (r"traces/([^/]+)\.jsonl", "traces", "traces/SET.jsonl"),
}
"""What a model, problem set or trace set may be read from: its place below the study's folder, and what makes it."""


def own_result(study: str, path: str | None) -> str | None:
    """The path as the rules write it, where it leads into the results of the study of this name; else None."""
    root = Path("results", study)
    inside = os.path.relpath(os.path.realpath(path), os.path.realpath(root)) if path else ".."
    return None if inside.split(os.sep)[0] == ".." else str(root / inside)


def maker(study: Any, group: str, name: str) -> tuple[str, str] | None:
    """What in the study makes that which `study.<group>[name]` is read from: its group and name, or None."""
    path = own_result(study.study, getattr(getattr(study, group)[name], "path", None))
    pattern, makers, _ = MADE[group]
    found = path and re.fullmatch(pattern, os.path.relpath(path, Path("results", study.study)))
    return (makers, found[1]) if found and found[1] in getattr(study, makers) else None


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
            elif (group, name) in _before(study, (group, name)):
                yield here, f"{path!r} is made of {name!r} itself; name another one"


def _before(study: Any, node: tuple[str, str]) -> set[tuple[str, str]]:
    """All that this is made of: groups and names of the study."""
    found: set[tuple[str, str]] = set()
    todo = _needs(study, node)
    while todo:
        node = todo.pop()
        if node not in found:
            found.add(node)
            todo += _needs(study, node)
    return found


def _needs(study: Any, node: tuple[str, str]) -> list[tuple[str, str]]:
    group, name = node
    settings = getattr(study, group).get(name)
    if settings is None:
        return []
    if group == "experiments":
        parent = ("models" if settings.parent in study.models else "experiments", settings.parent)
        sets = [getattr(settings, key, None) for key in ("problems", "held_out")]
        traces = [("traces", one) for one in getattr(settings, "traces", [])]
        return [parent, *traces, *(("problems", one) for one in sets if one is not None)]
    needed = [made] if (made := maker(study, group, name)) else []
    if group == "problems" and settings.source == "subset":
        needed.append(("problems", settings.of))
    if group == "traces":
        problems = getattr(settings, "problems", [])
        needed += [("problems", one) for one in ([problems] if isinstance(problems, str) else problems)]
        needed += [("traces", one) for one in getattr(settings, "parts", {})]
        needed += [("models", one) for key in ("teacher", "tokenizer") if (one := getattr(settings, key, None))]
    return needed
