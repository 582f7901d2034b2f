"""Which key or value was meant by one that is unknown."""

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import Any

from gradus.study.settings.base import dotted

Schema = dict[str, Any]

MOST_LISTED = 24
"""Names in a message."""


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


def there_are(names: Collection[str], meant: str) -> str:
    """The remedy for a name that is none of these: which there are, the likeliest first where they are many."""
    if len(names) <= MOST_LISTED:
        return f"there are {', '.join(map(_plain, names)) or 'none'}"
    near = get_close_matches(meant, names, n=MOST_LISTED)
    first = [*near, *(name for name in names if name not in near)][:MOST_LISTED]
    return f"there are {', '.join(map(_plain, first))} and {len(names) - MOST_LISTED} more"


def _plain(name: str) -> str:
    return dotted((name,))


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
