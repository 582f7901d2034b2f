"""The prompt that holds in one place of a study: the study's own, with the keys that the place names laid over it."""

from gradus.specs.prompts import PromptSpec
from gradus.study.schema import Study
from gradus.study.settings.prompts import EXCHANGES, Prompt


def prompt_of(study: Study, *overrides: Prompt | None) -> PromptSpec:
    """System message, suffix, and the exchanges' texts. Later overrides win; each changes only the keys it names."""
    values = study.prompt.model_dump()
    for override in overrides:
        values |= override.model_dump(exclude_unset=True) if override is not None else {}
    there = EXCHANGES | study.exchanges
    few_shot = [there[name] for name in values["few_shot"]]
    return PromptSpec(system=values["system"], few_shot=few_shot, suffix=values["suffix"])


def trace_prompt(study: Study, override: Prompt | None) -> PromptSpec:
    """The same for a trace: without exchanges, whose answers the model would learn by heart."""
    return prompt_of(study, override).model_copy(update={"few_shot": []})
