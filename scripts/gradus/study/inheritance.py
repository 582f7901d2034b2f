"""Experiments that start with another one's settings (`inherits`)."""

from typing import Any

from gradus.provenance.errors import GradusError
from gradus.study.file import StudyFile, overlay

# What an experiment always says itself: what it is, which weights it starts from, and what was published of it.
OWN = ("title", "description", "inherits", "from", "checkpoint", "reference", "reference_votes")


def with_inherited(file: StudyFile) -> dict[str, Any]:
    """The values of a study file with the settings that experiments inherit filled in.

    Raises GradusError where an experiment inherits from what is none or, by any detour, from itself.
    """
    raw = file.values.get("experiments")
    if not isinstance(raw, dict):
        return file.values
    done: dict[str, Any] = {}

    def resolve(name: str, below: tuple[str, ...]) -> Any:
        if name not in done:
            other = parent_of(raw, name)
            if other is None:
                done[name] = raw[name]
            else:
                place = f"{file.place(('experiments', name, 'inherits'))}: experiments.{name}.inherits"
                path = (*below, name)
                if other in path:
                    circle = " -> ".join((*path[path.index(other) :], other))
                    raise GradusError(f"{place}: {circle} is a circle; break it")
                if other not in raw:
                    raise GradusError(f"{place}: there is no experiment {other!r}; there are {', '.join(raw)}")
                base = resolve(other, path)
                if not isinstance(base, dict):
                    there = file.place(("experiments", other))
                    raise GradusError(f"{there}: experiments.{other}: expected a mapping of keys, not {base!r}")
                done[name] = overlay({key: value for key, value in base.items() if key not in OWN}, raw[name])
        return done[name]

    return {**file.values, "experiments": {name: resolve(name, ()) for name in raw}}


def parent_of(experiments: dict[str, Any], name: str) -> str | None:
    """The experiment that `name` inherits from, as the file has it; None where it says nothing usable."""
    values = experiments.get(name)
    other = values.get("inherits") if isinstance(values, dict) else None
    return other if isinstance(other, str) else None
