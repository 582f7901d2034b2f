"""What of a job's spec decides its memory."""

from gradus.estimates.activations import TRL_TILE, WHOLE_LOGITS, Tile
from gradus.estimates.assumed import longest_text
from gradus.estimates.counts import problem_settings, source_of
from gradus.estimates.devices import uses_gpu
from gradus.estimates.generation import Generation
from gradus.estimates.memory import Memory, Training, sampling_memory, training_memory
from gradus.estimates.shape import Shape
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs.sampling import Asking, Reading
from gradus.specs.training import DpoSpec, GrpoSpec, SftSpec, TraceTrainingSpec, TrainingSpec
from gradus.training.capabilities import Passes, network_of

Modelled = TrainingSpec | Reading
"""Settings of the jobs that train a model or ask one."""

MOST_ROWS = 256
"""That the `transformers` engine writes at a time (sampling.transformers.pace)."""

PROMPT_TOKENS = 512
"""An assumption: the longest prompt of a batch. Problems of MATH have some 100 to 300 tokens, examples more."""


OPTIONS = 4
"""An assumption: of a problem whose options continue a text."""


def prompt_tokens(study: StudySpecs, problems: str, unknown: int = PROMPT_TOKENS) -> int:
    """How long the prompts of a set are, where its source says so, else `unknown`."""
    source = source_of(study, problems)
    if source is None:  # a part of another set
        return prompt_tokens(study, problem_settings(study, problems)["of"], unknown)
    return unknown if source.prompt_tokens is None else source.prompt_tokens


def prompts_of_run(study: StudySpecs, settings: GrpoSpec) -> int:
    """How long the prompts are that it learns from, in tokens."""
    return max(prompt_tokens(study, name) for name in settings.sets)


def longest_prompt(study: StudySpecs, settings: Modelled) -> int:
    """Of a job, in tokens; a trace holds its own."""
    return prompts_of_run(study, settings) if isinstance(settings, GrpoSpec) else PROMPT_TOKENS


def is_planned(spec: JobSpec) -> bool:
    """Only jobs that use a GPU are: those of the embedded backend are made for models that fit anywhere."""
    return isinstance(spec.settings, Modelled) and uses_gpu(spec.settings)


def planned(settings: Modelled, shape: Shape, prompt: int, device_bytes: int, reference: Shape | None = None) -> Memory:
    """The memory of a job with these settings, its own or changed ones, on a GPU of so many bytes, or a CPU: 0.
    reference: the shape of the model that a KL is measured against, where it is another."""
    if isinstance(settings, TrainingSpec):
        work = training_of(settings, shape, prompt, on_gpu=device_bytes > 0, reference=reference)
        return training_memory(work, device_bytes)
    return sampling_memory(shape, sampling_of(settings, prompt), device_bytes)


def training_of(
    settings: TrainingSpec,
    shape: Shape,
    prompt: int = PROMPT_TOKENS,
    on_gpu: bool = True,
    reference: Shape | None = None,
) -> Training:
    """A training job of a backend that uses a GPU, as one of its GPUs sees it. reference: as in `planned`."""
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
        targets=shape.targets if settings.lora.targets == "all-linear" else settings.lora.names,
        reference=_reference(settings, passes),
        other=_other(settings, shape, reference),
        fused=on_gpu,
        generation=generation,
        tile=Tile(passes.logits_tokens, None, WHOLE_LOGITS, whole_head=True) if passes else TRL_TILE,
        padded=passes is None,
        master=2 if settings.master_dtype == "bfloat16" else 4,
        ranks=settings.gpus,
        parts=tuple(settings.train or ()),
    )


def _micro_batch(settings: TrainingSpec, prompt: int, passes: Passes | None) -> tuple[int, int, int, bool]:
    """Rows of a pass, tokens of each, how many of them the loss is on, and whether a GPU makes several before a step.

    Passes by tokens are one row of texts that do not see each other, of a group the prompt once; one text may be longer
    than that.
    """
    groups = settings.batch_size
    if isinstance(settings, TraceTrainingSpec):
        rows, prompt, most = 2 if isinstance(settings, DpoSpec) else 1, 0, longest_text(settings)
    else:
        rows, most = settings.group_size, settings.max_tokens
    if passes is None:
        each = rows if isinstance(settings, DpoSpec) else 1  # there `micro_batch` counts pairs
        at_once = settings.micro_batch * each if settings.micro_batch else groups * rows
        return at_once, prompt + most, most, at_once < groups * rows
    own = -(-groups * (prompt + rows * most) // settings.gpus)
    length = min(max(settings.micro_batch_tokens or passes.tokens, prompt + most), own)
    return 1, length, length - prompt, length < own


def _reference(settings: TrainingSpec, passes: Passes | None) -> int:
    """Bytes of a parameter of a copy of the starting weights, where all parameters train and a KL is measured: TRL does
    only for the loss and keeps them as they are trained, the others' is in what passes compute in.
    DPO always has TRL's."""
    if isinstance(settings, SftSpec) or settings.adapts:
        return 0
    if isinstance(settings, GrpoSpec) and settings.reference is not None:
        return 0
    if isinstance(settings, DpoSpec):
        return 4
    if passes is None:
        return 4 if settings.kl_coef else 0
    return (2 if settings.bf16 else 4) if settings.kl_coef or settings.kl_guard else 0


def _other(settings: TrainingSpec, shape: Shape, reference: Shape | None) -> int:
    """Bytes of a reference that is another model: all of it, or where it has the base of the adapter in training an
    adapter of its own, taken to be as large."""
    if not isinstance(settings, GrpoSpec) or settings.reference is None:
        return 0
    if settings.adapts and settings.reference.dense == settings.weights.dense:
        return 4 * shape.adapter(settings.lora.rank, settings.lora.names)
    return (2 if settings.bf16 else 4) * (reference or shape).parameters


def sampling_of(settings: Reading, prompt: int = PROMPT_TOKENS) -> Generation:
    share = sampler_capabilities(settings.sampler).gpu_memory_share or 0.0
    return Generation("share", 1, prompt + written_tokens(settings), share=share)


def written_tokens(settings: Modelled) -> int:
    """Of a completion, at most; 0 where texts are only read."""
    return settings.max_tokens if isinstance(settings, Asking | GrpoSpec) else 0


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
