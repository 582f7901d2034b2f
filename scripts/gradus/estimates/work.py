"""What of a job's spec decides its memory."""

from gradus.estimates.counts import problem_settings, source_of
from gradus.estimates.devices import uses_gpu
from gradus.estimates.memory import Generation, Memory, Training, sampling_memory, training_memory
from gradus.estimates.shape import Shape
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.sampling import Drawn
from gradus.specs.training import GrpoSpec, SftSpec
from gradus.study.settings.training import Rollouts

Modelled = SftSpec | GrpoSpec | Drawn
"""Settings of the jobs that train a model or ask one."""

PROMPT_TOKENS = 512
"""An assumption: the longest prompt of a batch. Problems of MATH have some 100 to 300 tokens, examples more."""


def prompt_tokens(study: StudySpecs, problems: str, unknown: int = PROMPT_TOKENS) -> int:
    """How long the prompts of a set are, where its source says so, else `unknown`."""
    source = source_of(study, problems) or source_of(study, problem_settings(study, problems)["of"])
    return unknown if source is None or source.prompt_tokens is None else source.prompt_tokens


def longest_prompt(study: StudySpecs, settings: Modelled) -> int:
    """Of a job, in tokens; a trace holds its own."""
    return prompt_tokens(study, settings.problems) if isinstance(settings, GrpoSpec) else PROMPT_TOKENS


def is_planned(spec: JobSpec) -> bool:
    """Only jobs that use a GPU are: those of the embedded backend are made for models that fit anywhere."""
    return isinstance(spec.settings, Modelled) and uses_gpu(spec.settings)


def planned(settings: Modelled, shape: Shape, prompt: int, device_bytes: int) -> Memory:
    """The memory of a job with these settings, its own or changed ones, on a GPU of so many bytes, or a CPU: 0."""
    if isinstance(settings, SftSpec | GrpoSpec):
        return training_memory(training_of(settings, shape, prompt, on_gpu=device_bytes > 0), device_bytes)
    return sampling_memory(shape, sampling_of(settings, prompt), device_bytes)


def training_of(
    settings: SftSpec | GrpoSpec, shape: Shape, prompt: int = PROMPT_TOKENS, on_gpu: bool = True
) -> Training:
    """A training job of a backend that uses a GPU."""
    batch = settings.batch_size * (settings.group_size if isinstance(settings, GrpoSpec) else 1)
    rows = min(settings.micro_batch or batch, batch)
    length = prompt + settings.max_tokens if isinstance(settings, GrpoSpec) else settings.max_length
    return Training(
        shape=shape,
        method=settings.method,
        bf16=settings.bf16,
        checkpointing=settings.gradient_checkpointing,
        optimizer=settings.optimizer or "adamw",
        rows=rows,
        length=length,
        scored=settings.max_tokens if isinstance(settings, GrpoSpec) else length,
        accumulates=rows < batch,
        rank=settings.lora.rank,
        targets=tuple(settings.lora.targets),
        reference=isinstance(settings, GrpoSpec) and settings.kl_coef > 0,
        fused=on_gpu,
        generation=_rollouts(settings.rollouts, batch, length, prompt) if isinstance(settings, GrpoSpec) else None,
    )


def sampling_of(settings: Drawn, prompt: int = PROMPT_TOKENS) -> Generation:
    share = sampler_capabilities(settings.sampler).gpu_memory_share or 0.0
    return Generation("share", 1, prompt + settings.max_tokens, share=share)


def _rollouts(rollouts: Rollouts, rows: int, length: int, prompt: int) -> Generation:
    if rollouts.engine == "vllm_colocate":
        return Generation("share", rows, length, prompt, rollouts.memory_share, stays=not rollouts.sleep)
    return Generation("server" if rollouts.engine == "vllm_server" else "model", rows, length, prompt)
