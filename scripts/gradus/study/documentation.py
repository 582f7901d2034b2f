"""The reference of study files in Markdown: one table for each group of settings, after an introduction by hand."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from gradus.study.schema import Study
from gradus.study.settings.base import Settings
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.models import ExtendedModel, PretrainedModel, TextModel
from gradus.study.settings.plugins import plugin_names
from gradus.study.type_words import Schema, named_values, refs_of, type_in_words
from gradus.training.algorithm import ALGORITHMS, Preset, load_algorithm

INTRODUCTION = Path(__file__).with_name("config_readme.md")
NOTE = "<!-- Written by scripts/write_config_docs.py; edit the descriptions in scripts/gradus/study/ instead. -->"
MAY_BE_LEFT_OUT: dict[type[Settings], set[str]] = {
    PretrainedModel: {"source"},
    ExtendedModel: {"source"},
    TextModel: {"source"},
}
"""Tags that have a default."""


def config_readme() -> str:
    """The text of config/README.md."""
    introduction = INTRODUCTION.read_text(encoding="utf-8").strip()
    sections = _sections("", Study, "", set())
    return "\n\n".join([NOTE, introduction, *sections]) + "\n"


def _sections(path: str, model: type[Settings], tag: str, done: set[type]) -> Iterator[str]:
    """A section for each class that a group's settings come from, general ones first, and for the groups inside.

    `tag` is the setting that chooses this kind of group, as in "stage: sft"; empty where there is one kind only.
    """
    for part in reversed(model.__mro__):
        if not issubclass(part, Settings) or part in done or not vars(part).get("__annotations__"):
            continue
        done.add(part)
        schema = part.model_json_schema()
        names = [part.model_fields[field].alias or field for field in part.__annotations__]
        required = {*schema.get("required", []), tag.partition(":")[0]} - MAY_BE_LEFT_OUT.get(part, set())
        about = part.__doc__ or part.__name__
        if part is not model:
            heading = f"`{path}`: {about[0].lower()}{about[1:].rstrip('.')}"
        else:
            heading = "The study" if not path else f"`{path}` with `{tag}`" if tag else f"`{path}`"
        text = [] if part is not model else [about]
        yield "\n\n".join([f"### {heading}", *text, _table(schema["properties"], names, required)])
        if part is Grpo:
            yield _presets()
        for name in names:
            yield from _inner_sections(f"{path}.{name}".lstrip("."), schema["properties"][name], done)


def _inner_sections(path: str, prop: Schema, done: set[type]) -> Iterator[str]:
    if inner := named_values(prop):
        path, prop = path + ".<name>", inner
    choices = [one["discriminator"] for one in (prop, *prop.get("anyOf", [])) if "discriminator" in one]
    tags = {
        ref.rpartition("/")[2]: f"{choice['propertyName']}: {value}"
        for choice in choices
        for value, ref in choice["mapping"].items()
    }
    for ref in refs_of(prop):
        yield from _sections(path, _class(ref), tags.get(ref, ""), done)


def _class(name: str) -> type[Settings]:
    todo: list[type[Settings]] = [Settings]
    while todo:
        found = todo.pop()
        if found.__name__ == name:
            return found
        todo += found.__subclasses__()
    raise LookupError(name)


def _table(properties: Schema, names: list[str], required: set[str]) -> str:
    rows = ["| Key | Type | Default | Description |", "|---|---|---|---|"]
    for name in names:
        prop = properties[name]
        default = "required" if name in required else _default(name, prop)
        cells = (f"`{name}`", type_in_words(prop), default, prop["description"])
        rows.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    """Text of a table's cell: no bar ends it, and what is not code is no HTML either."""
    spans = text.replace("|", r"\|").split("`")
    return "`".join(span if i % 2 else span.replace("<", "&lt;") for i, span in enumerate(spans))


def _default(name: str, prop: Schema) -> str:
    if "default" not in prop:
        return "see below"
    if prop["default"] is None and name in {field.name for field in fields(Preset)}:
        return "by `algorithm`"
    return in_yaml(prop["default"])


def in_yaml(value: Any) -> str:
    """A value as one writes it in YAML, as code in Markdown."""
    if value == "":
        return "empty"
    if isinstance(value, dict):
        return "`{" + ", ".join(f"{key}: {json.dumps(item)}" for key, item in value.items()) + "}`"
    if isinstance(value, list):
        return "`[" + ", ".join(item if isinstance(item, str) else json.dumps(item) for item in value) + "]`"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def _presets() -> str:
    algorithms = {name: load_algorithm(name) for name in plugin_names(ALGORITHMS)}
    rows = ["| Key | " + " | ".join(f"`{name}`" for name in algorithms) + " |", "|---|" + "---|" * len(algorithms)]
    for field in fields(Preset):
        values = (in_yaml(getattr(algorithm.preset, field.name)) for algorithm in algorithms.values())
        rows.append(f"| `{field.name}` | " + " | ".join(values) + " |")
    sources = [f"- `{name}`: {one.difference}. {one.source}." for name, one in algorithms.items()]
    head = (
        "#### Presets\n\nWhat `algorithm` sets where the study says nothing, or null; equations, and what each backend "
        "makes of them, are in [docs/algorithms.md](../docs/algorithms.md):"
    )
    return "\n\n".join([head, "\n".join(rows), "\n".join(sources)])
