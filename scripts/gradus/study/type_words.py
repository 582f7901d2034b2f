"""What a value has to be, in words, from its JSON schema."""

from typing import Any

from gradus.study.settings.base import in_digits

Schema = dict[str, Any]


def type_in_words(schema: Schema) -> str:
    """For example "list of whole numbers from 1 to 5, or null"."""
    if "anyOf" in schema:
        kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
        words = ", or ".join(map(type_in_words, kinds))
        return f"{words}, or null" if len(kinds) < len(schema["anyOf"]) else words
    if "$ref" in schema or "oneOf" in schema:
        return "group"
    if inner := named_values(schema):
        if innermost := named_values(inner):
            return f"{_words(innermost, plural=True)} by name, for each name"
        return f"{type_in_words(inner) if {'type', 'anyOf'} & inner.keys() else 'group'} for each name"
    return _words(schema, plural=False)


def named_values(schema: Schema) -> Schema | None:
    """What is under each name of a mapping with names of the user's own; None where this is no such mapping."""
    for inner in (*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")):
        if isinstance(inner, dict) and "enum" not in schema.get("propertyNames", {}):
            return inner
    return None


def refs_of(schema: Any) -> list[str]:
    """Names of the groups that a schema refers to."""
    if isinstance(schema, list):
        return [ref for item in schema for ref in refs_of(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"].rpartition("/")[2]] if "$ref" in schema else []
    return own + [ref for key, item in schema.items() if key != "discriminator" for ref in refs_of(item)]


def _words(schema: Schema, plural: bool) -> str:
    s = "s" if plural else ""
    if "anyOf" in schema:
        return " or ".join(_words(kind, plural) for kind in schema["anyOf"])
    if "$ref" in schema or "oneOf" in schema:  # one group, or a choice of groups by a key
        return f"group{s}"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return _either([f"`{value}`" for value in schema["enum"]])
    kind = schema["type"]
    if kind == "array":
        low, high = schema.get("minItems"), schema.get("maxItems")
        entries = _words(schema["items"], plural=True)
        if low == high == 2:
            return f"pair{s} of {entries}"
        return f"list{s} of {high} {entries}" if low == high and low else f"list{s} of {entries}"
    if kind == "object":
        if inner := named_values(schema):
            return f"mapping{s} from a name to a {_words(inner, plural=False)}"
        keys = schema["propertyNames"]["enum"]
        return (
            f"mapping{s} from {_either([f'`{key}`' for key in keys])} to {_words(schema['additionalProperties'], True)}"
        )
    if kind == "boolean":
        return "true or false"
    if kind == "string":
        if schema.get("format") == "date":
            return f"day{s} such as 2026-01-31"
        if "examples" in schema:
            return f"text such as `{schema['examples'][0]}`"
        return f"name{s}" if "pattern" in schema else "text"
    return {"integer": f"whole number{s}", "number": f"number{s}"}[kind] + _range(schema)


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f" from {in_digits(low)} to {in_digits(high)}"
    bounds = [
        f"{words} {in_digits(value)}"
        for words, value in (("at least", low), ("above", above), ("at most", high), ("below", below))
        if value is not None
    ]
    return f", {' and '.join(bounds)}" if bounds else ""


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
