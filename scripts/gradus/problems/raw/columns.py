"""Where in a row a value is: under a column's name, or inside it: `reward_model.ground_truth`, `prompt.0.content`.

A part of a path is a key of an object or the place in a list, from 0. Text on the way is read as JSON, or as the list
that Python prints, which some publishers write into a column of texts.
"""

import ast
import json
from collections.abc import Mapping
from typing import Any

MOST_CHARACTERS = 100_000
"""Of a text that is read as a list: a longer one is no answer."""


class NotThere(Exception):
    """A part of a path that is not there, in words."""


def value_at(values: Mapping[str, Any], path: str) -> Any:
    """The value of the column of this name, else of the path; None where something on the way is null.

    Raises NotThere where there is no such column, key or place.
    """
    if path in values:
        return values[path]
    first, *rest = path.split(".")
    if first not in values:
        raise NotThere(f"no column {path!r}; the row has {', '.join(values) or 'no columns'}")
    value, walked = values[first], first
    for part in rest:
        value = _listed(value) if isinstance(value, str) else value
        if value is None:
            return None
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise NotThere(f"no {part!r} in `{walked}`, which is {value!r:.60}")
        walked += f".{part}"
    return value


def _listed(text: str) -> Any:
    if len(text) > MOST_CHARACTERS:
        return text
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return found if isinstance(found, (Mapping, list)) else text
    return text
