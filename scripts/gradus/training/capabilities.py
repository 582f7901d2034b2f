"""What planning knows of a training backend before any of its jobs runs: see `gradus.sampling.capabilities`."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, get_args

from gradus.provenance.errors import GradusError
from gradus.sampling.capabilities import Capabilities, sampler_capabilities, samplers
from gradus.study.settings.base import Mistake
from gradus.study.settings.grpo import Grpo, KlGuard, Rollouts
from gradus.study.settings.training import Trained, Training
from gradus.training.algorithm import load_algorithm
from gradus.training.surrogate import TokenLosses


def _no_mistakes(_experiment: Trained) -> Iterator[Mistake]:
    return iter(())


def _no_settings(_experiment: Trained, _rollouts: Rollouts) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Passes:
    """How a network splits a batch, as far as its memory goes.

    tokens: of a pass forward and back, where `micro_batch_tokens` does not say.
    logits_tokens: whose logits, of the whole vocabulary, are there at a time.
    optimizers: those that it has.
    """

    tokens: int
    logits_tokens: int
    optimizers: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """One of several implementations of models that a backend's loops train; see `TrainingCapabilities`.

    module: has a function `open_start`, see `gradus.training.torch.network`.
    untrained: has a function `untrained_model`, see `gradus.training.torch.pretrain`.
    embedded: it is `models/qwen3.py`, so that only models of that shape will do.
    dequantized_base: under `method: qlora` it reads a base whose values are those of 4 bits, which another job has to
        write. Else it quantizes the base itself, as backends without a choice of networks do.
    passes: None where they are rows, see `micro_batch`.
    """

    module: str
    untrained: str
    embedded: bool = False
    dequantized_base: bool = False
    uses_gpu: bool = False
    passes: Passes | None = None
    ignored: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingCapabilities(Capabilities):
    """ignored: settings of an experiment that decide nothing under it (`lora.dropout` is one of a group's), each with
        the values that ask for nothing: another value is refused, and no spec of it has the key.
    stages: of training that it has.
    losses: the token losses of algorithms that it can compute; None: those of any.
    networks: what computes the models, by the values of `network`, where there is a choice. What a job takes and
        refuses is then the network's too.
    mistakes: what else it cannot honour: the place in the experiment, and words to follow "backend: NAME".
    settings: what its specs have besides, or in place of an experiment's own values.
    """

    ignored: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    stages: Collection[str] = ("sft", "grpo")
    losses: Collection[TokenLosses] | None = None
    networks: Mapping[str, Network] = field(default_factory=dict)
    mistakes: Callable[[Trained], Iterator[Mistake]] = _no_mistakes
    settings: Callable[[Trained, Rollouts], dict[str, Any]] = _no_settings


def backend_capabilities(name: str) -> TrainingCapabilities:
    """Raises GradusError where no folder says what a backend of this name can do."""
    module = f"gradus.training.{name}.capabilities"
    try:
        return import_module(module).CAPABILITIES
    except ModuleNotFoundError as error:
        if not module.startswith(str(error.name)):
            raise  # it is there, and something that it needs is not
        there = ", ".join(backends())
        raise GradusError(f"backend: {name}: there is no scripts/{module.replace('.', '/')}.py; take {there}") from None


def backends() -> tuple[str, ...]:
    """The names of all."""
    return get_args(Trained.model_fields["backend"].annotation)


def uses_embedded_network(name: str) -> bool:
    """Whether what reads a model, as `reader_of` or a sampler's name has it, computes it by the embedded network."""
    if name in samplers() and sampler_capabilities(name).embedded_network:
        return True
    return any(
        network.embedded and name == f"{backend}/{key}"
        for backend in backends()
        for key, network in backend_capabilities(backend).networks.items()
    )


def network_of(settings: Training) -> Network | None:
    """The one that a backend computes the model by, where it has several."""
    return backend_capabilities(settings.backend).networks.get(settings.network or "")


def reader_of(experiment: Trained) -> str:
    """What reads the model that an experiment trains: its backend, by one of its networks where it has several."""
    networks = backend_capabilities(experiment.backend).networks
    return f"{experiment.backend}/{experiment.network}" if networks else experiment.backend


def distills(experiment: Grpo) -> bool:
    """Whether its algorithm learns from a teacher."""
    return load_algorithm(experiment.algorithm).distills


def guard_of(experiment: Grpo) -> KlGuard | None:
    """Its guard against a runaway policy. A distillation has none: it is the teacher that its KL would be measured
    against, from which it begins far away."""
    return None if distills(experiment) else experiment.kl_guard


def resolved(experiment: Grpo, key: str) -> Any:
    """The value of a setting that the algorithm's preset gives where the study does not."""
    value = getattr(experiment, key)
    return getattr(load_algorithm(experiment.algorithm).preset, key) if value is None else value
