"""Log-probabilities of given texts by vLLM: those of a prompt, after which one token is asked for that nobody needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vllm import SamplingParams

from gradus.models.opened import ModelFolders
from gradus.provenance.job import Job
from gradus.sampling.likelihoods import Continued, Progress, TextReader
from gradus.sampling.vllm.engine import VllmEngine


class VllmReader(VllmEngine):
    """Log-probabilities of prompts are at temperature 1 over the whole vocabulary, whatever is sampled."""

    @property
    def positions(self) -> int:
        return min(self._positions, self._limit) - 1

    def logprobs(self, texts: Sequence[Continued], on_progress: Progress) -> list[float]:
        """As `LikelihoodEngine` says."""
        first_asked = self._asked
        self._asked += len(texts)
        settings = SamplingParams(temperature=0.0, max_tokens=1, prompt_logprobs=0, detokenize=False)  # 0 others
        for number, text in enumerate(texts, start=first_asked):
            request = {"prompt_token_ids": text.ids}
            self._engine.add_request(str(number), request, settings, lora_request=self._adapter)
        found: dict[int, float] = {}
        while self._engine.has_unfinished_requests():
            finished = [output for output in self._engine.step() if output.finished]
            for output in finished:
                place = int(output.request_id) - first_asked
                found[place] = _sum(output.prompt_logprobs, texts[place])
            if finished:
                on_progress(len(finished))
        return [found[place] for place in range(len(texts))]


def _sum(logprobs: Sequence[dict[int, Any]], text: Continued) -> float:
    """Of the continuation's tokens; a prompt's first token has no log-probability."""
    known = zip(text.continuation, logprobs[len(text.context) :], strict=True)
    return sum(each[token].logprob for token, each in known)


def open_reader(_job: Job[Any], model: ModelFolders, _journal: Path) -> TextReader:
    return TextReader(model.dense, VllmReader(model.dense, model.adapter))
