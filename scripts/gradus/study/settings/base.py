"""What every group of settings shares: unknown keys are refused, values never change after reading."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gradus.study.settings.plugins import plugin_names

KeyPath = tuple[str | int, ...]
"""A place in a study file."""

Mistake = tuple[KeyPath, str]
"""What is wrong at a place, and the remedy."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]


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


Day = Annotated[date, BeforeValidator(_day)]
Share = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseModel):
    """A group of settings. Pure data: jobs get them fully resolved, so these classes hold no behaviour."""

    # A study's validators are built as one when it is read: to build each group's by itself too takes 50 ms.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)
