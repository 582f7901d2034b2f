"""What planning knows of a training backend before any of its jobs runs: see `gradus.sampling.capabilities`."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, get_args

from gradus.sampling.capabilities import Capabilities, sampler_capabilities
from gradus.study.settings.training import Trained


@dataclass(frozen=True)
class TrainingCapabilities(Capabilities):
    pass


def backend_capabilities(name: str) -> TrainingCapabilities:
    return import_module(f"gradus.training.{name}.capabilities").CAPABILITIES


def backends() -> tuple[str, ...]:
    """The names of all."""
    return get_args(Trained.model_fields["backend"].annotation)


def capabilities_of(settings: dict[str, Any]) -> Capabilities:
    """Those of what runs a job with these settings; a job that names no sampler and no backend has the plain ones."""
    if "backend" in settings:
        return backend_capabilities(settings["backend"])
    return sampler_capabilities(settings["sampler"]) if "sampler" in settings else Capabilities()
