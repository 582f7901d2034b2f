"""The prompt that holds in one place of a study: the study's own, with the keys that the place names laid over it."""

from gradus.environments.protocol import environment_module
from gradus.specs.prompts import EnvironmentSpec, PromptSpec
from gradus.study.injection import injection_modules
from gradus.study.schema import Study
from gradus.study.settings.prompts import EXCHANGES, Prompt


def prompt_of(study: Study, *overrides: Prompt | None) -> PromptSpec:
    """System message, suffix, and the exchanges' texts. Later overrides win; each changes only the keys it names."""
    values = study.prompt.model_dump()
    for override in overrides:
        values |= override.model_dump(exclude_unset=True) if override is not None else {}
    there = EXCHANGES | study.exchanges
    few_shot = [there[name] for name in values["few_shot"]]
    name, turns = values["environment"], values["max_turns"]
    environment = None if name is None else EnvironmentSpec(name=name, max_turns=turns)
    return PromptSpec(system=values["system"], few_shot=few_shot, suffix=values["suffix"], environment=environment)


def trace_prompt(study: Study, override: Prompt | None) -> PromptSpec:
    """The same for a trace: without exchanges, whose answers the model would learn by heart. All turns of a trace are
    there already, so nothing answers them."""
    return prompt_of(study, override).model_copy(update={"few_shot": [], "environment": None})


def prompt_modules(prompt: PromptSpec) -> tuple[str, ...]:
    """What a job with this prompt loads by name."""
    environment = [] if prompt.environment is None else [environment_module(prompt.environment.name)]
    return (*environment, *injection_modules_of(prompt))


def injection_modules_of(prompt: PromptSpec) -> tuple[str, ...]:
    """What a job loads by name that asks and waits for no answer."""
    return tuple(dict.fromkeys(module for one in prompt.inject for module in injection_modules(one)))
