"""The `transformers` sampler: continuous batching, in the precision that the model's config names."""

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


def open_sampler(job: Job[Drawn], model: ModelFolders) -> ChatSampler:
    """A model, with an adapter beside its weights where there is one."""
    quiet(job.optional("log"))
    network = AutoModelForCausalLM.from_pretrained(model.dense, dtype="auto")
    if model.adapter is not None:
        network = PeftModel.from_pretrained(network, model.adapter).get_base_model()
    assert isinstance(network, PreTrainedModel)
    if torch.cuda.is_available():
        network.to("cuda")
    else:
        use_one_fast_thread()
    return ChatSampler(model.dense, TransformersEngine(network.eval()))
