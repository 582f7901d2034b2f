"""The `tinker` sampler: the service's engine around our prompts, with our tokenizer and chat template."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from gradus.models.manifest import SERVICE_RECORD
from gradus.models.opened import ModelFolders
from gradus.models.positions import positions
from gradus.prompts.messages import Message
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.sampling.chat import ChatSampler
from gradus.sampling.conversations import one_turn
from gradus.sampling.protocol import Decoding
from gradus.sampling.sampler import Answer
from gradus.sampling.tinker.engine import TinkerEngine, as_completed
from gradus.specs.sampling import Drawn
from gradus.study.settings.truncation import WHOLE, Truncation
from gradus.tinker.checkpoints import Checkpoint
from gradus.tinker.journal import Journal
from gradus.tinker.requests import Requests
from gradus.tinker.service import Service


class TinkerSampler(ChatSampler):
    """A model on the service. It streams: see `StreamingSampler`."""

    def __init__(self, folder: Path, engine: TinkerEngine) -> None:
        super().__init__(folder, engine)
        self._requests = engine

    def stream(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        keys: Sequence[str],
        seeds: Sequence[int],
        samples: int,
        max_tokens: int,
        temperature: float,
        journal: Path,
        truncation: Truncation = WHOLE,
    ) -> Iterator[tuple[int, list[Answer]]]:
        prompts = self.encode(conversations)
        replies = self._requests.ask(
            [prompt.ids for prompt in prompts],
            keys=keys,
            seeds=seeds,
            samples=samples,
            decoding=Decoding.within(truncation, max_tokens, temperature, self._ends.ids),
            journal=Journal(journal),
        )
        for index, completions in as_completed(replies):
            asked = [prompts[index]] * samples
            yield index, self.answers(one_turn(self._tokenizer, asked, completions), asked)


def trained_weights(record: Path, service: Service) -> str:
    """The service's path of the adapter that a training left in `record` (tinker.json).

    Raises GradusError where it belongs to another model or server, or has expired.
    """
    try:
        return Checkpoint.read(record, service.model, service.url).sampler
    except GradusError as error:
        remedy = "its adapter is kept here too: evaluate it with a sampler that runs here"
        raise GradusError(f"{error}; {remedy}") from error


def open_sampler(job: Job[Drawn], model: ModelFolders) -> TinkerSampler:
    service = Service.open(job)
    path = trained_weights(model.adapter / SERVICE_RECORD, service) if model.adapter else None
    engine = TinkerEngine(Requests.open(service, path), positions(model.dense, service.context))
    return TinkerSampler(model.dense, engine)
