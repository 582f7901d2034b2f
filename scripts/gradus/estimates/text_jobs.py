"""Estimates of pretraining on a text: the search of the gate, tokenising, and the training itself."""

from gradus.estimates import processes, speeds
from gradus.estimates.activations import WHOLE_LOGITS, Tile
from gradus.estimates.asked import Asked, Estimate, Machine
from gradus.estimates.memory import Memory, Training, training_memory
from gradus.estimates.shape import Shape
from gradus.estimates.shapes import assumed_shape
from gradus.estimates.sizes import problem_rows
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.estimates.tokens import Tokens
from gradus.specs.base import JobSettings
from gradus.specs.corpora import SearchTextSpec, TokenizeTextSpec
from gradus.specs.models import PretrainTextSpec

INDEXED_BYTES = 25_000
"""Of a benchmark problem in the index of n-grams."""

SEARCHED = 450_000
"""Tokens of a text that are searched for benchmark problems in a second, on a slow core; measured on a free one: 1.8
million of English prose with 1,500 problems, near copies included."""

TOKENISED = 170_000
"""Tokens that one thread makes of a text in a second, on a slow core; measured on a free one with GPT-2's tokenizer:
670,000."""

TOKENISING_THREADS = 16
"""An assumption: as many as a usual machine with a GPU has."""

LARGE_TOKENS = 20_000_000
"""A text with fewer is tokenised in a minute or two by one thread."""

SHARD_BYTES = 900 * processes.MB
"""Of a shard while it is filled, as 4-byte ids and as those of the file, and of a batch of documents."""


def _search(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: SearchTextSpec = spec.settings
    problems = sum(problem_rows(study, name) for name in settings.benchmarks)
    seconds = _tokens(study, settings) / SEARCHED
    return Asked(processes.TABLES + INDEXED_BYTES * (problems + 10_000), seconds, expected=seconds / speeds.FREE_CORE)


def _tokens(study: StudySpecs, settings: SearchTextSpec) -> int:
    """Of a text, as far as any model reads it."""
    found = [one.settings for one in study if isinstance(one.settings, TokenizeTextSpec)]
    return max(one.tokens + one.eval_tokens for one in found if one.text == settings.text)


def _tokenize(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: TokenizeTextSpec = spec.settings
    tokens = settings.tokens + settings.eval_tokens
    threads = TOKENISING_THREADS if tokens > LARGE_TOKENS else 1
    seconds = tokens / (threads * TOKENISED)
    held = processes.TABLES + processes.TOKENIZER + min(SHARD_BYTES, 200 * tokens)
    return Asked(held, seconds, threads=threads, expected=seconds / speeds.FREE_CORE)


def _pretrain(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: PretrainTextSpec = spec.settings
    shape = assumed_shape(study, spec.name.removeprefix("models/"))
    tokens = Tokens(train=settings.steps * settings.batch_size * settings.sequence_length)
    memory = text_memory(settings, shape, machine.gpu_bytes if machine.has_gpu else 0)
    ranks = settings.gpus
    if not machine.has_gpu:
        held = ranks * (processes.TRANSFORMERS + memory.tensors)
        seconds = speeds.cpu_seconds(shape, tokens) / ranks
        most, usual = speeds.START_SECONDS + seconds, seconds / speeds.FREE_CORE
        return Asked(held, most, threads=ranks, expected=usual, start=speeds.TORCH_SECONDS)
    passes = -(-tokens.train // (ranks * settings.micro_batch * settings.sequence_length))
    computing = speeds.gpu_training_seconds(shape, tokens, settings.bf16) / ranks
    seconds = computing / speeds.relative_speed(machine.gpu_bytes) + speeds.sharded_seconds(shape, ranks, passes, True)
    return Asked(
        ranks * (processes.CUDA + 16 * shape.parameters),
        speeds.START_SECONDS + seconds,
        gpus=ranks,
        gpu_bytes=memory.total,
        threads=4 * ranks,
        expected=seconds,
        start=speeds.USUAL_START_SECONDS,
    )


def text_memory(settings: PretrainTextSpec, shape: Shape, device_bytes: int) -> Memory:
    """On each of its GPUs, of so many bytes, or on a CPU: 0."""
    tokens = settings.micro_batch * settings.sequence_length
    work = Training(
        shape=shape,
        method="full",
        bf16=settings.bf16,
        checkpointing=settings.gradient_checkpointing,
        optimizer="adamw",
        rows=settings.micro_batch,
        length=settings.sequence_length,
        scored=settings.sequence_length,
        accumulates=settings.micro_batch * settings.gpus < settings.batch_size,
        fused=device_bytes > 0,
        tile=Tile(tokens, None, WHOLE_LOGITS + (2 if settings.bf16 else 0), whole_head=True),
        padded=False,
        ranks=settings.gpus,
    )
    return training_memory(work, device_bytes)


TEXT_JOBS: dict[type[JobSettings], Estimate] = {
    SearchTextSpec: _search,
    TokenizeTextSpec: _tokenize,
    PretrainTextSpec: _pretrain,
}
