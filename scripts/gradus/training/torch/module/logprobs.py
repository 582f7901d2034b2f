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
from gradus.training.torch.module.inputs import Inputs, packed_inputs, padded_inputs, shared_inputs
from gradus.training.torch.module.sizes import LOGITS_TOKENS

MAX_DIFFERENCE = 1e-2
"""Of log-probabilities by the parts of a model and by its own forward pass, in the precision that it computes in."""

MEAN_DIFFERENCE = {torch.float32: 1e-3, torch.bfloat16: 5e-2}
"""Of log-probabilities of texts in one row and of each by itself, by what the decoder computes in: other kernels round
otherwise, while texts that see the wrong tokens differ by tenths at least."""

MAX_SHIFT = 1e-2
"""Of log-probabilities where another text of the row changes."""


class TokenScorer(nn.Module):
    """Calls a model by its parts: the decoder, then the head on the states that predict something."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model
        config = model.config.get_text_config()
        self._softcap: float | None = getattr(config, "final_logit_softcapping", None)
        """Gemma 2 squeezes its logits: cap * tanh(logits / cap)."""

    def forward(self, inputs: Inputs, temperature: float = 1.0, entropy: bool = False) -> tuple[Tensor, Tensor | None]:
        """Log-probability [M] of each target in float32, and, without a gradient, the entropy [M] there."""
        hidden_B_T_H = self.model.get_decoder()(**inputs.arguments, use_cache=False).last_hidden_state
        states_M_H = hidden_B_T_H.flatten(0, 1).index_select(0, inputs.predicting_M)
        parts = [
            checkpoint(self._tile, states, targets, temperature, entropy, use_reentrant=False)
            for states, targets in zip(
                states_M_H.split(LOGITS_TOKENS), inputs.targets_M.split(LOGITS_TOKENS), strict=True
            )
        ]
        logprobs_M = torch.cat([logprobs for logprobs, _ in parts])
        return logprobs_M, torch.cat([found for _, found in parts]) if entropy else None

    def _tile(
        self, states_M_H: Tensor, targets_M: Tensor, temperature: float, entropy: bool
    ) -> tuple[Tensor, Tensor | None]:
        logits_M_V = self.model.get_output_embeddings()(states_M_H).float()
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
        device = next(self.model.parameters()).device
        ids = list(range(3, 11))
        inputs = padded_inputs([(ids, [True] * len(ids))], device)
        logits = self.model(**inputs.arguments, use_cache=False).logits[0, :-1].float()
        expected = logits.log_softmax(-1).gather(-1, inputs.targets_M[:, None]).squeeze(-1)
        found = self(inputs)[0]
        if not torch.allclose(found, expected, atol=MAX_DIFFERENCE, rtol=MAX_DIFFERENCE):
            raise GradusError(
                f"a {self.model.config.model_type} computes its logits in a way that backend: torch does not know "
                f"(log-probabilities differ by {(found - expected).abs().max():.3g}); take backend: trl"
            )

    @torch.no_grad()
    def reads_rows(self) -> bool:
        """Whether texts in one row, with prompts read once, have the log-probabilities that they have one by one."""
        device = next(self.model.parameters()).device
        groups = [(list(range(3, 13)), [[13, 14, 15, 16], [17, 18, 19]]), (list(range(20, 26)), [[7], [8, 9, 10, 11]])]
        found = self(shared_inputs(groups, device))[0]
        ((_, (_, *rest)), last) = groups
        other = [(groups[0][0][::-1], [[4, 4, 4, 4], *rest]), (last[0], [[5], *last[1][1:]])]
        shift = (found - self(shared_inputs(other, device))[0])[-4:].abs().max()
        examples = [
            (prompt + completion, [False] * len(prompt) + [True] * len(completion))
            for prompt, completions in groups
            for completion in completions
        ]
        apart = self(padded_inputs(examples, device))[0]
        packed = self(packed_inputs(examples, device))[0]
        dtype = torch.get_autocast_dtype(device.type) if torch.is_autocast_enabled(device.type) else torch.float32
        near = all((way - apart).abs().mean() <= MEAN_DIFFERENCE[dtype] for way in (found, packed))
        return near and bool(shift <= MAX_SHIFT)
