"""What every group of settings shares: unknown keys are refused, values never change after reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gradus.study.settings.plugins import plugin_names

KeyPath = tuple[str | int, ...]
"""A place in a study file."""

Mistake = tuple[KeyPath, str]
"""What is wrong at a place, and the remedy."""

MOST_CHARACTERS = 80
"""Of a key or value in a message."""


def dotted(keys: KeyPath) -> str:
    """A place as messages have it, such as `experiments.rl.steps`: one line, whatever the keys are."""
    return ".".join(_cut(key) if (key := str(part)) and key.isprintable() else shown(key) for part in keys)


def shown(value: Any) -> str:
    """A value as messages have it: one line, and not too long."""
    return _cut(repr(value))


def in_digits(value: float) -> str:
    """A bound as messages and documentation have it: 65,536 and 0.5."""
    return f"{int(value):,}" if float(value).is_integer() and abs(value) < 10**15 else f"{value:g}"


def in_a_row(names: Sequence[str]) -> str:
    """Names as a chain, of which the middle is left out where it is long."""
    left_out = [] if len(names) <= 10 else [f"({len(names) - 8} more)"]
    return " -> ".join(map(_cut, [*names[:4], *left_out, *names[-4:]] if left_out else names))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."


NO_NAMES = ("null", "true", "false")
"""What YAML reads as something else where another key names it: `held_out: null` is none."""


def _is_free(name: str) -> str:
    if name in NO_NAMES:
        raise PydanticCustomError("no_name", "expected a name other than {names}, which are no text in YAML", _NAMES)
    return name


_NAMES = {"names": ", ".join(NO_NAMES)}

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60), AfterValidator(_is_free)]


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PydanticCustomError("address", "expected an address such as http://127.0.0.1:8000")
    return value


Address = Annotated[str, AfterValidator(_address)]


def _day(value: Any) -> date:
    """From a study file's text, or as it is in a setting's default."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        day = None
    if not isinstance(day, date) or (isinstance(value, str) and day.isoformat() != value):
        raise PydanticCustomError("day", "expected a day such as 2026-01-31")
    return day


@dataclass(frozen=True)
class PluginOf:
    """Marks a name that has to be that of a module in this package; the schema lists those that are there."""

    package: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(plugin_names(self.package)))


MOST_STEPS = 1_000_000
"""Of a training; the longest published ones of this kind take some thousand."""

MOST_GPUS = 16
"""Of one machine."""

MOST_ROWS_AT_ONCE = 65_536
"""Of a batch: problems, traces or rows. Published batches have up to 1,024."""

MOST_TOKENS = 1_048_576
"""Of a text: the longest context of a published model."""

Day = Annotated[date, BeforeValidator(_day)]
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseModel):
    """A group of settings. Pure data: jobs get them fully resolved, so these classes hold no behaviour."""

    # A study's validators are built as one when it is read: to build each group's by itself too takes 50 ms.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)
