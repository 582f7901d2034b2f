"""Log-probabilities of given texts by a transformers model.

Texts are padded behind, where a causal model's earlier positions see nothing of it, and logits are asked for from where
the first continuation of a batch begins.

Shape suffixes: B texts, T positions, K the last of them, C those of a continuation, V vocabulary.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from gradus.models.opened import ModelFolders
from gradus.provenance.job import Job
from gradus.sampling.batches import batches
from gradus.sampling.likelihoods import Continued, Progress, TextReader
from gradus.sampling.transformers.reading import PREFILL_TOKENS
from gradus.sampling.transformers.sampler import open_network


class TransformersReader:
    """A model in evaluation mode; adapters of PEFT that are active in it count."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self.positions: int = model.config.get_text_config().max_position_embeddings + 1  # the last token is not read

    @torch.inference_mode()
    def logprobs(self, texts: Sequence[Continued], on_progress: Progress) -> list[float]:
        """As `LikelihoodEngine` says."""
        found: dict[int, float] = {}
        for places in batches([len(text.ids) for text in texts], PREFILL_TOKENS):
            found |= dict(zip(places, self._read([texts[place] for place in places]), strict=True))
            on_progress(len(places))
        return [found[place] for place in range(len(texts))]

    def _read(self, texts: list[Continued]) -> list[float]:
        width = max(len(text.ids) for text in texts) - 1
        first = min(len(text.context) for text in texts) - 1  # which predicts a continuation's first token
        rows = [text.ids[:-1] for text in texts]
        ids_B_T = torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=self._model.device)
        logits_B_K_V = self._model(
            input_ids=ids_B_T,
            attention_mask=torch.ones_like(ids_B_T),
            use_cache=False,
            logits_to_keep=width - first,
        ).logits
        found = []
        for text, logits_K_V in zip(texts, logits_B_K_V, strict=True):
            begin = len(text.context) - 1 - first
            logits_C_V = logits_K_V[begin : begin + len(text.continuation)].float()
            targets_C = torch.tensor(text.continuation, device=logits_C_V.device)
            chosen_C = logits_C_V.gather(-1, targets_C[:, None]).squeeze(-1) - logits_C_V.logsumexp(-1)
            found.append(chosen_C.double().sum())
        return torch.stack(found).tolist()


def open_reader(job: Job[Any], model: ModelFolders, _journal: Path) -> TextReader:
    return TextReader(model.dense, TransformersReader(open_network(job, model)))
