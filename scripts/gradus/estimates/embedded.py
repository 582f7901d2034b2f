"""Host memory of the embedded network: pretraining, training and sampling by the `torch` backend and sampler.

Everything is float32. The constants that name a module repeat it, as planning must not import torch.
"""

from gradus.estimates.activations import LAYERS
from gradus.estimates.assumed import longest_text
from gradus.estimates.processes import MB, TORCH
from gradus.estimates.shape import Shape
from gradus.specs.models import PretrainSpec
from gradus.specs.training import GrpoSpec, SftSpec, TrainingSpec

SFT_TOKENS = 4096
"""Of a micro-batch (training.torch.sft: MAX_MICRO_BATCH_TOKENS)."""

GRPO_TOKENS = 2048
"""Completion tokens of a micro-batch (training.torch.grpo: MAX_MICRO_BATCH_TOKENS)."""

PREFILL_TOKENS = 4096
"""Prompts that are read together (sampling.torch.engine)."""

SLOTS = 256
"""Requests at a time (sampling.torch.engine)."""

TOKEN_BYTES = 80
"""Of a token in lists of Python: its id, whether it counts, its log-probability."""

SHAPE_BYTES = 30 * MB
"""What a micro-batch leaves behind, measured: matrix products are compiled for each number of rows, and the heap is
left in pieces of as many sizes."""

MOST_SHAPES = 1_600 * MB
"""Where that ends, measured: the kernels that oneDNN keeps are bounded."""

SAMPLER_SHAPES = 250 * MB
"""The same of sampling, whose shapes come in steps."""


def pass_bytes(shape: Shape, tokens: int, scored: int) -> int:
    """Of a pass forward and back over so many tokens, the loss on `scored` of them.

    Half as much again as transformers' layers save in float32, measured: 62 KB a token of the pocket model, of which
    these would be 43. Whole logits, their log-softmax, its exponential and the gradient.
    """
    layer = LAYERS["full", "float32"].per_token(shape)
    activations = 3 * (shape.layers * layer + 12 * shape.hidden) // 2
    return tokens * activations + scored * shape.vocabulary * 4 * 4


def pretraining_bytes(settings: PretrainSpec, shape: Shape) -> int:
    """The corpus is a list of Python and a tensor."""
    batch = settings.batch_size * settings.sequence_length
    corpus = 45 * settings.steps * settings.batch_size * (settings.sequence_length + 1)
    return TORCH + corpus + 20 * shape.parameters + pass_bytes(shape, batch, batch)


def sft_bytes(settings: SftSpec, shape: Shape, steps: int, trained_tokens: int) -> int:
    """`trained_tokens` of all epochs; each is in one of `steps` steps."""
    longest = longest_text(settings)
    width = min(max(SFT_TOKENS, longest), settings.batch_size * longest)
    shapes = min(MOST_SHAPES, max(steps, trained_tokens // SFT_TOKENS) * SHAPE_BYTES)
    data = TOKEN_BYTES * trained_tokens // settings.epochs
    # Dense weights, those with the adapter in them, the same folded, and their gradients.
    weights = 16 * shape.parameters + 12 * _trained(settings, shape)
    return TORCH + weights + pass_bytes(shape, width, width) + shapes + data


def grpo_bytes(settings: GrpoSpec, shape: Shape, steps: int, prompt: int) -> int:
    """Rollouts and the reference have weights of their own."""
    group = settings.group_size * settings.max_tokens
    batch = settings.batch_size * group
    width = min(max(GRPO_TOKENS, group), batch)
    prompts = -(-width // group) * prompt
    passes = steps * settings.updates_per_batch * -(-batch // width)
    shapes = min(MOST_SHAPES, passes * SHAPE_BYTES)
    rows = settings.batch_size * settings.group_size
    drawn = sampling_bytes(shape, rows, prompt, settings.max_tokens) - TORCH
    weights = 20 * shape.parameters + 12 * _trained(settings, shape)
    return TORCH + weights + drawn + pass_bytes(shape, width + prompts, width) + shapes


def _trained(settings: TrainingSpec, shape: Shape) -> int:
    """Parameters that have gradients and moments."""
    return shape.parameters if settings.method == "full" else shape.adapter(settings.lora.rank, settings.lora.names)


def sampling_bytes(shape: Shape, requests: int, prompt: int, max_tokens: int) -> int:
    """Weights are there as they are and folded, at 8 bytes a parameter; the cache twice while it grows."""
    slots = min(SLOTS, requests)
    span = -(-(prompt + max_tokens) // 32) * 32
    cache = 2 * 4 * slots * span * shape.cache_values
    reading = PREFILL_TOKENS * 4 * (6 * shape.hidden + 3 * shape.inner + 4 * shape.queries)
    logits = slots * shape.vocabulary * 32
    answers = requests * max_tokens * TOKEN_BYTES
    return TORCH + 8 * shape.parameters + cache + reading + logits + answers + SAMPLER_SHAPES


def reading_bytes(shape: Shape, length: int) -> int:
    """Of a verifier, which reads texts of such a length: what prompts take in sampling, without a cache, and batches of
    more sizes. Measured with 1,790 texts and the pocket model: 0.68 GB, of which these would be 0.96."""
    tokens = max(PREFILL_TOKENS, length)
    reading = tokens * 4 * (6 * shape.hidden + 3 * shape.inner + 4 * shape.queries)
    return TORCH + 8 * shape.parameters + reading + 2 * SAMPLER_SHAPES
