"""Checks of environments: which samplers and backends can have several turns, and what needs an environment."""

from collections.abc import Iterator
from typing import Any

from gradus.sampling.capabilities import Capabilities, sampler_capabilities, samplers
from gradus.study.asked import drawn_for
from gradus.study.rewards import reward_parts
from gradus.study.services import sampler_of
from gradus.study.settings.base import KeyPath, Mistake
from gradus.study.settings.dpo import Dpo
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.prompts import Prompt
from gradus.study.settings.reward_part import load_part
from gradus.study.verifiers import rows
from gradus.study.writers import writers
from gradus.training.capabilities import backend_capabilities, backends


def environment_of(study: Any, override: Prompt | None) -> str | None:
    """What answers the model where `override` is laid over the study's prompt; None: nothing."""
    chosen = override if override is not None and "environment" in override.model_fields_set else study.prompt
    return chosen.environment


def environment_mistakes(study: Any) -> Iterator[Mistake]:
    """For studies whose names are all there."""
    for writer in writers(study):
        if environment_of(study, writer.prompt):
            yield from _single_turns((*writer.keys, "sampler"), "sampler", writer.sampler)
    for name in study.benchmarks:
        if environment_of(study, study.benchmarks[name].prompt):
            asked = (row for row in rows(study) if name in drawn_for(study, row))
            for sampler in dict.fromkeys(sampler_of(study, row, name) for row in asked):
                yield from _single_turns(("benchmarks", name, "prompt"), "sampler", sampler)
    for name, experiment in study.experiments.items():
        here = ("experiments", name)
        if isinstance(experiment, Dpo):
            for place, traces in enumerate(experiment.traces):
                if environment_of(study, getattr(study.traces[traces], "teacher_prompt", None)):
                    what = f"{traces!r} has solutions of several turns, and preferences are between single ones"
                    yield (*here, "traces", place), f"{what}; set environment: null in its teacher_prompt"
        if isinstance(experiment, Grpo):
            if environment_of(study, experiment.prompt):
                yield from _single_turns((*here, "backend"), "backend", experiment.backend)
            elif experiment.rewards is not None:
                for part in reward_parts(experiment.rewards):
                    if load_part(part).of_calls:
                        yield (*here, "rewards", part), "nothing answers calls here; set environment in the prompt"


def _single_turns(keys: KeyPath, kind: str, name: str) -> Iterator[Mistake]:
    """A sampler or backend that has single turns only and is asked for several."""
    known: dict[str, Capabilities]
    if kind == "sampler":
        known = {other: sampler_capabilities(other) for other in samplers()}
    else:
        known = {other: backend_capabilities(other) for other in backends()}
    if not known[name].several_turns:
        able = " or ".join(other for other, capabilities in known.items() if capabilities.several_turns)
        what = f"{kind}: {name} has one turn, and environment in the prompt asks for several"
        yield keys, f"{what}; set {kind}: {able}, or environment: null there"
