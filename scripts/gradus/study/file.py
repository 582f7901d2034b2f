"""Reading a study file: strict YAML that remembers where each key is, and `extends`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from gradus.provenance.errors import GradusError
from gradus.study.settings.base import KeyPath

DEEPEST = 12  # levels of nesting; a study needs 6


class StudyLoader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: 1e-4 is a float, and neither `no` nor 2024-01-01 is anything but text.

    PyYAML by itself follows YAML 1.1, which takes them for text, false and a date.
    """


StudyLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-+0123456789.")),
):
    StudyLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


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
        values = _as_in_a_file(dict(overrides))
        places = dict.fromkeys(_key_paths(values, ()), "--config")
        return StudyFile(self.path, overlay(self.values, values), self.places | places)


def read_study_file(path: str | Path) -> StudyFile:
    """Read a study file and what it extends.

    Raises GradusError for an unreadable or malformed file, a key that comes twice, or files that extend each other.
    """
    return _read(Path(path), ())


def overlay(base: Any, over: Any) -> Any:
    """Lay one mapping over another: mappings merge key by key, a null takes the key away, anything else replaces.

    The base's order stays and new keys follow: the order of experiments is the order of the table's rows.
    """
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = {key: overlay(value, over[key]) if key in over else value for key, value in base.items()}
    merged |= {key: value for key, value in over.items() if key not in base}
    return {key: value for key, value in merged.items() if not (key in base and key in over and value is None)}


def _read(path: Path, below: tuple[Path, ...]) -> StudyFile:
    if path.resolve() in (other.resolve() for other in below):
        raise GradusError(f"{below[-1]}: extends: {path} extends this file in turn; break the circle")
    study = StudyFile(path, {})
    node = _composed(path, f"{below[-1]}: extends: " if below else "")
    study.values = _construct(node, (), study)
    base_name = study.values.pop("extends", None)
    if base_name is None:
        return study
    if not isinstance(base_name, str):
        raise GradusError(f"{study.place(('extends',))}: extends: expected the name of a study file beside this one")
    base = _read(path.parent / base_name, (*below, path))
    return StudyFile(path, overlay(base.values, study.values), {**base.places, **study.places})


def _composed(path: Path, origin: str) -> yaml.MappingNode:
    """The file's YAML nodes. `origin` says in messages which file asked for this one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise GradusError(f"{origin}{path}: no such study file; config/ holds those that come with Gradus") from None
    except IsADirectoryError:
        raise GradusError(f"{origin}{path}: this is a folder; name a study file in it") from None
    except UnicodeDecodeError as error:
        raise GradusError(f"{origin}{path}: not UTF-8 text (byte {error.start}); save the file as UTF-8") from None
    except OSError as error:
        raise GradusError(f"{origin}{path}: cannot read the study file: {error.strerror}") from None
    try:
        node = yaml.compose(text, Loader=StudyLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        line = f":{mark.line + 1}" if mark else ""
        raise GradusError(f"{origin}{path}{line}: not valid YAML: {what}; correct this line") from None
    except yaml.YAMLError as error:
        raise GradusError(f"{origin}{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(node, yaml.MappingNode):
        raise GradusError(f"{origin}{path}: a study file is a mapping of keys; see config/README.md")
    return node


def _construct(node: yaml.Node, keys: KeyPath, study: StudyFile) -> Any:
    """Plain values of a YAML node, noting the line of each key and refusing duplicates."""
    place = f"{study.path}:{node.start_mark.line + 1}"
    if len(keys) > DEEPEST:
        raise GradusError(f"{place}: nested too deeply; an alias (*name) may stand inside what it names")
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            here = f"{study.path}:{key_node.start_mark.line + 1}"
            if not isinstance(key_node, yaml.ScalarNode):
                raise GradusError(f"{here}: a key has to be plain text")
            key = key_node.value
            if key in values:
                name = ".".join(map(str, (*keys, key)))
                first = study.places[(*keys, key)]
                raise GradusError(f"{here}: {name}: duplicate key (first at {first}); rename or remove one")
            study.places[(*keys, key)] = here
            values[key] = _construct(value_node, (*keys, key), study)
        return values
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            study.places[(*keys, index)] = f"{study.path}:{item.start_mark.line + 1}"
        return [_construct(item, (*keys, index), study) for index, item in enumerate(node.value)]
    try:
        return StudyLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError):
        name = ".".join(map(str, keys))
        raise GradusError(f"{place}: {name}: cannot read {node.value!r} as {node.tag}; write a plain value") from None


def _as_in_a_file(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_in_a_file(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_in_a_file(item) for item in value]
    if not isinstance(value, str):
        return value
    loader = StudyLoader("")
    tag = loader.resolve(yaml.ScalarNode, value, (True, False))
    return loader.construct_object(yaml.ScalarNode(tag, value))


def _key_paths(value: Any, keys: KeyPath) -> list[KeyPath]:
    """The path of every key and list entry in nested values."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in items for path in ((*keys, key), *_key_paths(item, (*keys, key)))]
