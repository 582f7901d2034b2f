"""Which jobs run on a GPU, and which at a service: their backend's or sampler's capabilities say it."""

from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.sampling import Drawn
from gradus.specs.training import GrpoSpec, SftSpec


def uses_gpu(settings: SftSpec | GrpoSpec | Drawn) -> bool:
    """Where the profile has no GPU (`gpu=0`), Snakemake takes the request back and the same job runs on the CPU."""
    if isinstance(settings, Drawn):
        return sampler_capabilities(settings.sampler).uses_gpu
    return settings.backend == "trl"


def at_service(settings: SftSpec | GrpoSpec | Drawn) -> bool:
    """It mostly waits there."""
    return settings.service is not None
