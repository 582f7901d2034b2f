"""What of a job's spec decides its memory."""

from collections.abc import Callable
from typing import Any

from gradus.planning.memory import Generation, Memory, Training, sampling_memory, training_memory
from gradus.planning.shape import Shape
from gradus.study.devices import uses_gpu

PROMPT_TOKENS = 512
"""An assumption: the longest prompt of a batch. Problems of MATH have some 100 to 300 tokens, worked exchanges more."""

VLLM_SHARE = 0.9
"""Of the GPU, for the vllm sampler: the engine's own default."""

STAGES = ("sft", "grpo", "samples", "completions")

Spec = dict[str, Any]


def planned(spec: Spec, shape: Shape) -> Callable[[dict[str, Any], int], Memory] | None:
    """The memory of a job as a function of its settings and of the device's bytes; None where it is not planned.

    Only jobs that use a GPU are: those of the embedded backend are made for models that fit anywhere.
    """
    if spec["stage"] not in STAGES or not uses_gpu(spec["settings"]):
        return None
    if spec["stage"] in ("sft", "grpo"):
        return lambda settings, device: training_memory(training_of(spec["stage"], settings, shape), device)
    return lambda settings, device: sampling_memory(shape, sampling_of(settings), device)


def training_of(stage: str, settings: dict[str, Any], shape: Shape) -> Training:
    """A training job of the trl backend."""
    grpo = stage == "grpo"
    batch = settings["batch_size"] * (settings["group_size"] if grpo else 1)
    rows = min(settings["micro_batch"] or batch, batch)
    length = PROMPT_TOKENS + settings["max_tokens"] if grpo else settings["max_length"]
    return Training(
        shape=shape,
        method=settings["method"],
        bf16=settings["bf16"],
        checkpointing=settings["gradient_checkpointing"],
        optimizer=settings["optimizer"],
        rows=rows,
        length=length,
        scored=settings["max_tokens"] if grpo else length,
        accumulates=rows < batch,
        rank=settings["lora"]["rank"],
        targets=tuple(settings["lora"]["targets"]),
        reference=grpo and settings["kl_coef"] > 0,
        fused=False,
        generation=_rollouts(settings["rollouts"], batch, length) if grpo else None,
    )


def sampling_of(settings: dict[str, Any]) -> Generation:
    return Generation("vllm", 1, PROMPT_TOKENS + settings["max_tokens"], share=VLLM_SHARE)


def _rollouts(rollouts: dict[str, Any], rows: int, length: int) -> Generation:
    if rollouts["engine"] == "vllm_colocate":
        return Generation("vllm", rows, length, share=rollouts["memory_share"], stays=not rollouts["sleep"])
    return Generation("vllm_server" if rollouts["engine"] == "vllm_server" else "transformers", rows, length)
