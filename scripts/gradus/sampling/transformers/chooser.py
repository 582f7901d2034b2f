"""Choices by a transformers model, which reads texts of one length at a time.

So nothing is padded, which is right for every model: a state of linear attention goes on through padding.

Shape suffixes: B texts, V vocabulary.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import torch
from transformers import PreTrainedModel

from gradus.models.opened import ModelFolders
from gradus.provenance.job import Job
from gradus.sampling.choices import ChatChooser, Choice, Progress
from gradus.sampling.transformers.reading import PREFILL_TOKENS
from gradus.sampling.transformers.sampler import open_network


class TransformersChoiceEngine:
    """A model in evaluation mode; adapters of PEFT that are active in it count."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self.positions: int = model.config.get_text_config().max_position_embeddings

    @torch.inference_mode()
    def choose(self, choices: Sequence[Choice], on_progress: Progress) -> list[float]:
        """As `ChoiceEngine` says."""
        found: dict[int, float] = {}
        order = sorted(range(len(choices)), key=lambda place: (len(choices[place][0]), place))
        for length, alike in groupby(order, key=lambda place: len(choices[place][0])):
            places, at_once = list(alike), max(1, PREFILL_TOKENS // length)
            for start in range(0, len(places), at_once):
                some = places[start : start + at_once]
                found |= dict(zip(some, self._read([choices[place] for place in some]), strict=True))
                on_progress(len(some))
        return [found[place] for place in range(len(choices))]

    def _read(self, choices: list[Choice]) -> list[float]:
        ids_B_T = torch.tensor([ids for ids, *_ in choices], device=self._model.device)
        logits_B_V = self._model(input_ids=ids_B_T, use_cache=False, logits_to_keep=1).logits[:, -1]
        either_B_2 = torch.tensor([[first, second] for _, first, second in choices], device=logits_B_V.device)
        return logits_B_V.gather(1, either_B_2).double().softmax(-1)[:, 0].tolist()


def open_chooser(job: Job[Any], model: ModelFolders) -> ChatChooser:
    return ChatChooser(model.dense, TransformersChoiceEngine(open_network(job, model)))
