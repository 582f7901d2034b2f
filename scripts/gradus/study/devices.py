"""Which jobs run on a GPU where there is one. Rules ask this and nothing else; profiles say how many GPUs there are."""

from typing import Any

MINUTES_ON_TINKER = 24 * 60
"""For a job that mostly waits for the service: how long that takes is not for this machine to say."""


def minutes(settings: dict[str, Any], here: int) -> int:
    """The most minutes for a job with these settings, where one on this machine's devices may take `here`."""
    return MINUTES_ON_TINKER if "tinker" in settings else here


def uses_gpu(settings: dict[str, Any]) -> bool:
    """By the settings of a job's spec: what TRL trains and vLLM samples. The embedded code is made for a CPU.

    Where the profile has no GPU (`gpu=0`), Snakemake takes the request back and the same job runs on the CPU.
    """
    return settings.get("backend") == "trl" or settings.get("sampler") == "vllm"
