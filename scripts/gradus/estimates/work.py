"""What of a job's spec decides its memory."""

from gradus.estimates.activations import TRL_TILE, WHOLE_LOGITS, Tile
from gradus.estimates.counts import problem_settings, source_of
from gradus.estimates.devices import uses_gpu
from gradus.estimates.generation import Generation
from gradus.estimates.memory import Memory, Training, sampling_memory, training_memory
from gradus.estimates.shape import Shape
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.sampling import Drawn
from gradus.specs.training import GrpoSpec, SftSpec
from gradus.training.capabilities import Passes, network_of

Modelled = SftSpec | GrpoSpec | Drawn
"""Settings of the jobs that train a model or ask one."""

MOST_ROWS = 256
"""That the `transformers` engine writes at a time (sampling.transformers.pace)."""

PROMPT_TOKENS = 512
"""An assumption: the longest prompt of a batch. Problems of MATH have some 100 to 300 tokens, examples more."""


def prompt_tokens(study: StudySpecs, problems: str, unknown: int = PROMPT_TOKENS) -> int:
    """How long the prompts of a set are, where its source says so, else `unknown`."""
    source = source_of(study, problems)
    if source is None:  # a part of another set
        return prompt_tokens(study, problem_settings(study, problems)["of"], unknown)
    return unknown if source.prompt_tokens is None else source.prompt_tokens


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
    """A training job of a backend that uses a GPU, as one of its GPUs sees it."""
    network = network_of(settings)
    passes = network.passes if network else None
    generation = None
    if isinstance(settings, GrpoSpec):
        drawn = -(-settings.batch_size // settings.gpus) * settings.group_size
        generation = _rollouts(settings, drawn, prompt, static=passes is not None)
    rows, length, scored, accumulates = _micro_batch(settings, prompt, passes)
    return Training(
        shape=shape,
        method=settings.method,
        bf16=settings.bf16,
        checkpointing=settings.gradient_checkpointing,
        optimizer=settings.optimizer or "adamw",
        rows=rows,
        length=length,
        scored=scored,
        accumulates=accumulates,
        rank=settings.lora.rank,
        targets=settings.lora.names,
        reference=_reference(settings, passes),
        fused=on_gpu,
        generation=generation,
        tile=Tile(passes.logits_tokens, None, WHOLE_LOGITS, whole_head=True) if passes else TRL_TILE,
        padded=passes is None,
        master=2 if settings.master_dtype == "bfloat16" else 4,
        ranks=settings.gpus,
    )


def _micro_batch(settings: SftSpec | GrpoSpec, prompt: int, passes: Passes | None) -> tuple[int, int, int, bool]:
    """Rows of a pass, tokens of each, how many of them the loss is on, and whether a GPU makes several before a step.

    Passes by tokens are one row of texts that do not see each other, of a group the prompt once; one text may be longer
    than that.
    """
    if isinstance(settings, SftSpec):
        groups, rows, prompt, most = settings.batch_size, 1, 0, settings.max_length
    else:
        groups, rows, most = settings.batch_size, settings.group_size, settings.max_tokens
    if passes is None:
        at_once = settings.micro_batch or groups * rows
        return at_once, prompt + most, most, at_once < groups * rows
    own = -(-groups * (prompt + rows * most) // settings.gpus)
    length = min(max(settings.micro_batch_tokens or passes.tokens, prompt + most), own)
    return 1, length, length - prompt, length < own


def _reference(settings: SftSpec | GrpoSpec, passes: Passes | None) -> int:
    """Bytes of a parameter of a copy of the starting weights, where all parameters train and a KL is measured: TRL does
    only for the loss and keeps them as they are trained, the others' is in what passes compute in."""
    if not isinstance(settings, GrpoSpec) or settings.method != "full":
        return 0
    if passes is None:
        return 4 if settings.kl_coef else 0
    return (2 if settings.bf16 else 4) if settings.kl_coef or settings.kl_guard else 0


def sampling_of(settings: Drawn, prompt: int = PROMPT_TOKENS) -> Generation:
    share = sampler_capabilities(settings.sampler).gpu_memory_share or 0.0
    return Generation("share", 1, prompt + settings.max_tokens, share=share)


def _rollouts(settings: GrpoSpec, rows: int, prompt: int, static: bool) -> Generation:
    """Of `rows` completions on a GPU."""
    rollouts, length, ahead = settings.rollouts, prompt + settings.max_tokens, bool(settings.overlap)
    if rollouts.engine == "vllm_colocate":
        stays = ahead or not rollouts.sleep
        return Generation("share", rows, length, prompt, rollouts.memory_share, stays=stays, ahead=ahead)
    if rollouts.engine == "vllm_server":
        return Generation("server", rows, length, prompt)
    if not static:
        return Generation("model", rows, length, prompt, ahead=ahead)
    rows = min(rows, MOST_ROWS)
    return Generation("model", rows, length, prompt, ahead=ahead, group=settings.group_size, static=True)
