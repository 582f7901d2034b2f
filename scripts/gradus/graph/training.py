"""Jobs that train an experiment."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from gradus.graph.context import Context
from gradus.graph.gate import trained_on, training_file
from gradus.graph.job import Job
from gradus.graph.prompts import prompt_modules
from gradus.rewards.compose import reward_modules
from gradus.specs.models import WeightsSpec
from gradus.specs.training import DpoSpec, GrpoSpec, SftSpec, TraceTrainingSpec
from gradus.study.backends import as_read, training_modules
from gradus.study.learning_rates import rate_family
from gradus.study.lineage import Weights
from gradus.study.rewards import reward_parts
from gradus.study.settings.base import Settings
from gradus.study.settings.dpo import Dpo, DpoTraining
from gradus.study.settings.grpo import Grpo, GrpoTraining
from gradus.study.settings.rewards import Rewards
from gradus.study.settings.training import Sft, SftTraining, Trained, trace_weights
from gradus.study.steps import resolved_steps
from gradus.training.algorithm import load_algorithm
from gradus.training.capabilities import backend_capabilities


def training_jobs(context: Context) -> Iterator[Job]:
    for name, experiment in context.unrolled.experiments.items():
        if isinstance(experiment, Sft):
            yield _sft(context, name, experiment)
        elif isinstance(experiment, Dpo):
            yield _dpo(context, name, experiment)
        elif isinstance(experiment, Grpo):
            yield _grpo(context, name, experiment)


def _sft(context: Context, name: str, experiment: Sft) -> Job:
    settings = SftSpec(
        **_training(context, experiment, SftTraining),
        **_start(context, name, experiment),
        rate_family=rate_family(context.unrolled, context.lineage, name),
    )
    return _on_traces(context, name, experiment, settings)


def _dpo(context: Context, name: str, experiment: Dpo) -> Job:
    settings = DpoSpec(
        **_training(context, experiment, DpoTraining),
        **_start(context, name, experiment),
        prompt=context.prompt(experiment.prompt),
    )
    return _on_traces(context, name, experiment, settings)


def _on_traces(context: Context, name: str, experiment: Sft | Dpo, settings: TraceTrainingSpec) -> Job:
    reads = {
        "weights": context.manifests(context.lineage.start(name)),
        "traces": [training_file(context, "traces", traces) for traces in trace_weights(experiment.traces)],
    }
    obeys = tuple(trained_on(context, name))
    return Job(
        experiment.stage,
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
    prompt = context.prompt(experiment.prompt)
    reference = context.lineage.reference(name)
    settings = GrpoSpec(
        **chosen | _training(context, experiment, GrpoTraining),
        **_start(context, name, experiment),
        rate_family=rate_family(context.unrolled, context.lineage, name),
        rewards=rewards,
        prompt=prompt,
        grading=context.study.grading,
        **({} if reference is None else _reference(context, experiment, reference)),
    )
    held_out = [] if experiment.held_out is None else [training_file(context, "problems", experiment.held_out)]
    reads = {
        "weights": context.manifests(context.lineage.start(name)),
        "problems": [training_file(context, "problems", name) for name in experiment.sets],
        "held_out": held_out,
        "reference": [] if reference is None else context.manifests(reference),
    }
    modules = training_modules(experiment, context.study.rollouts)
    modules += (*reward_modules(rewards), *prompt_modules(prompt))
    obeys = tuple(trained_on(context, name))
    return Job("grpo", f"models/{name}", context.manifest(name), settings, modules, reads, obeys)


def _reference(context: Context, experiment: Grpo, reference: Weights) -> dict[str, Any]:
    """What tells of the weights that it is compared with, its teacher's or a reference model's."""
    named = experiment.teacher or experiment.reference_model
    assert named is not None  # else there is none
    service = backend_capabilities(experiment.backend).service
    return {
        "reference": context.weights(named, reference),
        "reference_service": context.on_service(service, named),
    }


def _training(context: Context, experiment: Trained, kind: type[Settings]) -> dict[str, Any]:
    """Those of an experiment's settings that decide its training, as its backend reads them."""
    settings = {key: getattr(experiment, key) for key in kind.model_fields}
    return settings | as_read(experiment, context.study.rollouts) | resolved_steps(experiment)


def _start(context: Context, name: str, experiment: Trained) -> dict[str, Any]:
    weights: WeightsSpec = context.weights(name, context.lineage.start(name))
    service = context.on_service(backend_capabilities(experiment.backend).service, name)
    run = context.replicates.by_name[name]
    seed = context.seeds.training(run.experiment, run.seed)
    return {"weights": weights, "seed": seed, "service": service}
