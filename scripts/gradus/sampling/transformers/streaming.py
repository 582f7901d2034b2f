"""One answer token by token, as it is drawn: for people who read along."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from transformers import PreTrainedModel

from gradus.sampling.checks import check_requests
from gradus.sampling.protocol import Decoding
from gradus.sampling.torch.draws import draw, uniforms


@torch.no_grad()
def stream(model: PreTrainedModel, prompt: Sequence[int], seed: int, decoding: Decoding) -> Iterator[int]:
    """The tokens that the engine writes for this request, the one that ends the answer with them.

    Raises GradusError for an empty or overlong prompt.
    """
    limit = model.config.get_text_config().max_position_embeddings
    check_requests([prompt], [seed], decoding.max_tokens, limit)
    ids_1_T, cache = torch.tensor([list(prompt)], device=model.device), None
    for count in range(min(decoding.max_tokens, limit - len(prompt))):
        read = model(input_ids=ids_1_T, past_key_values=cache, use_cache=True, logits_to_keep=1)
        numbers_1 = torch.from_numpy(uniforms(np.array([seed]), np.array([count]))).to(model.device)
        token = int(draw(read.logits[:, -1].float(), numbers_1, decoding)[0])
        yield token
        if token in decoding.stop_ids:
            return
        ids_1_T, cache = torch.tensor([[token]], device=model.device), read.past_key_values
