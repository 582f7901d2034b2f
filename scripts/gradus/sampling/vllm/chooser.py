"""Choices by vLLM: one token is asked for, of which all but the two are forbidden."""

from collections.abc import Sequence
from math import exp
from typing import Any

from vllm import SamplingParams

from gradus.models.opened import ModelFolders
from gradus.provenance.job import Job
from gradus.sampling.choices import ChatChooser, Choice, Progress
from gradus.sampling.vllm.engine import VllmEngine


class VllmChoiceEngine(VllmEngine):
    """Log-probabilities are those of what may be drawn (`processed_logprobs`), that is of the two tokens."""

    @property
    def positions(self) -> int:
        return min(self._positions, self._limit)

    def choose(self, choices: Sequence[Choice], on_progress: Progress) -> list[float]:
        """As `ChoiceEngine` says."""
        first_asked = self._asked
        self._asked += len(choices)
        for number, (ids, *either) in enumerate(choices, start=first_asked):
            settings = SamplingParams(
                temperature=1.0, seed=0, max_tokens=1, allowed_token_ids=either, logprobs=2, detokenize=False
            )
            request = {"prompt_token_ids": ids}
            self._engine.add_request(str(number), request, settings, lora_request=self._adapter)
        found: dict[int, float] = {}
        while self._engine.has_unfinished_requests():
            finished = [output for output in self._engine.step() if output.finished]
            for output in finished:
                place = int(output.request_id) - first_asked
                found[place] = _share(output.outputs[0].logprobs[0], choices[place])
            if finished:
                on_progress(len(finished))
        return [found[place] for place in range(len(choices))]


def _share(logprobs: dict[int, Any], choice: Choice) -> float:
    """Of the first token; one that is not listed is too unlikely to have a log-probability."""
    _, first, _ = choice
    return exp(logprobs[first].logprob) if first in logprobs else 0.0


def open_chooser(_job: Job[Any], model: ModelFolders) -> ChatChooser:
    return ChatChooser(model.dense, VllmChoiceEngine(model.dense, model.adapter))
