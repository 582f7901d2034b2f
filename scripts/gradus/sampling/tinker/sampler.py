"""The `tinker` sampler: the service's engine around our prompts, with our tokenizer and chat template."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gradus.prompts.messages import Message
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.job import Job
from gradus.sampling.chat import ChatSampler
from gradus.sampling.sampler import Answer
from gradus.sampling.stops import stop_ids
from gradus.sampling.tinker.engine import TinkerEngine, as_they_come
from gradus.tinker.requests import Requests
from gradus.tinker.service import Service

REMEDY = "train the experiment again, or evaluate it here with sampler vllm or torch"


class TinkerSampler(ChatSampler):
    """A model on the service. It streams: see `StreamingSampler`."""

    def __init__(self, folder: Path, engine: TinkerEngine) -> None:
        super().__init__(folder, engine, stop_ids(folder))
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
    ) -> Iterator[tuple[int, list[Answer]]]:
        prompts = self.encode(conversations)
        self._requests.keep(journal)
        replies = self._requests.ask(
            prompts,
            keys=keys,
            seeds=seeds,
            samples=samples,
            max_tokens=max_tokens,
            temperature=temperature,
            stop_ids=self._stop_ids,
        )
        for index, completions in as_they_come(replies):
            yield index, self.answers(completions, [len(prompts[index])] * samples)


def positions(folder: Path, context: int | None) -> int:
    """How many tokens the model takes: what its config says, or less where the service says so."""
    config = read_json(folder / "config.json")
    own = config.get("max_position_embeddings") or config.get("text_config", {}).get("max_position_embeddings")
    known = [number for number in (own, context) if number]
    if not known:
        raise GradusError(f"{folder / 'config.json'}: names no max_position_embeddings, nor does the service: add it")
    return min(known)


def trained_weights(record: Path, service: Service) -> str:
    """The service's path of the adapter that a training left in `record` (tinker.json).

    Raises GradusError where it belongs to another model or server, or has expired.
    """
    if not record.is_file() or record.name != "tinker.json":
        raise GradusError(f"{record}: not the record of a training on tinker; sampler tinker samples only those")
    kept = read_json(record)
    if kept["base_model"] != service.model:
        raise GradusError(f"{record}: trained on {kept['base_model']}, and the study says {service.model}; {REMEDY}")
    if kept["url"] != service.url:
        raise GradusError(f"{record}: trained at {kept['url']}, and this study is at {service.url}; {REMEDY}")
    if kept["expires"] is not None and datetime.fromisoformat(kept["expires"]) <= datetime.now(UTC):
        raise GradusError(f"{record}: the service kept the weights until {kept['expires']}; {REMEDY}")
    return kept["sampler"]


def open_sampler(job: Job, weight_files: list[Path]) -> TinkerSampler:
    """`weight_files`: one of the model whose tokenizer and template are used, then the record of an adapter, if any."""
    model, *records = weight_files
    service = Service.open(job)
    path = trained_weights(records[-1], service) if records else None
    engine = TinkerEngine(Requests.open(service, path), positions(model.parent, service.context))
    return TinkerSampler(model.parent, engine)
