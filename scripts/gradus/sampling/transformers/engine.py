"""Completions of a transformers model: slots in which requests follow each other, by the model's own forward pass.

Differences from `transformers.generate`: nothing waits for the longest answer, as a slot goes to the next request at
once; equal prompts are read once; a request draws from its own seed, whatever shares its batch; the log-probability of
each token is kept; keys and values stay where they are, so that steps run as CUDA graphs. Where a model remembers in
another way (see `growing_layers`), batches are decoded with a cache that grows.

Shape suffixes: B rows, N steps, V vocabulary.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from transformers import PreTrainedModel
from transformers.cache_utils import DynamicLayer

from gradus.sampling.checks import check_requests
from gradus.sampling.protocol import Completion, Decoding
from gradus.sampling.slots import Slots
from gradus.sampling.torch.cache import bucketed
from gradus.sampling.torch.draws import uniforms
from gradus.sampling.transformers import growing
from gradus.sampling.transformers.attention import reads_by_length
from gradus.sampling.transformers.cache import Grown, SlotCache, computed_dtype, growing_layers, keys_and_values
from gradus.sampling.transformers.pace import GPU_MEMORY_SHARE, pace_of
from gradus.sampling.transformers.proof import decodes_in_slots
from gradus.sampling.transformers.reading import PREFILL_TOKENS, read, read_requests
from gradus.sampling.transformers.steps import Steps

log = logging.getLogger(__name__)

ROW_STEP, ROOM_STEP = 8, 32
"""Rows that compute, and positions of a slot, come in multiples of these: kernels want masks aligned."""


Way = Literal["by length", "masked", "in batches"]
"""How a model decodes: in slots, of which attention reads what is there, or as much of all, with a mask; or not so."""


class TransformersEngine:
    """A model in evaluation mode, ready to answer; adapters of PEFT that are active in it count.

    way: None before the first call, which finds out.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self.way: Way | None = None

    @torch.no_grad()
    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        *,
        seeds: Sequence[int],
        decoding: Decoding,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Completion]:
        """As `Engine` says."""
        limit = self._model.config.get_text_config().max_position_embeddings
        check_requests(prompts, seeds, decoding.max_tokens, limit)
        tell = on_progress or (lambda _requests, _tokens: None)
        if not prompts:
            return []
        if self.way is None:
            self.way = way_of(self._model)
        if self.way == "in batches":
            return growing.generate(self._model, prompts, seeds, decoding, limit, tell)
        return _in_slots(self._model, prompts, seeds, decoding, limit, tell, by_length=self.way == "by length")


def way_of(model: PreTrainedModel) -> Way:
    """The fastest that is proved."""
    if growing_layers(model) is not None:
        if _reads_by_length(model):
            return "by length"
        if decodes_in_slots(model, by_length=False):
            return "masked"
    log.warning("%s decodes in batches that wait for their longest answer", type(model).__name__)
    return "in batches"


def _reads_by_length(model: PreTrainedModel) -> bool:
    keys = [keys_and_values(layer)[0] for layer in read(model, [[1]]) if isinstance(layer, DynamicLayer)]
    if not keys or not reads_by_length(model, keys[0], computed_dtype(model)):
        return False
    try:
        return decodes_in_slots(model, by_length=True)
    except RuntimeError as error:
        log.warning("attention reads the longest row's length of all rows, not each row's own: %s", error)
        return False


def _in_slots(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    seeds: Sequence[int],
    decoding: Decoding,
    limit: int,
    on_progress: Callable[[int, int], None],
    by_length: bool,
) -> list[Completion]:
    pace = pace_of(model.device.type)
    limits = [min(decoding.max_tokens, limit - len(prompt)) for prompt in prompts]
    # The last token of an answer is not read again.
    length = max(len(prompt) + most for prompt, most in zip(prompts, limits, strict=True)) - 1
    room = bucketed(length, ROOM_STEP)
    like, dtype = read(model, [prompts[0][:1]]), computed_dtype(model)
    size = min(len(prompts), rows_at_once(model, like, room, dtype))
    cache = SlotCache(like, size, room, dtype, by_length)
    steps = Steps(model, cache, decoding, size, length - 1, pace.steps)
    slots = Slots(size, max(limits), _stops(model, decoding))
    ready = read_requests(model, prompts, like)

    def fill(slot: int) -> bool:
        """Start the next request in a slot; False when none waits."""
        following = next(ready, None)
        if following is None:
            return False
        request, last = following.request, len(following.prompt) - 1
        cache.load(slot, following.layers, following.row, last)
        slots.start(slot, request, seeds[request], following.prompt[-1], last, limits[request])
        return True

    results: dict[int, Completion] = {}
    while slots.running < size and fill(slots.running):
        slots.running += 1
    while slots.running:
        running = slots.running
        rows = min(size, _prepared(running, ROW_STEP))
        count = min(pace.steps, int((slots.limit[:running] - slots.count[:running]).max()))
        needed = int(slots.position[:running].max()) + count
        shown = room if by_length else min(room, _prepared(needed, pace.length_step))
        counts_N_B = slots.count[:rows] + np.arange(count)[:, None]
        numbers_N_B = uniforms(np.broadcast_to(slots.seed[:rows], counts_N_B.shape), counts_N_B)
        drawn_N_B, logprobs_N_B = steps.run(slots.token[:rows], slots.position[:rows], numbers_N_B, shown)
        ended = slots.replace(slots.write(drawn_N_B, logprobs_N_B), fill, cache)
        results |= ended
        if ended:
            on_progress(len(ended), sum(len(completion.token_ids) for completion in ended.values()))
    return [results[request] for request in range(len(prompts))]


def rows_at_once(model: PreTrainedModel, like: Sequence[Grown], length: int, dtype: torch.dtype | None) -> int:
    """Slots of so many positions that have room beside the prompts that are read at a time."""
    most = pace_of(model.device.type).rows
    if model.device.type != "cuda":
        return most
    torch.cuda.empty_cache()  # what torch keeps for later is free
    free_bytes = GPU_MEMORY_SHARE * torch.cuda.mem_get_info()[0]
    free_bytes -= SlotCache.slot_bytes(like, max(PREFILL_TOKENS, length), None)
    return max(1, min(most, int(free_bytes // SlotCache.slot_bytes(like, length, dtype))))


def _stops(model: PreTrainedModel, decoding: Decoding) -> np.ndarray:
    """Whether a token ends an answer [V]."""
    is_stop_V = np.zeros(model.config.get_text_config().vocab_size, bool)
    is_stop_V[list(decoding.stop_ids)] = True
    return is_stop_V


def _prepared(size: int, step: int) -> int:
    """The next size of a step that is prepared, of which there are not many."""
    return bucketed(size, max(step, 1 << max(0, size.bit_length() - 3)))
