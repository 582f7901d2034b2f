"""Strict YAML: plain values alone, each key once and with its line, and nothing that takes long to read."""

import os
import re
import stat
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from gradus.provenance.errors import GradusError
from gradus.study.settings.base import KeyPath, dotted

DEEPEST = 12
"""Levels of nesting; a study needs 6."""

MOST_BYTES = 1_000_000
"""Of a study file; a thousand experiments take 200,000."""

MOST_VALUES = 50_000
"""Keys and values of a study file, where an alias (*name) counts as all that it stands for: some 1.5 seconds to read. A
thousand experiments have 20,000."""

_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "map", "seq"))
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
"""What neither a path nor a result can hold: NUL, and halves of characters, which YAML can spell as escapes."""


class StudyLoader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: 1e-4 is a float, and neither `no` nor 2024-01-01 is anything but text.

    PyYAML by itself follows YAML 1.1, which takes them for text, false and a date.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse what is too deep or too much while it is read: PyYAML calls this for every node, within itself."""
        self._depth += 1
        self._nodes += 1
        # The document and each of its keys are nodes of one level.
        if self._depth > DEEPEST + 2 or self._nodes > MOST_VALUES:
            mark = self.peek_event().start_mark
            raise TooMuch("nested too deeply" if self._depth > DEEPEST + 2 else "too many keys and values", mark.line)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class TooMuch(Exception):
    """What is too much, and the line (from 0) where it is."""


StudyLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", list("-+0123456789.")),
):
    StudyLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


def read_yaml(path: Path, origin: str = "") -> tuple[dict[str, Any], dict[KeyPath, str]]:
    """The values of a file, and the place (`file:line`) of every key and list entry.

    `origin` says in messages which file asked for this one. Raises GradusError for a file that is unreadable, malformed
    or too large, or has a key twice.
    """
    root = _composed(path, _text(path, origin), origin)
    if not isinstance(root, yaml.MappingNode):
        raise GradusError(f"{origin}{path}: a study file is a mapping of keys; see config/README.md")
    reading = _Reading(path)
    values = reading.construct(root, ())
    return values, reading.places


def plain_value(text: str) -> Any:
    """What a text says where it is the value of a key.

    Raises GradusError for one that no file can hold.
    """
    loader = StudyLoader("")
    return _scalar(yaml.ScalarNode(loader.resolve(yaml.ScalarNode, text, (True, False)), text))


def _text(path: Path, origin: str) -> str:
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind):
            raise GradusError(f"{origin}{path}: this is a folder; name a study file in it")
        if not stat.S_ISREG(kind):
            # A pipe may have nothing to read for ever, and what was read of it is gone for Snakemake.
            raise GradusError(f"{origin}{path}: this is a pipe or device; save the study as a file")
        if (size := os.stat(path).st_size) > MOST_BYTES:
            raise GradusError(
                f"{origin}{path}: {size:,} bytes are no study, which has at most {MOST_BYTES:,}; name another file, or "
                "share settings by `inherits` and `extends`"
            )
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise GradusError(f"{origin}{path}: no such study file; config/ holds those that come with Gradus") from None
    except UnicodeDecodeError as error:
        raise GradusError(f"{origin}{path}: not UTF-8 text (byte {error.start}); save the file as UTF-8") from None
    except OSError as error:
        raise GradusError(f"{origin}{path}: cannot read the study file: {error.strerror}; correct its name") from None


def _composed(path: Path, text: str, origin: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=StudyLoader)
    except TooMuch as error:
        what, line = error.args
        most = f"a study has at most {DEEPEST} levels and {MOST_VALUES:,} keys and values"
        raise GradusError(f"{origin}{path}:{line + 1}: {what}; {most}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        line = f":{mark.line + 1}" if mark else ""
        raise GradusError(f"{origin}{path}{line}: not valid YAML: {_one_line(what)}; correct this line") from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise GradusError(
            f"{origin}{path}:{line}: not valid YAML: the character U+{error.character:04X}; remove it"
        ) from None
    except (yaml.YAMLError, ValueError) as error:  # such as an escape beyond Unicode
        raise GradusError(f"{origin}{path}: not valid YAML: {_one_line(str(error))}; correct it") from None


class _Reading:
    """Makes plain values of YAML nodes, noting the line of each key and refusing duplicates."""

    def __init__(self, path: Path) -> None:
        self._path, self._count = path, 0
        self.places: dict[KeyPath, str] = {}

    def construct(self, node: yaml.Node, keys: KeyPath) -> Any:
        place = self._place(node)
        self._count += 1
        if len(keys) > DEEPEST:
            raise GradusError(f"{place}: nested too deeply; an alias (*name) may stand inside what it names")
        if self._count > MOST_VALUES:
            raise GradusError(
                f"{place}: {dotted(keys)}: too many values with its aliases (*name) written out; a study has at most "
                f"{MOST_VALUES:,} keys and values"
            )
        if node.tag not in _PLAIN_TAGS:
            what = f"cannot read a value of the type {node.tag.removeprefix('tag:yaml.org,2002:')!r:.80}"
            raise GradusError(f"{place}: {dotted(keys)}: {what}; write a plain value, without !")
        if isinstance(node, yaml.MappingNode):
            return {key: self.construct(value, (*keys, key)) for key, value in self._items(node, keys)}
        if isinstance(node, yaml.SequenceNode):
            self.places |= {(*keys, index): self._place(item) for index, item in enumerate(node.value)}
            return [self.construct(item, (*keys, index)) for index, item in enumerate(node.value)]
        try:
            return _scalar(node)
        except GradusError as error:
            raise GradusError(f"{place}: {dotted(keys)}: {error}") from None

    def _items(self, node: yaml.MappingNode, keys: KeyPath) -> list[tuple[str, yaml.Node]]:
        values: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            here = self._place(key_node)
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag not in _PLAIN_TAGS:
                raise GradusError(f"{here}: a key has to be plain text")
            key = key_node.value
            path = (*keys, key)
            if key == "<<" and key_node.style is None:
                what = "merge keys are of YAML 1.1 and not read; share settings by `inherits` or `extends`"
                raise GradusError(f"{here}: {dotted(path)}: {what}")
            if key in values:
                first = self.places[path]
                raise GradusError(f"{here}: {dotted(path)}: duplicate key (first at {first}); rename or remove one")
            self.places[path] = here
            values[key] = value
        return list(values.items())

    def _place(self, node: yaml.Node) -> str:
        return f"{self._path}:{node.start_mark.line + 1}"


def _scalar(node: yaml.Node) -> Any:
    try:
        value = StudyLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError, KeyError):
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        raise GradusError(f"cannot read {node.value!r:.80} as {kind}; write a plain value") from None
    if isinstance(value, str) and (found := _UNWRITABLE.search(value)):
        raise GradusError(f"has the character U+{ord(found[0]):04X}, which no path or result can hold; remove it")
    return value


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
