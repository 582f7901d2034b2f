"""Paths of a study that lead into its own results: edges of the graph, since a rule makes what is there.

What another study made is a local file like any other, whose digest is in the specs.
"""

import os
import re
from pathlib import Path
from typing import Any

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
