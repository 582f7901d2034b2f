"""A study file with what it extends, and values of the command line over it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.study.settings.base import KeyPath, dotted, shown
from gradus.study.strict_yaml import plain_value, read_yaml

MOST_FILES = 100
"""Files that extend one another."""

KINDS = ("source", "kind")
"""Keys that decide which other keys there are beside them."""


@dataclass
class StudyFile:
    """The values of a study file and, for error messages, the place (`file:line`) of every key.

    folders: where own code is looked for: that of the file, then those of the files that it extends.
    """

    path: Path
    values: dict[str, Any]
    places: dict[KeyPath, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()

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
        return replace(self, values=overlay(self.values, values), places=self.places | places)


def read_study_file(path: str | Path) -> StudyFile:
    """Read a study file and what it extends.

    Raises GradusError for an unreadable or malformed file, a key that comes twice, or files that extend each other.
    """
    values: dict[str, Any] = {}
    places: dict[KeyPath, str] = {}
    folders: list[str] = []
    for file in _files(Path(path), "", (), []):
        values, places = overlay(values, file.values), places | file.places
        folders.insert(0, str(file.path.parent))
    return StudyFile(Path(path), values, places, tuple(dict.fromkeys(folders)))


def overlay(base: Any, over: Any) -> Any:
    """Lay one mapping over another: mappings merge key by key, a null takes the key away, anything else replaces.

    A model of another `source` and traces of another `kind` replace what was there too: their settings are others.
    The base's order stays and new keys follow: the order of experiments is the order of the table's rows.
    """
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    replaced = any(key in over and not isinstance(over[key], dict) and over[key] != base.get(key) for key in KINDS)
    kept = {} if replaced else {key: overlay(value, over[key]) if key in over else value for key, value in base.items()}
    merged = kept | {key: value for key, value in over.items() if key not in kept}
    return {key: value for key, value in merged.items() if not (key in base and key in over and value is None)}


def _files(path: Path, origin: str, above: tuple[str, ...], read: list[str]) -> Iterator[StudyFile]:
    """All that a file extends, each after what it extends itself, then the file; what several extend comes once, first.

    `origin` names the file that asks for this one, `above` are those that extend it, and `read` all so far.
    """
    if (resolved := os.path.realpath(path)) in above:
        raise GradusError(f"{origin}{path} extends this file in turn; break the circle")
    if resolved in read:
        return
    read.append(resolved)
    study = StudyFile(path, *read_yaml(path, origin))
    named = study.values.pop("extends", None)
    place = f"{study.place(('extends',))}: extends: "
    for base in named if isinstance(named, list) else [] if named is None else [named]:
        if not isinstance(base, str) or not base.isprintable() or not base:
            raise GradusError(f"{place}expected names of study files, from the folder of this one, not {shown(base)}")
        if len(read) == MOST_FILES:
            raise GradusError(f"{place}a study extends at most {MOST_FILES - 1} files; join some of them")
        yield from _files(path.parent / base, f"{path}: extends: ", (*above, resolved), read)
    yield study


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
