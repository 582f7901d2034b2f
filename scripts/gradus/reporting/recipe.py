"""The settings of an experiment's training, and where two of them differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gradus.specs.derived import MERGED, quantized_from
from gradus.specs.training import FOUND_AS

NOT_COMPARED = ("seed", "weights", "service")
"""Settings that differ between any two experiments, or that are said in words."""


@dataclass(frozen=True)
class Recipe:
    """How an experiment was trained: its stage, and the settings of its job by dotted names, as `lora.rank`."""

    stage: str
    settings: Mapping[str, object]

    @classmethod
    def of(cls, stage: str, nested: Mapping[str, object], found: Mapping[str, Any] = MappingProxyType({})) -> "Recipe":
        """From settings as a spec has them: `{"lora": {"rank": 16}}`. found: what the job's metrics say of those that
        were only known when it had begun, which follows what was asked for: `auto (0.0004905)`."""
        settings = _flattened(nested)
        known = {key: found[name] for key, name in FOUND_AS.items() if name in found}
        return cls(stage, settings | {key: f"{settings[key]} ({value:.4g})" for key, value in known.items()})

    @property
    def merged(self) -> bool:
        """Whether it started from weights that an adapter was merged into, and trained another one."""
        dense = str(self.settings.get("weights.dense"))
        return self.settings.get("weights.adapter") is None and quantized_from(dense).endswith(MERGED)

    def differences(self, other: "Recipe") -> dict[str, tuple[object, object]]:
        """The settings that the two do not share: this one's value, and the other's; None where one has not got it.

        Seeds and weights are left out.
        """
        return {
            key: (self.settings.get(key), other.settings.get(key))
            for key in dict.fromkeys([*self.settings, *other.settings])
            if key.partition(".")[0] not in NOT_COMPARED and self.settings.get(key) != other.settings.get(key)
        }


def _flattened(settings: Mapping[str, object], before: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            flat |= _flattened(value, f"{before}{key}.")
        else:
            flat[before + key] = value
    return flat
