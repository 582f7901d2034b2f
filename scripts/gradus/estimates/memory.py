"""How much memory a job needs: the parts by formula, and which of them are there at the same time.

P parameters, of which T train. Everything that trains is float32 (bfloat16 is for computing alone), as in mixed
precision (Micikevicius et al. 2018, arXiv:1710.03740; Rajbhandari et al. 2020, arXiv:1910.02054, section 3.1):

| part | bytes |
|---|---|
| weights | 4 P where all train; frozen ones 2 P under bfloat16; NF4 0.516 a parameter of the layers' matrices |
| adapter | 4 T |
| gradients | 4 T, from the first micro-batch to the step |
| optimizer | AdamW's two moments, 8 T; in 8 bits 2 T and a scale per 256; paged ones give way to the host |
| reference | another copy of the weights where all train under a KL penalty; an adapter is switched off instead |
| cache | the share of the GPU that vLLM takes, or 2 * layers * KV width * bytes * tokens for transformers |
| activations, logits | see `activations` |
| overhead | what no tensor is: the CUDA context, libraries and their buffers, a process of Python |

NF4 with double quantisation (Dettmers et al. 2023, arXiv:2305.14314, section 3): 4 bits, 8 bits per block of 64, and
32 bits per 256 blocks: 0.5 + 1/64 + 4/(64 * 256) = 0.5159 bytes.
"""

from dataclasses import dataclass, fields
from typing import Literal

from gradus.estimates.activations import TRL_TILE, Pass, Tile, pass_bytes
from gradus.estimates.shape import Shape

NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
PAGED = ("paged_adamw", "paged_adamw_8bit")
GB = 10**9

CUDA_OVERHEAD = 1_200_000_000
"""An assumption: context and kernels (0.5 to 0.8 GB on an H100), cuBLAS workspaces, and some fragmentation."""

ASLEEP = 1_000_000_000
"""An assumption: what vLLM in sleep mode keeps (context, graphs)."""

VLLM_WORKING = 2_000_000_000
"""An assumption: what vLLM's own forward pass and graphs need beside weights and cache."""


@dataclass(frozen=True)
class Memory:
    """Bytes by part, and the `total` of the phase that needs most: not all parts are there at one time."""

    weights: int = 0
    adapter: int = 0
    gradients: int = 0
    optimizer: int = 0
    reference: int = 0
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
class Generation:
    """How completions are drawn: `rows` at once of at most `length` tokens, prompt included."""

    holder: Literal["model", "share", "server"]
    """Who has the weights and the cache: the model that trains, an engine with a share of the GPU, or one elsewhere."""
    rows: int
    length: int
    prompt: int = 0
    """How many of `length` are read at once at the beginning."""
    share: float = 0.0
    """Of the GPU's memory, for vLLM."""
    stays: bool = True
    """vLLM keeps its memory while the model trains."""


@dataclass(frozen=True)
class Training:
    """What of a training job decides its memory."""

    shape: Shape
    method: Literal["full", "lora", "qlora"]
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
    reference: bool = False
    fused: bool = True
    """AdamW in one kernel, as on GPUs. Without it the square roots of all second moments are there at once, 4 T."""
    generation: Generation | None = None
    tile: Tile = TRL_TILE


def training_memory(work: Training, device_bytes: int, overhead: int = CUDA_OVERHEAD) -> Memory:
    """The parts and the peak of a training job on a device of so many bytes (of which vLLM takes its share)."""
    shape = work.shape
    full = work.method == "full"
    trained = shape.parameters if full else shape.adapter(work.rank, work.targets)
    weights = _weights(work)
    gradients = 4 * trained
    optimizer = _moments(work.optimizer, trained)
    held_optimizer = 0 if work.optimizer in PAGED else optimizer
    reference = weights if full and work.reference else 0
    adapter = 0 if full else 4 * trained
    one = Pass(work.rows, work.length, work.bf16, work.checkpointing, 0 if full else work.rank, len(work.targets))
    there = pass_bytes(shape, one, work.rows * work.scored, work.tile)
    cache = stays = 0
    if work.generation is not None:
        cache = generation_bytes(shape, work.generation, _value_bytes(work), device_bytes)
        if work.generation.holder == "share":
            stays = cache if work.generation.stays else min(cache, ASLEEP)
    resident = weights + adapter + held_optimizer + reference + overhead
    updating = gradients + there.peak if work.accumulates else _first_pass(gradients, there.peak, shape.layers)
    stepping = gradients + (gradients if work.optimizer == "adamw" and not work.fused else 0)
    total = resident + max(cache, stays + max(updating, stepping))
    return Memory(
        weights, adapter, gradients, optimizer, reference, cache, there.activations, there.logits, overhead, total
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


def generation_bytes(shape: Shape, generation: Generation, value_bytes: int, device_bytes: int) -> int:
    """What rollouts take beside the model that trains.

    vLLM its share, with a copy of the weights in it; a server nothing here; transformers the cache of all rows, the
    last tokens' logits in float32, sorted and as probabilities, and the larger of two working sets: reading the
    prompts, about four times the MLP's width in float32, or the cache of one layer anew, its heads repeated.
    """
    if generation.holder == "share":
        return round(generation.share * device_bytes)
    if generation.holder == "server":
        return 0
    cache = generation.rows * generation.length * shape.cache_values * value_bytes
    reading = 4 * 4 * generation.rows * generation.prompt * shape.inner
    anew = cache // shape.layers * (1 + shape.heads // shape.kv_heads)
    return cache + generation.rows * shape.vocabulary * 3 * 4 + max(reading, anew)


def share_needed(shape: Shape, length: int) -> int:
    """The least bytes that vLLM works with: weights in bfloat16, the cache of one text, and room to compute."""
    return 2 * shape.parameters + 2 * length * shape.cache_values + VLLM_WORKING


def _value_bytes(work: Training) -> int:
    """Of a number in the cache of rollouts by the model that trains: float32 where its weights are."""
    return 2 if work.bf16 and work.method != "full" else 4


def _weights(work: Training) -> int:
    shape = work.shape
    frozen = 2 if work.bf16 else 4
    if work.method == "full":
        return 4 * shape.parameters
    if work.method == "lora":
        return frozen * shape.parameters
    return round(NF4 * shape.matrices) + frozen * (shape.parameters - shape.matrices)


def _moments(optimizer: str, trained: int) -> int:
    if optimizer == "paged_adamw_8bit":
        return 2 * trained + 2 * 4 * -(-trained // 256)
    return 8 * trained


def _first_pass(gradients: int, there: int, layers: int) -> int:
    """Where a pass begins without gradients they come, layer by layer, while what the layers saved goes: the most is
    there at one end or the other, with one layer of the other side."""
    return max(there + gradients // layers, gradients + there // 3)
