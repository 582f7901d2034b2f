"""Log-probabilities of given texts by vLLM: those of a prompt, after which one token is asked for that nobody needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vllm import SamplingParams
from vllm.lora.layers import LogitsProcessorWithLoRA

from gradus.models.manifest import ADAPTER_CONFIG
from gradus.models.opened import ModelFolders
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.job import Job
from gradus.sampling.likelihoods import Continued, Progress, TextReader
from gradus.sampling.vllm.engine import VllmEngine


class VllmReader(VllmEngine):
    """Log-probabilities of prompts are at temperature 1 over the whole vocabulary, whatever is sampled."""

    def __init__(self, model: Path, adapter: Path | None) -> None:
        if adapter is not None and "lm_head" in read_json(adapter / ADAPTER_CONFIG)["target_modules"]:
            what = f"{adapter}: adapts lm_head, with which vLLM gives no log-probabilities of prompts"
            raise GradusError(f"{what}; set sampler: transformers for this benchmark")
        super().__init__(model, adapter)
        if adapter is not None:
            self._engine.collective_rpc(_leave_head_as_it_is)

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


def _leave_head_as_it_is(worker: Any) -> None:
    """vLLM 0.31 adds the adapter's part of the head, zeros here, by a table of the rows that are sampled: those of a
    prompt are not in it, and fail or read beside it."""
    for module in worker.model_runner.get_model().modules():
        if isinstance(module, LogitsProcessorWithLoRA):
            module._get_logits = module.base_layer._get_logits


def _sum(logprobs: Sequence[dict[int, Any]], text: Continued) -> float:
    """Of the continuation's tokens; a prompt's first token has no log-probability."""
    known = zip(text.continuation, logprobs[len(text.context) :], strict=True)
    return sum(each[token].logprob for token, each in known)


def open_reader(_job: Job[Any], model: ModelFolders, _journal: Path) -> TextReader:
    return TextReader(model.dense, VllmReader(model.dense, model.adapter))
