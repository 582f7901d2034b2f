"""Which jobs run on a GPU where there is one. Rules ask this and nothing else; profiles say how many GPUs there are."""

from typing import Any

from gradus.training.capabilities import capabilities_of

MINUTES_ON_A_SERVICE = 24 * 60
"""For a job that mostly waits for a service: how long that takes is not for this machine to say."""


def minutes(settings: dict[str, Any], here: int) -> int:
    """The most minutes for a job with these settings, where one on this machine's devices may take `here`."""
    return here if capabilities_of(settings).service is None else MINUTES_ON_A_SERVICE


def uses_gpu(settings: dict[str, Any]) -> bool:
    """By the settings of a job's spec: what its backend or sampler says. The embedded code is made for a CPU.

    Where the profile has no GPU (`gpu=0`), Snakemake takes the request back and the same job runs on the CPU.
    """
    return capabilities_of(settings).uses_gpu
