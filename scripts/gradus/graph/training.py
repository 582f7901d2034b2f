"""Jobs that train an experiment."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from gradus.graph.context import Context
from gradus.graph.gate import trained_on, training_file
from gradus.graph.job import Job
from gradus.rewards.compose import reward_modules
from gradus.specs.models import WeightsSpec
from gradus.specs.training import GrpoSpec, SftSpec
from gradus.study.backends import as_read, training_modules
from gradus.study.rewards import reward_parts
from gradus.study.settings.base import Settings
from gradus.study.settings.rewards import Rewards
from gradus.study.settings.training import Grpo, GrpoTraining, Sft, SftTraining, Trained
from gradus.training.algorithm import load_algorithm
from gradus.training.capabilities import backend_capabilities


def training_jobs(context: Context) -> Iterator[Job]:
    for name, experiment in context.study.experiments.items():
        if isinstance(experiment, Sft):
            yield _sft(context, name, experiment)
        elif isinstance(experiment, Grpo):
            yield _grpo(context, name, experiment)


def _sft(context: Context, name: str, experiment: Sft) -> Job:
    settings = SftSpec(**_training(context, experiment, SftTraining), **_start(context, name, experiment))
    reads = {
        "weights": context.manifests(context.lineage.start(name)),
        "traces": [training_file(context, "traces", traces) for traces in experiment.traces],
    }
    obeys = tuple(trained_on(context, name))
    return Job(
        "sft",
        f"models/{name}",
        context.manifest(name),
        settings,
        training_modules(experiment, context.study.rollouts),
        reads,
        obeys,
    )


def _grpo(context: Context, name: str, experiment: Grpo) -> Job:
    preset = load_algorithm(experiment.algorithm).preset
    chosen = {field.name: getattr(experiment, field.name) for field in fields(preset)}
    chosen |= preset.for_unset(chosen)
    rewards = reward_parts(Rewards.model_validate(chosen.pop("rewards")))
    settings = GrpoSpec(
        **chosen | _training(context, experiment, GrpoTraining),
        **_start(context, name, experiment),
        rewards=rewards,
        prompt=context.prompt(experiment.prompt),
        grading=context.study.grading,
    )
    held_out = [] if experiment.held_out is None else [training_file(context, "problems", experiment.held_out)]
    reads = {
        "weights": context.manifests(context.lineage.start(name)),
        "problems": [training_file(context, "problems", experiment.problems)],
        "held_out": held_out,
    }
    modules = (*training_modules(experiment, context.study.rollouts), *reward_modules(rewards))
    obeys = tuple(trained_on(context, name))
    return Job("grpo", f"models/{name}", context.manifest(name), settings, modules, reads, obeys)


def _training(context: Context, experiment: Trained, kind: type[Settings]) -> dict[str, Any]:
    """Those of an experiment's settings that decide its training, as its backend reads them."""
    settings = {key: getattr(experiment, key) for key in kind.model_fields}
    return settings | as_read(experiment, context.study.rollouts)


def _start(context: Context, name: str, experiment: Trained) -> dict[str, Any]:
    weights: WeightsSpec = context.weights(name, context.lineage.start(name))
    service = context.on_service(backend_capabilities(experiment.backend).service, name)
    return {"weights": weights, "seed": context.seed("experiments", name), "service": service}
