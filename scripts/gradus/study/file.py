"""A study file with what it extends, and values of the command line over it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.study.settings.base import KeyPath, dotted, shown
from gradus.study.strict_yaml import plain_value, read_yaml

MOST_FILES = 100
"""Files that extend one another."""


@dataclass
class StudyFile:
    """The values of a study file and, for error messages, the place (`file:line`) of every key."""

    path: Path
    values: dict[str, Any]
    places: dict[KeyPath, str] = field(default_factory=dict)

    def place(self, keys: KeyPath) -> str:
        """The place of the key, or of the nearest enclosing one that has any."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.places:
                return self.places[keys[:length]]
        return str(self.path)

    def overridden(self, overrides: Mapping[str, Any]) -> "StudyFile":
        """The study with the values of `--config key=value` laid over it.

        Snakemake leaves whatever is not a plain number or truth value as text; it is read here as in a study file,
        so that `traces=null` and `votes={samples: 8}` say the same in both.
        """
        values = _as_in_a_file(dict(overrides), ())
        places = dict.fromkeys(_key_paths(values, ()), "--config")
        return StudyFile(self.path, overlay(self.values, values), self.places | places)


def read_study_file(path: str | Path) -> StudyFile:
    """Read a study file and what it extends.

    Raises GradusError for an unreadable or malformed file, a key that comes twice, or files that extend each other.
    """
    files = list(_chain(Path(path)))
    values: dict[str, Any] = {}
    places: dict[KeyPath, str] = {}
    for file in reversed(files):
        values, places = overlay(values, file.values), places | file.places
    return StudyFile(files[0].path, values, places)


def overlay(base: Any, over: Any) -> Any:
    """Lay one mapping over another: mappings merge key by key, a null takes the key away, anything else replaces.

    The base's order stays and new keys follow: the order of experiments is the order of the table's rows.
    """
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = {key: overlay(value, over[key]) if key in over else value for key, value in base.items()}
    merged |= {key: value for key, value in over.items() if key not in base}
    return {key: value for key, value in merged.items() if not (key in base and key in over and value is None)}


def _chain(path: Path) -> Iterator[StudyFile]:
    """The file, what it extends, what that one extends, and so on."""
    below: set[str] = set()
    origin = ""
    while True:
        if (resolved := os.path.realpath(path)) in below:
            raise GradusError(f"{origin}{path} extends this file in turn; break the circle")
        below.add(resolved)
        study = StudyFile(path, *read_yaml(path, origin))
        base = study.values.pop("extends", None)
        if base is None:
            yield study
            return
        place = f"{study.place(('extends',))}: extends: "
        if not isinstance(base, str) or not base.isprintable() or not base:
            raise GradusError(f"{place}expected the name of a study file beside this one, not {shown(base)}")
        if len(below) == MOST_FILES:
            raise GradusError(f"{place}a study extends at most {MOST_FILES - 1} files; join some of them")
        yield study
        origin, path = f"{path}: extends: ", path.parent / base


def _as_in_a_file(value: Any, keys: KeyPath) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_in_a_file(item, (*keys, str(key))) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_in_a_file(item, (*keys, index)) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return plain_value(value)
    except GradusError as error:
        raise GradusError(f"--config: {dotted(keys)}: {error}") from None


def _key_paths(value: Any, keys: KeyPath) -> list[KeyPath]:
    """The path of every key and list entry in nested values."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in items for path in ((*keys, key), *_key_paths(item, (*keys, key)))]
