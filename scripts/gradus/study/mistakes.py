"""Mistakes in a study file, in words: one line for each, with its place, key and remedy."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import ErrorDetails

from gradus.provenance.errors import GradusError
from gradus.study.file import StudyFile
from gradus.study.inheritance import parent_of
from gradus.study.nearest import Schema, nearest_key, nearest_value
from gradus.study.settings.base import OWN_MISTAKE, KeyPath, Mistake, dotted, in_digits, shown
from gradus.study.settings.experiment import VOTE

MOST_MISTAKES = 50
"""That one answer tells."""

# What is expected, by Pydantic's type of error; the names in braces are its context. The value that is there follows.
EXPECTED = {
    "bool_type": "expected true or false",
    "dict_type": "expected a mapping of keys",
    "float_type": "expected a number",
    "greater_than": "has to be greater than {gt}",
    "greater_than_equal": "has to be at least {ge}",
    "int_type": "expected a whole number",
    "less_than": "has to be less than {lt}",
    "less_than_equal": "has to be at most {le}",
    "list_type": "expected a list",
    "literal_error": "expected {expected}",
    "model_attributes_type": "expected a mapping of keys",
    "model_type": "expected a mapping of keys",
    "string_pattern_mismatch": "expected lower-case letters, digits, - and _, a letter or digit first",
    "string_type": "expected text (quote it)",
    "string_too_long": "expected at most {max_length} characters",
    "too_long": "expected at most {max_length} entries",
    "too_short": "expected {min_length} or more entries",
}

FORMER_KEYS = {"look_ahead": "overlap"}
"""Keys of earlier releases whose new names are spelled too differently to be found."""


def refusal(file: StudyFile, values: dict[str, Any], mistakes: list[Mistake]) -> GradusError:
    """The error with one line for each mistake. `values` are the file's with the inherited settings filled in."""
    if isinstance(values.get("experiments"), dict):
        mistakes = _without_echoes(file.values["experiments"], values["experiments"], mistakes)
    lines = [f"{file.place(keys)}: {dotted(keys) or 'the file'}: {what}" for keys, what in mistakes[:MOST_MISTAKES]]
    if more := len(mistakes[MOST_MISTAKES:]):
        lines.append(f"{file.path}: the file: has {more:,} more mistakes; correct these first")
    return GradusError("\n".join(lines))


def describe(values: dict[str, Any], errors: Sequence[ErrorDetails], schema: Schema) -> list[Mistake]:
    """Keys and words of Pydantic's errors over `values`; `schema` is the JSON schema that they break.

    A value that may be of several kinds has an error for each: one is told, of the kind that it is nearest to, or that
    all would do.
    """
    places: dict[KeyPath, list[ErrorDetails]] = {}
    for error in errors:
        places.setdefault(_keys(values, error), []).append(error)
    found: list[Mistake] = []
    for keys, here in places.items():
        beyond = any(len(other) > len(keys) and other[: len(keys)] == keys for other in places)
        nearest = [error for error in here if not _is_of_kind(error)]
        if nearest or not beyond:
            found.append(_described(keys, nearest or here, schema))
    return found


def _is_of_kind(error: ErrorDetails) -> bool:
    """Whether a value is of another kind than was expected, whatever it is."""
    return error["type"].endswith("_type") or error["type"] == "literal_error"


def _described(keys: KeyPath, errors: Sequence[ErrorDetails], schema: Schema) -> Mistake:
    """The errors of one value, of several kinds that would have done."""
    if len(errors) > 1 and all(map(_is_of_kind, errors)):
        kinds = dict.fromkeys(_expected(error).removeprefix("expected ") for error in errors)
        return keys, f"expected {', or '.join(kinds)}, not {shown(errors[0]['input'])}"
    error = errors[0]
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        meant = FORMER_KEYS.get(str(error["loc"][-1])) or nearest_key(schema, error["loc"])
        remedy = f"did you mean {meant}?" if meant else "remove it, or see config/README.md for the keys there are"
        return keys, f"unknown key; {remedy}"
    if kind == OWN_MISTAKE:
        return keys, error["msg"]
    if kind == "missing":
        return keys, "this key is required; see config/README.md"
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tag = context["discriminator"].strip("'")
        expected = f"expected one of {context['expected_tags']}" if "expected_tags" in context else "is required"
        return (*keys, tag), f"{expected}; see config/README.md"
    if context.get("pattern") == VOTE:
        return keys, f"expected maj@ or pass@ and a number of samples, such as maj@16, not {shown(error['input'])}"
    meant = nearest_value(context["expected"], error["input"]) if kind == "literal_error" else None
    return keys, f"{_expected(error)}, not {shown(error['input'])}" + (f"; did you mean {meant}?" if meant else "")


def _expected(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    bounds = {name: in_digits(value) for name, value in context.items() if isinstance(value, (int, float))}
    return EXPECTED[kind].format(**context | bounds) if kind in EXPECTED else error["msg"][0].lower() + error["msg"][1:]


def _keys(values: dict[str, Any], error: ErrorDetails) -> KeyPath:
    """The error's keys as the file has them.

    Pydantic puts the tag of a tagged union between the keys ("experiments", "x", "grpo", "learning_rate"): what is a
    key of the file is kept, and the last part, which may be the missing one.
    """
    keys: list[str | int] = []
    node: Any = values
    for part in error["loc"]:
        if (isinstance(node, dict) and part in node) or (isinstance(node, list) and isinstance(part, int)):
            node = node[part]
            keys.append(part)
    last = error["loc"][-1] if error["loc"] else None
    if error["type"] == "missing" and last is not None:
        keys.append(last)
    return tuple(keys)


def _without_echoes(own: dict[str, Any], filled: dict[str, Any], mistakes: list[Mistake]) -> list[Mistake]:
    """Leave out what an experiment only repeats because it inherits it, and name the origin of what remains.

    `own` are the experiments as the file has them, `filled` those with inherited settings.
    """
    known = set(mistakes)
    kept = []
    for keys, what in mistakes:
        if len(keys) > 2 and keys[0] == "experiments":
            name, rest = str(keys[1]), keys[2:]
            other = parent_of(own, name)
            if other is not None and not _stands(own[name], rest):
                if (("experiments", other, *rest), what) in known:
                    continue
                if _stands(filled[name], rest):
                    what += f" (inherited from {other}; set it here, or take it away with null)"
        kept.append((keys, what))
    return kept


def _stands(values: Any, keys: KeyPath) -> bool:
    for key in keys:
        items: dict[Any, Any] = dict(enumerate(values)) if isinstance(values, list) else {}
        if isinstance(values, dict):
            items = values
        if key not in items:
            return False
        values = items[key]
    return True
