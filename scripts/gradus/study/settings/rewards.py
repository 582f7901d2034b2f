"""Settings of the reward of reinforcement learning: one key for each part that the folder `rewards/parts/` has, and
those of own code, which are no fields but extra keys.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, create_model, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError, core_schema

from gradus.study.settings.base import Settings
from gradus.study.settings.own_modules import REFERENCE, OwnCodeError, is_own
from gradus.study.settings.own_values import checked
from gradus.study.settings.plugins import plugins
from gradus.study.settings.reward_part import PARTS as FOLDER
from gradus.study.settings.reward_part import Part, PartSettings, Weight, load_part

PARTS: dict[str, Part] = {name: module.PART for name, module in plugins(FOLDER).items()}


class _OrWeight:
    """Where a part has settings, a bare number is its weight: `short: 0.1` is `short: {weight: 0.1}`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.spelled_out, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        inner = handler(schema)
        return {"anyOf": [{"type": "number", "minimum": 0}, *inner.get("anyOf", [inner])]}

    @staticmethod
    def spelled_out(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {"weight": value}
        if value is None or isinstance(value, (dict, Settings)):
            return value
        raise PydanticCustomError("part_type", "expected a number, or a mapping with the weight and other settings")


@dataclass(frozen=True)
class _Named:
    """The value of a key that is none of the fields, with the key, which tells what the value may be."""

    key: str
    value: Any

    def __repr__(self) -> str:
        return repr(self.value)  # as messages have it


class _OwnPart:
    """A part of own code. blind: whether it must not know the right answer."""

    def __init__(self, blind: bool) -> None:
        self._blind = blind

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "number", "minimum": 0}, {"type": "object"}, {"type": "null"}]}

    def _validate(self, given: Any) -> Any:
        if not isinstance(given, _Named):  # a value that is checked already
            return given
        if not is_own(given.key):
            raise PydanticKnownError("extra_forbidden")
        value = _OrWeight.spelled_out(given.value)
        return None if value is None else checked(lambda: self._settings(given.key), value, given.key)

    def _settings(self, name: str) -> type[Settings]:
        part = load_part(name)
        if self._blind and not part.blind:
            what = "may know the right answer, which a vote does not; if it looks at the text alone"
            raise OwnCodeError(f"{name} {what}, name a Part(function, blind=True)")
        return part.settings or PartSettings


def _with_keys(fields: Collection[str]) -> Callable[[Any], Any]:
    """Gives each value beside the fields its key."""

    def with_keys(values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return {key: value if key in fields else _Named(key, value) for key, value in values.items()}

    return with_keys


def _with_patterns(schema: dict[str, Any]) -> None:
    """In the JSON schema too, no other key than a field or a name of own code."""
    schema["patternProperties"] = {REFERENCE: schema.pop("additionalProperties")}
    schema["additionalProperties"] = False


def _group(name: str, about: str, parts: dict[str, Part], blind: bool = False) -> Any:
    """The model of a reward that may have these parts, and those of own code."""
    fields: dict[str, Any] = {}
    for key, part in parts.items():
        kind = Weight | None if part.settings is None else Annotated[part.settings | None, _OrWeight()]  # ty: ignore[invalid-type-form] found at run time
        fields[key] = (kind, Field(None, description=part.description))
    extra = dict[str, Annotated[Any, _OwnPart(blind)]]
    own = type(f"Own{name}", (), {"__annotations__": {"__pydantic_extra__": extra}})
    return create_model(  # ty: ignore[no-matching-overload] `own` is no model, so that it has no section in the documentation
        name,
        __base__=(Settings, own),
        __module__=__name__,
        __doc__=about,
        __validators__={"with_keys": model_validator(mode="before")(_with_keys(parts))},
        __cls_kwargs__={"extra": "allow", "json_schema_extra": _with_patterns},
        **fields,
    )


if TYPE_CHECKING:

    class Rewards(Settings): ...

    class BlindRewards(Settings): ...

else:
    Rewards = _group(
        "Rewards",
        "The parts of the reward, each with a weight or a group of settings. The parts listed here are all it has.",
        PARTS,
    )
    BlindRewards = _group(
        "BlindRewards",
        "Parts of the reward that do not know the right answer, for votes. `wrong_only` means nothing here.",
        {name: part for name, part in PARTS.items() if part.blind},
        blind=True,
    )
