"""Which key or value was meant by one that is unknown."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

Schema = dict[str, Any]


def nearest_key(schema: Schema, loc: Sequence[str | int]) -> str | None:
    """The known key that looks most like the last part of `loc`, in the group that the other parts lead to.

    `schema` is the JSON schema of the whole; `loc` a place in Pydantic's words, with the tags of tagged unions in it.
    """
    group = schema
    for part in loc[:-1]:
        group = _inner(schema, group, part)
    names = _resolved(schema, group).get("properties", {})
    return next(iter(get_close_matches(str(loc[-1]), names, n=1)), None)


def nearest_value(expected: str, value: object) -> str | None:
    """Which of the quoted names in `expected`, in Pydantic's words, looks most like the value."""
    return next(iter(get_close_matches(str(value), re.findall(r"'([^']+)'", expected), n=1)), None)


def _inner(schema: Schema, group: Schema, part: str | int) -> Schema:
    group = _resolved(schema, group)
    kinds = group.get("discriminator", {}).get("mapping", {})
    if part in kinds:
        return {"$ref": kinds[part]}
    if part in group.get("properties", {}):
        return group["properties"][part]
    others = [*group.get("patternProperties", {}).values(), group.get("additionalProperties"), group.get("items")]
    return next((other for other in others if isinstance(other, dict)), {})


def _resolved(schema: Schema, group: Schema) -> Schema:
    """The group itself, behind references and beside "or null"."""
    for kind in group.get("anyOf", []):
        if "$ref" in kind:
            group = kind
    return schema["$defs"][group["$ref"].rpartition("/")[2]] if "$ref" in group else group
