"""What a pass forward and back holds beside weights, gradients and optimizer: activations and logits.

The numbers of bytes per token were counted on the layers of transformers 5.17 with their tensors replaced by fake ones
(as in `tests/estimates`, which counts them again at the full size of Qwen3-4B); they agree with what each operation
saves for its backward pass:
- a norm: its input and the normed one in float32, and under bfloat16 a copy for each projection that reads it;
- attention by a fused kernel: queries, keys and values, the latter two repeated for every query head, the output, and
  where rows are padded the mask [T, T] of each row (Dao et al. 2022, arXiv:2205.14135, avoid the scores themselves);
- the gated MLP: gate, its SiLU, up, and their product.

The same account for another layer is in Korthikanti et al. 2022 (arXiv:2205.05198, section 4); recomputing all but the
layers' inputs is from Chen et al. 2016 (arXiv:1604.06174).
"""

from dataclasses import dataclass

from gradus.estimates.shape import Shape


@dataclass(frozen=True)
class LayerBytes:
    """Bytes that one layer saves per token, as multiples of its widths."""

    hidden: int
    inner: int
    queries: int
    keys: int
    rank: int
    """Per unit of rank and targeted matrix."""
    stream: int
    """Bytes of one number of the residual stream."""


# Everything is trained in float32 (bfloat16 by autocast), or an adapter beside frozen weights in bfloat16 or float32.
LAYERS = {
    ("full", True): LayerBytes(26, 8, 14, 6, 0, stream=4),
    ("full", False): LayerBytes(24, 16, 24, 8, 0, stream=4),
    ("adapter", True): LayerBytes(18, 8, 14, 4, 2, stream=2),
    ("adapter", False): LayerBytes(16, 16, 20, 4, 4, stream=4),
}


@dataclass(frozen=True)
class Pass:
    """A micro-batch: `rows` texts of at most `length` tokens. `adapter` is its rank, 0 where all parameters train."""

    rows: int
    length: int
    bf16: bool
    checkpointing: bool
    adapter: int = 0
    targets: int = 7

    @property
    def tokens(self) -> int:
        return self.rows * self.length


def layer_bytes(shape: Shape, work: Pass) -> int:
    """What one layer saves for its backward pass."""
    each = LAYERS["adapter" if work.adapter else "full", work.bf16]
    per_token = each.hidden * shape.hidden + each.inner * shape.inner + each.queries * shape.queries
    per_token += each.keys * shape.keys + each.rank * work.adapter * work.targets
    per_token += 8 + 8 * shape.heads + 4 * shape.kv_heads  # scales of norms, and the softmax's sums
    return work.tokens * (per_token + (2 if work.bf16 else 4) * work.length)


@dataclass(frozen=True)
class Tile:
    """The most logits that are there at once: tokens times entries of the vocabulary, and bytes for each."""

    tokens: int
    columns: int
    bytes_each: int


TRL_TILE = Tile(4096, 32_768, 2 + 4)
"""TRL 1.16's fused head: bfloat16, and a margin of float32 for the vocabulary's slice and what the kernel keeps."""


@dataclass(frozen=True)
class PassBytes:
    """The two sides of a pass, and the most that is there at one time; gradients of parameters are not in it."""

    activations: int
    logits: int
    peak: int


def pass_bytes(shape: Shape, work: Pass, scored: int, tile: Tile = TRL_TILE) -> PassBytes:
    """What a pass forward and back holds beside weights and gradients, where the loss is on `scored` tokens.

    Without checkpointing all layers' savings stay until the way back. With it only the layers' inputs do; on top of
    them come, one after the other: the bfloat16 copies that autocast has made of all weights by the end of the forward
    pass; the logits; and all that one layer saves, computed again.
    """
    each = LAYERS["adapter" if work.adapter else "full", work.bf16]
    last = 12 * work.tokens * shape.hidden  # the last norm, in float32
    copies = 2 * shape.matrices if work.bf16 and not work.adapter else 0
    temporary = 4 * work.tokens * shape.inner  # of the MLP, in either direction
    logits = logit_bytes(shape, scored, not work.adapter, tile)
    if not work.checkpointing:
        kept = last + shape.layers * layer_bytes(shape, work) + copies
        return PassBytes(kept + temporary, logits, kept + max(temporary, logits))
    kept = last + shape.layers * work.tokens * shape.hidden * each.stream
    working = temporary + max(copies, layer_bytes(shape, work))
    return PassBytes(kept + working, logits, kept + max(working, copies + logits))


def logit_bytes(shape: Shape, tokens: int, trained: bool, tile: Tile = TRL_TILE) -> int:
    """What the output projection and the loss hold, computed tile by tile.

    The tile; the hidden states and their gradient in float32; and where the projection is `trained` its gradient in
    float32, before that is added to what is there. Whole logits in float32 and their gradient would take 8 bytes *
    vocabulary * tokens: 22 GB for 8 rows of 2,304 tokens of Qwen3.
    """
    part = min(tokens, tile.tokens) * min(shape.vocabulary, tile.columns) * tile.bytes_each
    return part + 8 * tokens * shape.hidden + (4 * shape.vocabulary * shape.hidden if trained else 0)
