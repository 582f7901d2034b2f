"""Experiments that start with another one's settings (`inherits`)."""

from typing import Any

from gradus.provenance.errors import GradusError
from gradus.study.file import StudyFile, overlay
from gradus.study.nearest import there_are
from gradus.study.settings.base import dotted, in_a_row, shown

# What an experiment always says itself: what it is, which weights it starts from, what was published of it, and which
# name its seeds are derived from.
OWN = (
    "title",
    "description",
    "show",
    "inherits",
    "from",
    "checkpoint",
    "reference",
    "reference_votes",
    "reference_costs",
    "reference_losses",
    "reference_parts",
    "reference_tokens",
    "seed",
)


def with_inherited(file: StudyFile) -> dict[str, Any]:
    """The values of a study file with the settings that experiments inherit filled in.

    Raises GradusError where an experiment inherits from what is none or, by any detour, from itself.
    """
    raw = file.values.get("experiments")
    if not isinstance(raw, dict):
        return file.values
    done: dict[str, Any] = {}
    for name in raw:
        for heir in reversed(_line(file, raw, name, done)):
            other = parent_of(raw, heir)
            if other is None:
                done[heir] = raw[heir]
                continue
            base = done[other]
            if not isinstance(base, dict):
                keys = ("experiments", other)
                raise GradusError(f"{file.place(keys)}: {dotted(keys)}: expected a mapping of keys, not {shown(base)}")
            done[heir] = overlay({key: value for key, value in base.items() if key not in OWN}, raw[heir])
    return {**file.values, "experiments": {name: done[name] for name in raw}}


def _line(file: StudyFile, raw: dict[str, Any], name: str, done: dict[str, Any]) -> list[str]:
    """The experiment, the one that it inherits from, and so on, up to one that inherits nothing or is done."""
    line: dict[str, None] = {}
    while name not in done:
        line[name] = None
        other = parent_of(raw, name)
        if other is None:
            break
        keys = ("experiments", name, "inherits")
        place = f"{file.place(keys)}: {dotted(keys)}"
        if other in line:
            circle = [*line, other]
            raise GradusError(f"{place}: {in_a_row(circle[circle.index(other) :])} is a circle; break it")
        if other not in raw:
            raise GradusError(f"{place}: there is no experiment {shown(other)}; {there_are(raw, other)}")
        name = other
    return list(line)


def parent_of(experiments: dict[str, Any], name: str) -> str | None:
    """The experiment that `name` inherits from, as the file has it; None where it says nothing usable."""
    values = experiments.get(name)
    other = values.get("inherits") if isinstance(values, dict) else None
    return other if isinstance(other, str) else None
