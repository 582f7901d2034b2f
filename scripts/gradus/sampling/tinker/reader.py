"""Log-probabilities of given texts by the service: those of a prompt, after which one token has to be sampled."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradus.models.manifest import SERVICE_RECORD
from gradus.models.opened import ModelFolders
from gradus.models.positions import positions
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.sampling.likelihoods import Continued, Progress, TextReader
from gradus.sampling.tinker.sampler import trained_weights
from gradus.tinker.journal import Journal
from gradus.tinker.requests import Question, Requests
from gradus.tinker.service import Service


class TinkerReader:
    """Weights on the service, which takes `positions` tokens, the sampled one included."""

    def __init__(self, requests: Requests, positions: int, journal: Journal) -> None:
        self._requests, self._journal, self.positions = requests, journal, positions - 1

    def logprobs(self, texts: Sequence[Continued], on_progress: Progress) -> list[float]:
        """As `LikelihoodEngine` says. Equal texts are one request."""
        places: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            places.setdefault(_key(text), []).append(place)
        questions = [
            Question(key, texts[first].ids, seed=0, max_tokens=1, prompt_logprobs=True)
            for key, (first, *_) in places.items()
        ]
        found: dict[int, float] = {}
        for number, reply in self._requests.ask(questions, self._journal).as_completed():
            for place in places[questions[number].key]:
                found[place] = _sum(reply.prompt_logprobs, texts[place])
            on_progress(len(places[questions[number].key]))
        return [found[place] for place in range(len(texts))]


def _key(text: Continued) -> str:
    """What names a request in the journal, in every run of the job."""
    return hashlib.sha256(json.dumps([list(text.context), list(text.continuation)]).encode()).hexdigest()


def _sum(logprobs: Sequence[float | None] | None, text: Continued) -> float:
    known = [value for value in (logprobs or [])[len(text.context) :] if value is not None]
    if len(known) != len(text.continuation):
        raise GradusError("the service gave no log-probabilities of some tokens; run again to ask for them again")
    return sum(known)


def open_reader(job: Job[Any], model: ModelFolders, journal: Path) -> TextReader:
    service = Service.open(job)
    path = trained_weights(model.adapter / SERVICE_RECORD, service) if model.adapter else None
    most = positions(model.dense, service.context)
    return TextReader(model.dense, TinkerReader(Requests.open(service, path), most, Journal(journal)))
