"""What a pass forward and back holds beside weights, gradients and optimizer: activations and logits.

The numbers of bytes per token were counted on the layers of transformers 5.17 with their tensors replaced by fake ones
(as in `tests/estimates`, which counts them again at the full size of Qwen3-4B and Qwen2.5-3B); they agree with what
each operation saves for its backward pass:
- a norm: its input and the normed one in float32, and under autocast a copy for each projection that reads it;
- attention by a fused kernel: queries, keys and values, the latter two repeated for every query head, the output, and
  where rows are padded the mask [T, T] of each row (Dao et al. 2022, arXiv:2205.14135, avoid the scores themselves);
- the gated MLP: gate, its SiLU, up, and their product; GPT-2's: five of the steps of its GELU.

The same account for another layer is in Korthikanti et al. 2022 (arXiv:2205.05198, section 4); recomputing all but the
layers' inputs is from Chen et al. 2016 (arXiv:1604.06174).
"""

from dataclasses import dataclass
from typing import Literal

from gradus.estimates.shape import Shape


@dataclass(frozen=True)
class LayerBytes:
    """Bytes that one layer saves per token, as multiples of its widths."""

    hidden: int
    inner: int
    queries: int
    head_norms: int
    """Per unit of query and key width, where a model has norms on them."""
    rank: int
    """Per unit of rank and targeted matrix."""
    stream: int
    """Bytes of one number of the residual stream."""
    statistics: int = 8
    """What the norms keep of each token: a scale; GPT-2's a mean besides."""

    def per_token(self, shape: Shape) -> int:
        """Of the parts that grow with the model's widths, an adapter aside."""
        norms = self.head_norms * (shape.queries + shape.keys) if shape.head_norms else 0
        return self.hidden * shape.hidden + self.inner * shape.inner + self.queries * shape.queries + norms


Computed = Literal["float32", "autocast", "bfloat16"]
"""In float32; in bfloat16 by autocast, from weights in float32; or from weights in bfloat16, as FSDP gathers them."""

LAYERS: dict[tuple[Literal["full", "adapter"], Computed], LayerBytes] = {
    ("full", "float32"): LayerBytes(24, 16, 16, 8, 0, stream=4),
    ("full", "autocast"): LayerBytes(26, 8, 8, 6, 0, stream=4),
    ("full", "bfloat16"): LayerBytes(16, 8, 8, 6, 0, stream=2),
    ("adapter", "float32"): LayerBytes(16, 16, 16, 4, 4, stream=4),
    ("adapter", "bfloat16"): LayerBytes(18, 8, 10, 4, 2, stream=2),
}

GPT2_LAYERS: dict[tuple[Literal["full", "adapter"], Computed], LayerBytes] = {
    ("full", "float32"): LayerBytes(16, 20, 16, 0, 0, stream=4, statistics=16),
    ("full", "autocast"): LayerBytes(12, 10, 8, 0, 0, stream=4, statistics=16),
    ("full", "bfloat16"): LayerBytes(8, 10, 8, 0, 0, stream=2),
    ("adapter", "float32"): LayerBytes(16, 20, 16, 0, 4, stream=4, statistics=16),
    ("adapter", "bfloat16"): LayerBytes(10, 10, 8, 0, 2, stream=2),
}


@dataclass(frozen=True)
class Pass:
    """A micro-batch: `rows` texts of at most `length` tokens. `adapter` is its rank, 0 where all parameters train.

    padded: a row's texts see each other by a mask; else attention knows which belong together.
    """

    rows: int
    length: int
    computed: Computed
    checkpointing: bool
    adapter: int = 0
    targets: int = 7
    padded: bool = True

    @property
    def tokens(self) -> int:
        return self.rows * self.length

    def layer(self, shape: Shape) -> LayerBytes:
        layers = GPT2_LAYERS if shape.layout == "gpt2" else LAYERS
        return layers["adapter" if self.adapter else "full", self.computed]


def layer_bytes(shape: Shape, work: Pass) -> int:
    """What one layer saves for its backward pass."""
    layer = work.layer(shape)
    per_token = layer.per_token(shape) + layer.rank * work.adapter * work.targets
    # Of norms, and the softmax's sums.
    per_token += layer.statistics + (8 * shape.heads + 4 * shape.kv_heads if shape.head_norms else 4 * shape.heads)
    mask = (4 if work.computed == "float32" else 2) * work.length if work.padded else 0
    return work.tokens * (per_token + mask)


@dataclass(frozen=True)
class Tile:
    """The most logits that are there at once: tokens times entries of the vocabulary, and bytes for each.

    whole_head: the projection is one of the model's own modules, of which autocast makes a copy.
    """

    tokens: int
    columns: int | None
    """None: all."""
    bytes_each: int
    whole_head: bool = False


TRL_TILE = Tile(4096, 32_768, 2 + 4)
"""TRL 1.16's fused head: bfloat16, and a margin of float32 for the vocabulary's slice and what the kernel keeps."""

WHOLE_LOGITS = 4 * 4
"""Bytes of a logit by the model's own head: the logits, divided by the temperature, their log-softmax and its
exponential, each in float32."""


@dataclass(frozen=True)
class PassBytes:
    """What is there in a pass beside weights and gradients of parameters.

    kept: until the way back. in_layers: the most on top of it while layers compute, and at_head while the loss does.
    at_end: when the gradients of a tied head are summed, and of what is kept nothing is left. logits: of `at_head` what
    is the loss's own.
    """

    kept: int
    in_layers: int
    at_head: int
    at_end: int
    logits: int

    @property
    def activations(self) -> int:
        return self.kept + self.in_layers

    @property
    def peak(self) -> int:
        return max(self.kept + max(self.in_layers, self.at_head), self.at_end)


def pass_bytes(shape: Shape, work: Pass, scored: int, tile: Tile = TRL_TILE) -> PassBytes:
    """What a pass forward and back holds beside weights and gradients, where the loss is on `scored` tokens.

    Without checkpointing all layers' savings stay until the way back. With it only the layers' inputs do; on top of
    them come, one after the other: the bfloat16 copies that autocast has made of all float32 weights by the end of the
    forward pass, which are gone when the way back begins; the logits, at the end of the one with the copies, and at the
    beginning of the other with the head's gradient; and all that one layer saves, computed again. Of TRL's own head,
    which was measured on a GPU and not counted, the sum of both is planned.
    """
    last = 12 * work.tokens * shape.hidden  # the last norm, in float32
    copied = shape.matrices + (shape.vocabulary * shape.hidden if tile.whole_head else 0)
    copies = 2 * copied if work.computed == "autocast" else 0
    if tile.whole_head and work.adapter and work.computed == "bfloat16":  # adapters are float32 all the same
        copies = 2 * work.targets * shape.adapter(work.adapter, shape.targets) // len(shape.projections)
    temporary = 4 * work.tokens * shape.inner  # of the MLP, in either direction
    gradient = 0 if work.adapter else (2 if work.computed == "bfloat16" else 4)
    logits, alone = (logit_bytes(shape, scored, trained, tile) for trained in (gradient, 0))
    # As the head's, as the embedding's, and their sum.
    at_end = 3 * gradient * shape.vocabulary * shape.hidden if shape.tied and tile.whole_head else 0
    at_head = max(copies + alone, logits) if tile.whole_head else copies + logits
    if not work.checkpointing:
        kept = last + shape.layers * layer_bytes(shape, work) + copies
        return PassBytes(kept, temporary, logits, at_end, logits)  # the copies are among what is kept
    kept = last + shape.layers * work.tokens * shape.hidden * work.layer(shape).stream
    return PassBytes(kept, temporary + max(copies, layer_bytes(shape, work)), at_head, at_end, logits)


def logit_bytes(shape: Shape, tokens: int, gradient: int, tile: Tile = TRL_TILE) -> int:
    """What the output projection and the loss hold, computed tile by tile.

    The tile; the hidden states and their gradient in float32; and where the projection is trained its gradient, of
    `gradient` bytes a parameter, before that is added to what is there. Whole logits in float32 and their gradient
    would take 8 bytes * vocabulary * tokens: 22 GB for 8 rows of 2,304 tokens of Qwen3.
    """
    part = min(tokens, tile.tokens) * min(shape.vocabulary, tile.columns or shape.vocabulary) * tile.bytes_each
    return part + 8 * tokens * shape.hidden + gradient * shape.vocabulary * shape.hidden
