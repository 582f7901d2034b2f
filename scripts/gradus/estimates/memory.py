"""How much memory a job needs: the parts by formula, and which of them are there at the same time.

P parameters, of which T train. What trains is float32 (bfloat16 is for computing alone), as in mixed precision
(Micikevicius et al. 2018, arXiv:1710.03740; Rajbhandari et al. 2020, arXiv:1910.02054, section 3.1), unless
`master_dtype` is bfloat16. On N GPUs each has 1/N of weights, adapter, gradients, optimizer and reference.

| part | bytes |
|---|---|
| weights | 4 P where all train, 2 P as bfloat16; frozen ones 2 P under bfloat16; NF4 0.516 for the layers' matrices |
| of which ternary | 4 for the layers' matrices besides, with which passes and rollouts compute |
| adapter | 4 T |
| gradients | 4 T, or 2 T of bfloat16, from the first micro-batch to the step |
| optimizer | AdamW's two moments, 8 T; in 8 bits 2 T and a scale per 256; paged ones give way to the host |
| reference | another copy of the weights where all train and a KL is asked for; an adapter is switched off instead |
| other reference | the weights of another model in what passes compute in, or its adapter where it has the same base |
| gathered | what a pass needs of other GPUs' shards, or rollouts of all weights: see `sharding` |
| cache | the share of the GPU that vLLM takes, or 2 * layers * KV width * bytes * tokens for transformers |
| activations, logits | see `activations` |
| overhead | what no tensor is: the CUDA context, libraries and their buffers, a process of Python |

NF4 with double quantisation (Dettmers et al. 2023, arXiv:2305.14314, section 3): 4 bits, 8 bits per block of 64, and
32 bits per 256 blocks: 0.5 + 1/64 + 4/(64 * 256) = 0.5159 bytes.
"""

from dataclasses import dataclass, fields
from typing import Literal

from gradus.estimates.activations import TRL_TILE, Computed, Pass, Tile, pass_bytes
from gradus.estimates.generation import Generation, generation_bytes, share_needed
from gradus.estimates.shape import Shape
from gradus.estimates.sharding import copied_for_rollouts, gathered_in_pass

NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
PAGED = ("paged_adamw", "paged_adamw_8bit")
GB = 10**9

CUDA_OVERHEAD = 1_200_000_000
"""An assumption: context and kernels (0.5 to 0.8 GB on an H100), cuBLAS workspaces, and some fragmentation."""

ASLEEP = 1_000_000_000
"""An assumption: what vLLM in sleep mode keeps (context, graphs)."""


@dataclass(frozen=True)
class Memory:
    """Bytes by part, and the `total` of the phase that needs most: not all parts are there at one time."""

    weights: int = 0
    adapter: int = 0
    gradients: int = 0
    optimizer: int = 0
    reference: int = 0
    gathered: int = 0
    cache: int = 0
    activations: int = 0
    logits: int = 0
    overhead: int = 0
    total: int = 0

    @property
    def tensors(self) -> int:
        """The total without the overhead: what torch.cuda.max_memory_allocated measures."""
        return self.total - self.overhead


PARTS = tuple(field.name for field in fields(Memory))


@dataclass(frozen=True)
class Training:
    """What of a training job decides its memory."""

    shape: Shape
    method: Literal["full", "ternary", "lora", "qlora"]
    bf16: bool
    checkpointing: bool
    optimizer: str
    rows: int
    """Of a micro-batch."""
    length: int
    """Tokens of a row, prompt included."""
    scored: int
    """Tokens of a row that the loss is on."""
    accumulates: bool
    """Gradients of earlier micro-batches are there during a pass."""
    rank: int = 0
    targets: tuple[str, ...] = ()
    reference: int = 0
    """Bytes of a parameter in a reference's copy of all weights; 0: none is held."""
    other: int = 0
    """Bytes of another model, or adapter, that a KL is measured against."""
    fused: bool = True
    """AdamW in one kernel, as on GPUs. Without it the square roots of all second moments are there at once, 4 T."""
    generation: Generation | None = None
    tile: Tile = TRL_TILE
    padded: bool = True
    master: int = 4
    """Bytes of a weight that trains, and of its gradient."""
    ranks: int = 1
    """GPUs among which everything that lasts is split."""
    parts: tuple[str, ...] = ()
    """What alone trains of the weights, `scales` and `norms`; none: all of them, or the adapter."""

    @property
    def trained(self) -> int:
        """Parameters that have gradients and moments."""
        if self.parts:
            return sum(self.shape.parts[part] for part in self.parts)
        return self.shape.parameters if self.full else self.shape.adapter(self.rank, self.targets)

    @property
    def full(self) -> bool:
        """Whether the weights themselves train, and no adapter beside them."""
        return self.method in ("full", "ternary")

    @property
    def number(self) -> int:
        """Bytes of what passes compute in."""
        return 2 if self.bf16 else 4

    @property
    def stored(self) -> int:
        """Bytes of a weight, quantized ones aside."""
        return self.master if self.full else self.number

    @property
    def computed(self) -> Computed:
        if not self.bf16:
            return "float32"
        return "autocast" if self.full and self.master == 4 and self.ranks == 1 else "bfloat16"


def training_memory(work: Training, device_bytes: int, overhead: int = CUDA_OVERHEAD) -> Memory:
    """The parts and the peak of a training job on each of its GPUs, of `device_bytes` (of which vLLM takes a share)."""
    shape, ranks = work.shape, work.ranks
    trained = work.trained
    weights = _share(_weights(work), ranks)
    gradients = _share((work.master if work.full else 4) * trained, ranks)
    optimizer = _share(_moments(work.optimizer, trained), ranks)
    held_optimizer = 0 if work.optimizer in PAGED else optimizer
    reference = work.other + (_share(work.reference * shape.parameters, ranks) if work.full else 0)
    adapter = 0 if work.full else 4 * trained
    rank = 0 if work.full else work.rank
    one = Pass(
        work.rows, work.length, work.computed, work.checkpointing, rank, len(shape.targeted(work.targets)), work.padded
    )
    there = pass_bytes(shape, one, work.rows * work.scored, work.tile)
    shards = gathered_in_pass(shape, ranks, work.number, work.full)
    passing = there.kept + max(there.in_layers + shards.in_layers, there.at_head + shards.at_head)
    passing = max(passing, there.at_end if ranks == 1 else shards.at_end)
    cache = copied = stays = 0
    if work.generation is not None:
        cache = generation_bytes(shape, work.generation, _value_bytes(work), device_bytes)
        if work.generation.holder == "share":
            stays = cache if work.generation.stays else min(cache, ASLEEP)
        else:
            ahead = work.generation.ahead
            if ahead or work.generation.static:
                copied = copied_for_rollouts(shape, ranks, work.number, work.stored, adapter, ahead)
            stays = cache + copied if ahead else 0
    resident = weights + _share(adapter, ranks) + held_optimizer + reference + overhead
    updating = gradients + passing if work.accumulates else _first_pass(gradients, passing, shape.layers)
    stepping = gradients + (gradients if work.optimizer == "adamw" and not work.fused else 0)
    total = resident + max(cache + copied, stays + max(updating, stepping))
    return Memory(
        weights=weights,
        adapter=_share(adapter, ranks),
        gradients=gradients,
        optimizer=optimizer,
        reference=reference,
        gathered=max(copied, shards.most),
        cache=cache,
        activations=there.activations,
        logits=there.logits,
        overhead=overhead,
        total=total,
    )


def sampling_memory(shape: Shape, generation: Generation, device_bytes: int, overhead: int = CUDA_OVERHEAD) -> Memory:
    """A job that only draws completions. vLLM takes its share whatever the model is, weights and all."""
    if generation.holder == "share":
        taken = round(generation.share * device_bytes)
        weights = min(2 * shape.parameters, taken)
        total = max(taken, share_needed(shape, generation.length)) + overhead
        return Memory(weights=weights, cache=taken - weights, overhead=overhead, total=total)
    weights = 4 * shape.parameters
    cache = generation_bytes(shape, generation, 4, device_bytes)
    return Memory(weights=weights, cache=cache, overhead=overhead, total=weights + cache + overhead)


def _value_bytes(work: Training) -> int:
    """Of a number in the cache of rollouts by the model that trains: that of `generate` is in the weights' numbers."""
    assert work.generation is not None
    return work.number if work.generation.static else work.stored


def _weights(work: Training) -> int:
    shape = work.shape
    if work.method == "ternary":
        return work.stored * (shape.parameters + shape.matrices)
    if work.method != "qlora":
        return work.stored * shape.parameters
    return round(NF4 * shape.matrices) + work.stored * (shape.parameters - shape.matrices)


def _share(held: int, ranks: int) -> int:
    return -(-held // ranks)


def _moments(optimizer: str, trained: int) -> int:
    if optimizer == "paged_adamw_8bit":
        return 2 * trained + 2 * 4 * -(-trained // 256)
    return 8 * trained


def _first_pass(gradients: int, there: int, layers: int) -> int:
    """Where a pass begins without gradients they come, layer by layer, while what the layers saved goes: the most is
    there at one end or the other, with one layer of the other side."""
    return max(there + gradients // layers, gradients + there // 3)
