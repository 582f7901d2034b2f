"""The `transformers` sampler: continuous batching, in the precision that the model's config names."""

from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, PreTrainedModel

from gradus.models.cpu import use_one_fast_thread
from gradus.models.opened import ModelFolders
from gradus.models.quiet import quiet
from gradus.provenance.job import Job
from gradus.sampling.chat import ChatSampler
from gradus.sampling.transformers.engine import TransformersEngine
from gradus.specs.sampling import Drawn


def open_network(job: Job[Any], model: ModelFolders) -> PreTrainedModel:
    """As `load_network`, with what libraries say in the job's log."""
    quiet(job.optional("log"))
    return load_network(model)


def load_network(model: ModelFolders) -> PreTrainedModel:
    """A model, with an adapter beside its weights where there is one, on the GPU if there is one."""
    network = AutoModelForCausalLM.from_pretrained(model.dense, dtype="auto")
    if model.adapter is not None:
        network = PeftModel.from_pretrained(network, model.adapter).get_base_model()
    assert isinstance(network, PreTrainedModel)
    if torch.cuda.is_available():
        network.to("cuda")
    else:
        use_one_fast_thread()
    return network.eval()


def open_sampler(job: Job[Drawn], model: ModelFolders) -> ChatSampler:
    engine = TransformersEngine(open_network(job, model))
    return ChatSampler(model.dense, engine, job.settings.prompt.environment)
