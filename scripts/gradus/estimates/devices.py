"""Which jobs run on a GPU, and which at a service: their backend's or sampler's capabilities say it."""

from gradus.sampling.capabilities import Capabilities, sampler_capabilities
from gradus.specs.sampling import Reading
from gradus.specs.training import TrainingSpec
from gradus.training.capabilities import backend_capabilities, network_of


def capabilities_of(settings: TrainingSpec | Reading) -> Capabilities:
    if isinstance(settings, Reading):
        return sampler_capabilities(settings.sampler)
    return backend_capabilities(settings.backend)


def uses_gpu(settings: TrainingSpec | Reading) -> bool:
    """Where the profile has no GPU (`gpu=0`), Snakemake takes the request back and the same job runs on the CPU."""
    network = network_of(settings) if isinstance(settings, TrainingSpec) else None
    return (network or capabilities_of(settings)).uses_gpu


def at_service(settings: TrainingSpec | Reading) -> bool:
    """It only asks and waits here."""
    return settings.service is not None
