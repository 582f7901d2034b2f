"""Log-probabilities of tokens by a causal language model of transformers.

The projection onto the vocabulary is made only where a token is predicted, in tiles that are computed again on the way
back: logits of all positions at once would be the largest tensor of a step (4,096 tokens of a vocabulary of 151,936 in
float32: 2.5 GB, several times over).

Shape suffixes: B rows, T positions, M predicted tokens, H hidden size, V vocabulary.
"""

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from gradus.provenance.errors import GradusError
from gradus.training.torch.module.inputs import Inputs, inputs_of

TILE = 1024
"""Tokens whose logits are in memory at a time."""

MAX_DIFFERENCE = 1e-2
"""Of log-probabilities by the parts of a model and by its own forward pass, in the precision that it computes in."""


class TokenScorer:
    """Calls a model by its parts: the decoder, then the head on the states that predict something."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._decoder: nn.Module = model.get_decoder()
        self._head: nn.Module = model.get_output_embeddings()
        config = model.config.get_text_config()
        self._softcap: float | None = getattr(config, "final_logit_softcapping", None)
        """Gemma 2 squeezes its logits: cap * tanh(logits / cap)."""

    def __call__(self, inputs: Inputs, temperature: float = 1.0, entropy: bool = False) -> tuple[Tensor, Tensor | None]:
        """Log-probability [M] of each target in float32, and, without a gradient, the entropy [M] there."""
        hidden_B_T_H = self._decoder(**inputs.arguments, use_cache=False).last_hidden_state
        states_M_H = hidden_B_T_H.flatten(0, 1).index_select(0, inputs.predicting_M)
        parts = [
            checkpoint(self._tile, states, targets, temperature, entropy, use_reentrant=False)
            for states, targets in zip(states_M_H.split(TILE), inputs.targets_M.split(TILE), strict=True)
        ]
        logprobs_M = torch.cat([logprobs for logprobs, _ in parts])
        return logprobs_M, torch.cat([found for _, found in parts]) if entropy else None

    def _tile(
        self, states_M_H: Tensor, targets_M: Tensor, temperature: float, entropy: bool
    ) -> tuple[Tensor, Tensor | None]:
        logits_M_V = self._head(states_M_H).float()
        if self._softcap is not None:
            logits_M_V = self._softcap * torch.tanh(logits_M_V / self._softcap)
        if temperature != 1:
            logits_M_V = logits_M_V / temperature
        logprobs_M = logits_M_V.gather(-1, targets_M[:, None]).squeeze(-1) - logits_M_V.logsumexp(-1)
        if not entropy:
            return logprobs_M, None
        with torch.no_grad():
            all_M_V = logits_M_V.log_softmax(-1)
            return logprobs_M, -(all_M_V.exp() * all_M_V).sum(-1)

    @torch.no_grad()
    def check(self) -> None:
        """Raises GradusError where the parts are not the model: one that does more to its logits than is known here."""
        device = next(self._model.parameters()).device
        ids = list(range(3, 11))
        inputs = inputs_of([(ids, [True] * len(ids))], device, packed=False)
        logits = self._model(**inputs.arguments, use_cache=False).logits[0, :-1].float()
        expected = logits.log_softmax(-1).gather(-1, inputs.targets_M[:, None]).squeeze(-1)
        found = self(inputs)[0]
        if not torch.allclose(found, expected, atol=MAX_DIFFERENCE, rtol=MAX_DIFFERENCE):
            raise GradusError(
                f"a {self._model.config.model_type} computes its logits in a way that backend: torch does not know "
                f"(log-probabilities differ by {(found - expected).abs().max():.3g}); take backend: trl"
            )
