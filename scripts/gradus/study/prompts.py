"""The prompt that holds in one place of a study: the study's own, with the keys that the place names laid over it."""

from typing import Any

from gradus.study.schema import Study
from gradus.study.settings.prompts import EXCHANGES, Prompt


def prompt_of(study: Study, *overrides: Prompt | None) -> dict[str, Any]:
    """System message, suffix, and the exchanges' texts. Later overrides win; each changes only the keys it names."""
    values = study.prompt.model_dump(mode="json")
    for override in overrides:
        values |= override.model_dump(mode="json", exclude_unset=True) if override is not None else {}
    there = EXCHANGES | study.exchanges
    return values | {"few_shot": [there[name].model_dump(mode="json") for name in values["few_shot"]]}


def trace_prompt(study: Study, override: Prompt | None) -> dict[str, Any]:
    """The same for a trace: without exchanges, whose answers the model would learn by heart."""
    return prompt_of(study, override) | {"few_shot": []}
