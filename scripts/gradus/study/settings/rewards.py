"""Settings of the reward of reinforcement learning: one key for each part that the folder `rewards/parts/` has."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, create_model
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from gradus.study.settings.base import Settings
from gradus.study.settings.plugins import plugins
from gradus.study.settings.reward_part import Part, Weight

PARTS: dict[str, Part] = {name: module.PART for name, module in plugins("gradus.rewards.parts").items()}


class _OrWeight:
    """Where a part has settings, a bare number is its weight: `short: 0.1` is `short: {weight: 0.1}`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._spelled_out, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        inner = handler(schema)
        return {"anyOf": [{"type": "number", "minimum": 0}, *inner.get("anyOf", [inner])]}

    @staticmethod
    def _spelled_out(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {"weight": value}
        if value is None or isinstance(value, (dict, Settings)):
            return value
        raise PydanticCustomError("part_type", "expected a number, or a mapping with the weight and other settings")


def _group(name: str, about: str, parts: dict[str, Part]) -> Any:
    """The model of a reward that may have these parts."""
    fields: dict[str, Any] = {}
    for key, part in parts.items():
        kind = Weight | None if part.settings is None else Annotated[part.settings | None, _OrWeight()]  # ty: ignore[invalid-type-form] found at run time
        fields[key] = (kind, Field(None, description=part.description))
    return create_model(name, __base__=Settings, __module__=__name__, __doc__=about, **fields)


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
    )
