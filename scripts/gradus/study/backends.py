"""What an experiment asks of its training backend: what it cannot honour, what its job reads, what its job loads."""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

from gradus.study.settings.base import KeyPath, Mistake
from gradus.study.settings.dpo import Dpo
from gradus.study.settings.experiments import AnyExperiment
from gradus.study.settings.grpo import Grpo, Rollouts
from gradus.study.settings.training import Lora, Sft, Trained
from gradus.study.settings.truncation import WHOLE, Truncation
from gradus.training.algorithm import algorithm_module, load_algorithm
from gradus.training.capabilities import TrainingCapabilities, backend_capabilities, backends, guard_of, network_of
from gradus.training.rollouts.planning import engine_module


def backend_mistakes(experiment: AnyExperiment, rollouts: Rollouts, here: KeyPath) -> list[Mistake]:
    """The settings of an experiment that its backend cannot honour; `here` is its place in the study."""
    if not isinstance(experiment, Trained):
        return []
    if mistake := _stage(experiment):
        return [((*here, "backend"), mistake)]
    found = [*_ignored(experiment), *_dropout(experiment), *_algorithm(experiment)]
    found += [*backend_capabilities(experiment.backend).mistakes(experiment), *_rollouts(experiment, rollouts)]
    return [((*here, *keys), f"backend: {experiment.backend} {what}") for keys, what in found]


def as_read(experiment: Trained, rollouts: Rollouts) -> dict[str, Any]:
    """The settings of an experiment that its backend reads otherwise than the study says them.

    Keys that decide nothing under it have their defaults, so that they decide nothing in its specs either.
    """
    capabilities = backend_capabilities(experiment.backend)
    read: dict[str, Any] = {"lora": experiment.lora if experiment.adapts else Lora()}
    read["master_dtype"] = experiment.master_dtype if experiment.method == "full" else "float32"
    if isinstance(experiment, Grpo):
        read["kl_guard"] = guard_of(experiment)
    for key in ignored_settings(experiment):
        group, _, member = key.rpartition(".")
        if group:
            default = type(read[group]).model_fields[member].default
            read[group] = read[group].model_copy(update={member: default})
        elif key in type(experiment).model_fields:
            read[key] = type(experiment).model_fields[key].default
    return read | capabilities.settings(experiment, rollouts)


def training_modules(experiment: Sft | Dpo | Grpo, rollouts: Rollouts) -> tuple[str, ...]:
    """What the job of an experiment loads by name: first the backend's module with its `train`, then its network, the
    algorithm, and what writes its rollouts."""
    backend = f"gradus.training.{experiment.backend}.{experiment.stage}"
    network = network_of(experiment)
    loaded = (backend, network.module) if network else (backend,)
    if not isinstance(experiment, Grpo):
        return loaded
    read = backend_capabilities(experiment.backend).settings(experiment, rollouts).get("rollouts")
    engine = (engine_module(read["engine"]),) if read else ()
    return (*loaded, algorithm_module(experiment.algorithm), *engine)


def ignored_settings(experiment: Trained) -> dict[str, tuple[object, ...]]:
    """Those that decide nothing under the experiment's backend and network, with the values that ask for nothing."""
    capabilities = backend_capabilities(experiment.backend)
    ignored = dict(capabilities.ignored)
    if not capabilities.networks:
        return ignored | {"network": (None,)}
    network = network_of(experiment)
    return ignored | dict(network.ignored if network else {})


def _stage(experiment: Trained) -> str:
    """What is wrong where the backend does not train this way; nothing else of the experiment matters then."""
    if experiment.stage in backend_capabilities(experiment.backend).stages:
        return ""
    able = " or ".join(name for name in backends() if experiment.stage in backend_capabilities(name).stages)
    return f"backend: {experiment.backend} has no stage: {experiment.stage}; set backend: {able}"


def _ignored(experiment: Trained) -> Iterator[Mistake]:
    for key, neutral in ignored_settings(experiment).items():
        keys = tuple(key.split("."))
        if not _asked(experiment, keys):
            continue
        value = reduce(getattr, keys, experiment)
        if value not in neutral:
            yield keys, f"has no {key}: {_yaml(value)}; {_or_readers('remove this key', experiment, key)}"


def _asked(experiment: Trained, keys: tuple[str, ...]) -> bool:
    """Whether a setting says anything: SFT has no rollouts, an experiment without an adapter nothing to say of one, and
    what drops out in GRPO is for `_dropout`."""
    if keys[0] == "lora":
        return experiment.adapts and not isinstance(experiment, Dpo | Grpo)
    return hasattr(experiment, keys[0])


def _dropout(experiment: Trained) -> Iterator[Mistake]:
    if isinstance(experiment, Dpo | Grpo) and experiment.adapts and experiment.lora.dropout:
        before = "that it starts from" if isinstance(experiment, Dpo) else "that wrote a completion"
        what = f"compares the policy {before} with the one that learns from it, which dropout makes two"
        yield ("lora", "dropout"), f"{what}; set dropout: 0"


def _rollouts(experiment: Trained, rollouts: Rollouts) -> Iterator[Mistake]:
    """What the engine that writes its rollouts cannot do."""
    engine = backend_capabilities(experiment.backend).settings(experiment, rollouts).get("rollouts", {}).get("engine")
    if experiment.method == "qlora" and engine == "vllm_server":
        what = "cannot send weights of 4 bits to a server, as rollouts.engine: vllm_server asks"
        yield ("method",), f"{what}; set method: lora, or rollouts.engine: vllm_colocate"
    if experiment.gpus > 1 and engine == "vllm_server":
        what = "cannot send weights that GPUs have divided to a server, as rollouts.engine: vllm_server asks"
        yield ("gpus",), f"{what}; set gpus: 1, or rollouts.engine: transformers"
    if not isinstance(experiment, Grpo) or engine in (None, "transformers"):
        return
    for key in Truncation.model_fields:
        if getattr(experiment, key) != (every := getattr(WHOLE, key)):
            said = "null" if every is None else f"{every:g}"
            what = (
                f"is told by rollouts.engine: {engine} log-probabilities over the tokens of {key} alone, not over all"
            )
            yield (key,), f"{what}; set rollouts.engine: transformers, or {key}: {said}"


def _algorithm(experiment: Trained) -> Iterator[Mistake]:
    if not isinstance(experiment, Grpo):
        return
    losses = load_algorithm(experiment.algorithm).losses

    def computes(capabilities: TrainingCapabilities) -> bool:
        return capabilities.losses is None or losses in capabilities.losses

    if not computes(backend_capabilities(experiment.backend)):
        what = f"takes the loss itself and has not that of {experiment.algorithm}"
        yield ("algorithm",), f"{what}; {_or_backends('take another', computes)}"


def _or_readers(remedy: str, experiment: Trained, key: str) -> str:
    """The remedy, or else the networks of the same backend and the other backends by which the setting decides."""
    networks = backend_capabilities(experiment.backend).networks
    if key in backend_capabilities(experiment.backend).ignored or not networks:
        return _or_backends(remedy, lambda other: key not in other.ignored)
    able = [name for name, network in networks.items() if key not in network.ignored]
    others = _or_backends("", lambda other: key not in other.ignored and not other.networks)
    return f"{remedy}, or set network: {' or '.join(able)}{others}"


def _or_backends(remedy: str, can: Callable[[TrainingCapabilities], bool]) -> str:
    """The remedy, or else one of the backends that can do it."""
    able = [name for name in backends() if can(backend_capabilities(name))]
    return f"{remedy}, or set backend: {' or '.join(able)}" if able else remedy


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
