"""What of a job's spec decides its memory."""

from typing import Any

from gradus.estimates.memory import Generation, Memory, Training, sampling_memory, training_memory
from gradus.estimates.shape import Shape
from gradus.study.devices import uses_gpu

PROMPT_TOKENS = 512
"""An assumption: the longest prompt of a batch. Problems of MATH have some 100 to 300 tokens, worked exchanges more."""

POCKET_PROMPT_TOKENS = 96
"""The pocket problems' own longest prompts, in a vocabulary that is made for them."""

VLLM_SHARE = 0.9
"""Of the GPU, for the vllm sampler: the engine's own default."""

STAGES = ("sft", "grpo", "samples", "completions")

Spec = dict[str, Any]


def prompt_tokens(specs: dict[str, Spec], spec: Spec) -> int:
    """How long prompts are taken to be: those of the pocket problems are known, of others the assumption is made."""
    name = spec["settings"].get("problems")
    problems = specs.get(f"problems/{name}.json", {}).get("settings", {})
    problems = specs.get(f"problems/{problems.get('of')}.json", {}).get("settings", {}) or problems
    return POCKET_PROMPT_TOKENS if problems.get("source") == "pocket" else PROMPT_TOKENS


def is_planned(spec: Spec) -> bool:
    """Only jobs that use a GPU are: those of the embedded backend are made for models that fit anywhere."""
    return spec["stage"] in STAGES and uses_gpu(spec["settings"])


def planned(spec: Spec, settings: dict[str, Any], shape: Shape, prompt: int, device_bytes: int) -> Memory:
    """The memory of a job with these settings, its own or changed ones, on a GPU of so many bytes, or a CPU: 0."""
    if spec["stage"] in ("sft", "grpo"):
        work = training_of(spec["stage"], settings, shape, prompt, on_gpu=device_bytes > 0)
        return training_memory(work, device_bytes)
    return sampling_memory(shape, sampling_of(settings, prompt), device_bytes)


def training_of(
    stage: str, settings: dict[str, Any], shape: Shape, prompt: int = PROMPT_TOKENS, on_gpu: bool = True
) -> Training:
    """A training job of the trl backend."""
    grpo = stage == "grpo"
    batch = settings["batch_size"] * (settings["group_size"] if grpo else 1)
    rows = min(settings["micro_batch"] or batch, batch)
    length = prompt + settings["max_tokens"] if grpo else settings["max_length"]
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
        fused=on_gpu,
        generation=_rollouts(settings["rollouts"], batch, length, prompt) if grpo else None,
    )


def sampling_of(settings: dict[str, Any], prompt: int = PROMPT_TOKENS) -> Generation:
    return Generation("vllm", 1, prompt + settings["max_tokens"], share=VLLM_SHARE)


def _rollouts(rollouts: dict[str, Any], rows: int, length: int, prompt: int) -> Generation:
    if rollouts["engine"] == "vllm_colocate":
        return Generation("vllm", rows, length, prompt, rollouts["memory_share"], stays=not rollouts["sleep"])
    return Generation("vllm_server" if rollouts["engine"] == "vllm_server" else "transformers", rows, length, prompt)
