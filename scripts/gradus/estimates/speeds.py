"""How fast jobs are: operations and bytes a second, by what they run on.

A token costs 2 operations a parameter where it is read or written, 6 where it is trained on (Kaplan et al. 2020,
arXiv:2001.08361, section 2.1); attention comes on top and is in the measured rates.
"""

from gradus.estimates.shape import Shape
from gradus.estimates.tokens import Tokens

CPU_TRAINING = 30e9
"""Operations a second of the embedded network on one thread, measured while another job ran beside it: 13,000 to 23,000
tokens a second with 0.6 million parameters."""

CPU_SAMPLING = 15e9
"""The same of writing: 25,000 tokens a second. A batch that runs empty is slower."""

GPU_TRAINING = 150e9 * 1000
"""On an H100 in bfloat16, measured: an adapter on 4 billion parameters, checkpointing, 7,205 tokens a second."""

GPU_TRAINING_FLOAT32 = 40e9 * 1000
"""An assumption: without bfloat16."""

GPU_READING = 200e9 * 1000
"""An assumption: prompts by vLLM."""

GPU_WRITING = 34e9 * 1000
"""On an H100, measured with a plain loop: 4,240 tokens a second of 64 rows with 4 billion parameters (vLLM: more)."""

MOST_WRITTEN = 20_000
"""An assumption: tokens a second of an engine on a GPU, however small the model."""

LAYER_SECONDS = 0.0035
"""Of one token by transformers on an H100, whatever the number of rows, measured: 127 ms for 36 layers."""

STEP_BYTES = 1250e9
"""Bytes a second that a step of the `transformers` engine reads on an H100, measured: 18.9 GB of weights and cache of a
4B shape in 15.1 ms, by CUDA graphs. Its memory would give 3,000."""

LINK_BYTES = 12e9
"""An assumption: bytes a second between GPUs over PCIe, in either direction. NVLink has ten times as much."""

LOADED_BYTES = 300e6
"""An assumption: bytes a second from a network disk onto the device."""

DOWNLOADED_BYTES = 10e6
"""An assumption: bytes a second from the hub."""

USUAL_DOWNLOAD = 3.0
"""An assumption: how many times as fast a download is as a rule."""

COPIED_BYTES = 100e6
"""An assumption: bytes a second that a job reads, computes on and writes again, with one thread."""

START_SECONDS = 120
"""An assumption: until a job with transformers has begun, from a network disk."""

USUAL_START_SECONDS = 15
"""The same as a rule, from a disk of its own."""

ENGINE_START_SECONDS = 300
"""An assumption: until vLLM on a GPU has compiled and measured; over a minute even for the pocket model."""

PROCESS_SECONDS = 0.4
"""Until Python has imported what a job on texts needs, and the job has ended for Snakemake too; measured."""

GRADER_SECONDS = 0.6
"""The same with the grader's own processes."""

TORCH_SECONDS = 1.5
"""The same with torch; measured."""

EMBEDDED_LOAD_SECONDS = 1.3
"""Until the embedded network has a model, compiled for its first batch; measured."""

FREE_CORE = 4.0
"""How many times as fast as `CPU_TRAINING` and `CPU_SAMPLING` one thread of a free core of a current server is.
Measured on an AMD EPYC (Zen 5) with the pocket study: pretraining 3 times, SFT 2 to 3, sampling 4, GRPO 4 to 6. Those
rates are for limits, which a slower and busy machine has to keep."""

SERVICE_CYCLE_SECONDS = 10
"""Of Tinker: every update and every round of samples takes a cycle."""

SERVICE_WRITTEN = 5_000
"""An assumption: tokens a second that a service writes for all requests of a job, 100 at 50 a second."""

USUAL_ENGINE_START_SECONDS = 90
"""The same as a rule, with what an earlier start has compiled."""

COMPARISON_SECONDS = 0.02
"""Of a completion that is graded or compared, measured on answers of published models: 1 to 20 ms, start included."""


def cpu_seconds(shape: Shape, tokens: Tokens) -> float:
    """Of the embedded network, or of TRL where no GPU is."""
    read, written = 2 * shape.parameters * tokens.prefill, 2 * shape.parameters * tokens.sample
    return (read + 6 * shape.parameters * tokens.train) / CPU_TRAINING + written / CPU_SAMPLING


def engine_seconds(shape: Shape, tokens: Tokens) -> float:
    """Of an engine such as vLLM on a GPU."""
    each = max(2 * shape.parameters / GPU_WRITING, 1 / MOST_WRITTEN)
    return 2 * shape.parameters * tokens.prefill / GPU_READING + tokens.sample * each


def gpu_training_seconds(shape: Shape, tokens: Tokens, bf16: bool) -> float:
    """Of the tokens that are trained on; prompts that are only read count as reading."""
    rate = GPU_TRAINING if bf16 else GPU_TRAINING_FLOAT32
    return 6 * shape.parameters * tokens.train / rate + 2 * shape.parameters * tokens.prefill / GPU_READING


def relative_speed(gpu_bytes: int) -> float:
    """Of a GPU, to an H100. An assumption by its memory, as nothing else is known of it: what has less is older or made
    for games, such as an A100 of 40 GB and an RTX 4090 of 24 (165 of 990 * 10^12 operations, 1.0 of 3.35 TB a second).
    """
    return 1.0 if gpu_bytes >= 70e9 else 0.4 if gpu_bytes >= 38e9 else 0.2


def decoding_seconds(shape: Shape, rows: int, length: int, tokens: int) -> float:
    """Of so many tokens of each of `rows` completions, written together by the `transformers` engine: a step reads all
    weights, and the cache, which is half full on average; states of linear attention are read and written whole."""
    kept = length * shape.cache_values + 8 * shape.state_values
    return tokens * (2 * shape.parameters + rows * kept) / STEP_BYTES


def sharded_seconds(shape: Shape, ranks: int, passes: int, trained: bool) -> float:
    """Of the links between GPUs in so many passes: weights come twice in bfloat16, and where they are trained gradients
    leave in float32, a rank's own part aside."""
    each = 2 + 2 + (4 if trained else 0)
    return passes * each * shape.parameters * (ranks - 1) / ranks / LINK_BYTES


def load_seconds(parameters: int) -> float:
    """Of weights at 4 bytes a parameter."""
    return 4 * parameters / LOADED_BYTES
