"""What planning knows of a sampler before any of its jobs runs: its folder says it in a module `capabilities.py`.

Planning loads these modules by name for every command, so they import nothing heavy: no torch, vLLM or SDK of a
service. Jobs do not load them, and they are in no fingerprint: what is said here decides where and whether a job runs,
never what it makes. (The one that fetches a model asks which shapes its readers compute, before it downloads weights.)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, Protocol, get_args

from gradus.provenance.environments import Environment
from gradus.specs.service import ServiceFile
from gradus.study.settings.base import KeyPath, Mistake
from gradus.study.settings.evaluation import SamplerName
from gradus.study.settings.models import AnyModel


class Service(Protocol):
    """A service that holds models. The jobs on it only ask and wait here; one module says what planning needs of it."""

    key: str
    """Its group of settings in a study."""
    adapter_record: str
    """The file beside an adapter that was trained there: the names by which the service keeps it."""

    def offered_name(self, model: AnyModel) -> str | None:
        """The service's name of a model; None where the study says that it has none."""
        ...

    def file(self, settings: Any, models: list[str]) -> ServiceFile:
        """What its jobs find as service.json: `settings` are its group of the study, `models` those that it uses."""
        ...

    def mistakes(self, settings: Any, models: list[str]) -> Iterator[Mistake]:
        """What of the same is wrong."""
        ...


@dataclass(frozen=True)
class WeightUse:
    """Weights that a study has a sampler or a training backend read.

    kind, reader: which of the two, and its name.
    weights_key, reader_key: where the study chooses the weights, and who reads them.
    dense: the model or the fully trained experiment that they are, or that their adapter is on.
    model: the settings of `dense` where it is a model of the study.
    adapter, adapter_backend: the experiment that trained their adapter, and by which backend.
    """

    kind: Literal["sampler", "backend"]
    reader: str
    weights_key: KeyPath
    reader_key: KeyPath
    dense: str
    model: AnyModel | None
    adapter: str | None = None
    adapter_backend: str | None = None


def no_mistakes(_use: WeightUse) -> Iterator[Mistake]:
    return iter(())


@dataclass(frozen=True)
class Capabilities:
    """Of a sampler or training backend; by default one that runs on the CPU, where it is started, and reads files.

    environment: the Python environment that its jobs need besides.
    uses_gpu: takes a GPU where the profile has one. With `gpu=0` the same job runs on the CPU.
    service: where the weights are, if they are no files here.
    weight_mistakes: what is wrong with a use of weights, by whichever sampler (or backend, if this is one).
    several_turns: whether an environment may answer the model.
    """

    environment: Environment | None = None
    uses_gpu: bool = False
    service: Service | None = None
    weight_mistakes: Callable[[WeightUse], Iterator[Mistake]] = no_mistakes
    several_turns: bool = True


@dataclass(frozen=True)
class SamplerCapabilities(Capabilities):
    """embedded_network: computes models by `models/qwen3.py`, so that only models of that shape will do.
    gpu_memory_share: of a GPU's memory, what its engine takes for weights and cache; None: what it needs.
    chooses: it has a module `chooser.py`, which a verifier scores by.
    lacks: settings of what may be drawn that it does not know.
    no_adapters: layouts of decoders, as in `estimates.shape`, whose adapters it does not read.
    """

    embedded_network: bool = False
    gpu_memory_share: float | None = None
    chooses: bool = True
    lacks: frozenset[str] = frozenset()
    no_adapters: frozenset[str] = frozenset()


def sampler_capabilities(name: str) -> SamplerCapabilities:
    return import_module(f"gradus.sampling.{name}.capabilities").CAPABILITIES


def samplers() -> tuple[str, ...]:
    """The names of all."""
    return get_args(SamplerName)
