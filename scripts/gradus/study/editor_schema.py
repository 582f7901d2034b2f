"""JSON schema of study files, for editors.

It is wider than the models, because an editor sees one file and Gradus the whole. A key may come from the study that
the file extends or from the experiment that an experiment inherits from, so nothing inside a group is required (but for
the name of own code, whose other keys are not known here) and,
where the tag that chooses a group's kind is missing, any kind may follow. A null takes an inherited key away, so every
key may be null. Gradus itself checks the study that comes out, in full.
"""

from typing import Any

from gradus.study.schema import Study

Schema = dict[str, Any]

EXTENDS = {
    "type": ["string", "array"],
    "items": {"type": "string"},
    "description": "The study file that this one is laid over, or several, each laid over those before it.",
}


def editor_schema() -> Schema:
    """The JSON schema (draft 2020-12) of one study file."""
    strict = Study.model_json_schema()
    wide = _widened(strict, _tags(strict))
    return wide | {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Gradus study",
        "properties": {"extends": EXTENDS, **wide["properties"]},
        "anyOf": [{"required": ["extends"]}, {"required": strict["required"]}],
    }


def _tags(schema: Any) -> set[str]:
    """Names of the keys that choose between kinds of a group (`stage`, `source`, ...)."""
    if isinstance(schema, list):
        return set().union(*map(_tags, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["discriminator"]["propertyName"]} if "discriminator" in schema else set()
    return own.union(*map(_tags, schema.values()))


def _widened(schema: Any, tags: set[str]) -> Any:
    if isinstance(schema, list):
        return [_widened(item, tags) for item in schema]
    if not isinstance(schema, dict):
        return schema
    wide: Schema = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties"):
            wide[key] = {
                name: _widened(item, tags) if name in tags else _or_null(_widened(item, tags))
                for name, item in value.items()
            }
        elif key == "$defs":
            wide[key] = {name: _widened(item, tags) for name, item in value.items()}
        elif key == "additionalProperties" and isinstance(value, dict):
            wide[key] = _or_null(_widened(value, tags))
        elif key == "oneOf":
            wide["anyOf"] = _widened(value, tags)
        elif key == "default" or (key == "required" and _is_open(schema)):
            wide[key] = value
        elif key not in ("required", "discriminator", "minProperties") and not (
            key == "title" and value.__class__ is str
        ):
            wide[key] = _widened(value, tags)
    if "patternProperties" in wide:
        wide["additionalProperties"] = False
    return wide


def _is_open(schema: Schema) -> bool:
    """Whether it is a group of own code, whose keys are not known here: nothing but its tag tells it from others."""
    return schema.get("type") == "object" and not {"additionalProperties", "patternProperties"} & schema.keys()


def _or_null(schema: Schema) -> Schema:
    """The same, or null. The words stay outside, where editors look for them."""
    if {"type": "null"} in schema.get("anyOf", []):
        return schema
    if isinstance(schema.get("type"), str):
        values = schema.get("enum", [schema["const"]] if "const" in schema else None)
        rest = {key: value for key, value in schema.items() if key != "const"}
        return rest | {"type": [schema["type"], "null"]} | ({"enum": [*values, None]} if values else {})
    words = {key: schema[key] for key in ("description", "default") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in words}
    return {**words, "anyOf": [*rest.get("anyOf", [rest]), {"type": "null"}]}
