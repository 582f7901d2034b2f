"""The `torch` sampler: our own batched decoding of an embedded model."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gradus.models.cpu import use_one_fast_thread
from gradus.models.lora import load_adapter, merged
from gradus.models.opened import ModelFolders
from gradus.models.store import load_model
from gradus.provenance.job import Job
from gradus.sampling.chat import ChatSampler
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.torch.engine import generate
from gradus.specs.sampling import Drawn


class TorchEngine:
    """A dense model, with an adapter merged into it where there is one."""

    def __init__(self, folder: Path, adapter: Path | None = None) -> None:
        self.arch, self._weights = load_model(folder)
        if adapter is not None:
            self._weights = merged(self._weights, load_adapter(adapter, self.arch))

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        seeds: Sequence[int],
        decoding: Decoding,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Completion]:
        return generate(self._weights, self.arch, prompts, seeds=seeds, decoding=decoding, on_progress=on_progress)


def open_sampler(job: Job[Drawn], model: ModelFolders) -> ChatSampler:
    use_one_fast_thread()
    engine = TorchEngine(model.dense, model.adapter)
    return ChatSampler(model.dense, engine, job.settings.prompt.environment)
