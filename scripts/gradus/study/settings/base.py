"""What every group of settings shares: unknown keys are refused, values never change after reading."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from re import fullmatch
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gradus.study.settings.own_modules import REFERENCE, OwnCodeError, is_own
from gradus.study.settings.plugins import load_plugin, plugin_names

KeyPath = tuple[str | int, ...]
"""A place in a study file."""

Mistake = tuple[KeyPath, str]
"""What is wrong at a place, and the remedy."""

MOST_CHARACTERS = 80
"""Of a key or value in a message."""


OWN_MISTAKE = "own_code"
"""Pydantic's type of errors of a study's own code, whose text is whole: the value need not follow."""


def own_mistake(what: str) -> PydanticCustomError:
    """A mistake of own code, to be told as those of settings are."""
    return PydanticCustomError(OWN_MISTAKE, "{what}", {"what": what})


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
    """Marks a name that has to be that of a module in this package; the schema lists those that are there. Where they
    have an object of one kind under the name `declared`, it may be one of own code too."""

    package: str
    declared: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        names = core_schema.literal_schema(list(plugin_names(self.package)))
        return core_schema.no_info_wrap_validator_function(self._validate, names) if self.declared else names

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        names = handler(schema)
        return {"anyOf": [names, {"type": "string", "pattern": REFERENCE}]} if self.declared else names

    def _validate(self, value: Any, handler: Callable[[Any], Any]) -> Any:
        if not isinstance(value, str) or not is_own(value):
            return handler(value)
        kind = type(load_plugin(self.package, plugin_names(self.package)[0], self.declared))
        try:
            found = load_plugin(self.package, value, self.declared)
        except OwnCodeError as error:
            raise own_mistake(str(error)) from error
        if not isinstance(found, kind):
            raise own_mistake(f"{value} is {found!r:.60}, not {kind.__name__}(...); name one")
        return value


MOST_STEPS = 1_000_000
"""Of a training; the longest published ones of this kind take some thousand."""

MOST_GPUS = 16
"""Of one machine."""

MOST_ROWS_AT_ONCE = 65_536
"""Of a batch: problems, traces or rows. Published batches have up to 1,024."""

MOST_TOKENS = 1_048_576
"""Of a text: the longest context of a published model."""

MOST_SEEDS = 100
"""Trainings of one experiment; published tables have 1, careful ones 3 to 10."""


def _different(seeds: list[int]) -> list[int]:
    if len(set(seeds)) < len(seeds):
        raise PydanticCustomError("seeds", "expected different seeds, since equal ones train the same model twice")
    return seeds


def _percentile(value: str) -> str:
    if not fullmatch(r"p([1-9][0-9]?|100)", value):
        raise PydanticCustomError("percentile", "expected a percentile such as p95")
    return value


Percentile = Annotated[str, AfterValidator(_percentile)]
"""p1 to p100, which is the largest."""

Seeds = (
    Annotated[int, Field(ge=1, le=MOST_SEEDS)]
    | Annotated[
        list[Annotated[int, Field(ge=0, lt=2**31)]],
        Field(min_length=1, max_length=MOST_SEEDS),
        AfterValidator(_different),
    ]
)
"""How many training seeds, or which ones: 3 is [0, 1, 2]."""

SeedOf = Annotated[int, Field(ge=0, lt=2**31)] | Name
"""What takes the place of a name where seeds are derived: any number, or the former name of what was renamed."""


def seed_of(drawn: str) -> Any:
    """The setting, of something for which `drawn` is drawn."""
    return Field(
        None,
        description=f"What the seeds of {drawn} are derived from, with the study's `seed`: any whole number, or "
        "a former name; see [Names and seeds](#names-and-seeds). null: the key.",
    )


Day = Annotated[date, BeforeValidator(_day)]
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseModel):
    """A group of settings. Pure data: jobs get them fully resolved, so these classes hold no behaviour."""

    # A study's validators are built as one when it is read: to build each group's by itself too takes 50 ms.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)
