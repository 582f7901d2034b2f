"""Estimates of the jobs that hold a model: training, sampling, merging, rounding."""

from gradus.estimates import embedded, processes, speeds
from gradus.estimates.asked import Asked, Estimate, Machine
from gradus.estimates.counts import trace_count
from gradus.estimates.data_jobs import UNKNOWN_ROWS, problem_bytes
from gradus.estimates.devices import at_service, uses_gpu
from gradus.estimates.generation import Generation
from gradus.estimates.memory import PAGED, Memory
from gradus.estimates.shape import Shape
from gradus.estimates.shapes import assumed_shape
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.estimates.tokens import Tokens, asked, work_of
from gradus.estimates.work import longest_prompt, planned, prompt_tokens, training_of
from gradus.specs.base import JobSettings
from gradus.specs.models import DequantizeModelSpec, ExportModelSpec, PretrainSpec
from gradus.specs.sampling import Drawn, SampleBenchmarkSpec, SampleTracesSpec
from gradus.specs.training import GrpoSpec, SftSpec

GPU_THREADS = 4
"""Of a job on a GPU: the loop that launches kernels, an engine's scheduler, tokens into texts, and the grader."""


def _pretrain(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: PretrainSpec = spec.settings
    shape = assumed_shape(study, spec.name.removeprefix("models/"))
    tokens = Tokens(train=settings.steps * settings.batch_size * settings.sequence_length)
    return Asked(embedded.pretraining_bytes(settings, shape), speeds.cpu_seconds(shape, tokens))


def _train(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: SftSpec | GrpoSpec = spec.settings
    tokens = _most(study, spec)
    rows = 0
    if isinstance(settings, SftSpec):
        rows = sum(trace_count(study, name) or UNKNOWN_ROWS for name in settings.traces)
    data = embedded.TOKEN_BYTES * tokens.train // settings.epochs if isinstance(settings, SftSpec) else 0
    if at_service(settings):
        return Asked(processes.SERVICE + data, waits=True)
    shape = assumed_shape(study, settings.weights.dense)
    if not uses_gpu(settings):
        if isinstance(settings, SftSpec):
            steps = settings.epochs * -(-rows // settings.batch_size)
            held = embedded.sft_bytes(settings, shape, steps, tokens.train)
        else:
            held = embedded.grpo_bytes(settings, shape, prompt_tokens(study, settings.problems))
            held += processes.GRADING - processes.TABLES + problem_bytes(study, [settings.problems])
        return Asked(held, speeds.cpu_seconds(shape, tokens))
    memory = planned(settings, shape, longest_prompt(study, settings), machine.gpu_bytes if machine.has_gpu else 0)
    if not machine.has_gpu:
        ranks = settings.gpus  # each of them a process that holds a share of the tensors
        held = ranks * (processes.TRANSFORMERS + data + memory.tensors)
        return Asked(held, speeds.START_SECONDS + speeds.cpu_seconds(shape, tokens) / ranks, threads=ranks)
    return Asked(
        _host_bytes_beside_gpu(settings, shape, memory) + settings.gpus * data,
        _gpu_seconds(settings, shape, study, tokens, machine),
        gpus=settings.gpus,
        gpu_bytes=memory.total,
        threads=GPU_THREADS * settings.gpus,
    )


def _gpu_seconds(
    settings: SftSpec | GrpoSpec, shape: Shape, study: StudySpecs, tokens: Tokens, machine: Machine
) -> float:
    """Of a training, its rollouts included."""
    work = training_of(settings, shape, longest_prompt(study, settings))
    starting = speeds.START_SECONDS + speeds.load_seconds(shape.parameters)
    passes = -(-tokens.train // (settings.gpus * work.rows * work.length))
    sharing = speeds.sharded_seconds(shape, settings.gpus, passes, work.full)
    computing = speeds.gpu_training_seconds(shape, tokens, settings.bf16) / settings.gpus
    if isinstance(settings, GrpoSpec):
        assert work.generation is not None  # GRPO has rollouts
        drawing = _drawing_seconds(settings, work.generation, shape, tokens.sample // settings.gpus)
        computing = max(computing, drawing) if settings.overlap else computing + drawing
        starting += 0 if work.generation.holder == "model" else speeds.ENGINE_START_SECONDS
    return starting + sharing + computing / speeds.relative_speed(machine.gpu_bytes)


def _drawing_seconds(settings: GrpoSpec, drawn: Generation, shape: Shape, tokens: int) -> float:
    """Of so many tokens of rollouts on one GPU, by the model that trains or by an engine beside it."""
    if drawn.holder != "model":
        return speeds.engine_seconds(shape, Tokens(sample=tokens))
    if drawn.static:
        return speeds.decoding_seconds(shape, drawn.rows, drawn.length, tokens // drawn.rows)
    return settings.steps * settings.max_tokens * shape.layers * speeds.LAYER_SECONDS


def _host_bytes_beside_gpu(settings: SftSpec | GrpoSpec, shape: Shape, memory: Memory) -> int:
    """Weights are read on the host, by each process that trains, and what trains comes back there to be saved; paged
    moments have to have room. `memory` is that of each GPU."""
    read = (2 if settings.bf16 and settings.method != "full" else 4) * shape.parameters
    if settings.method == "full" and settings.weights.adapter is not None:
        read = 8 * shape.parameters  # the adapter is merged first, in float32
    engine = isinstance(settings, GrpoSpec) and settings.rollouts.engine == "vllm_colocate"
    process = processes.VLLM_ON_GPU if engine else processes.CUDA
    paged = memory.optimizer if settings.optimizer in PAGED else 0
    return settings.gpus * (process + max(read, memory.gradients) + paged)


def _sample(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: Drawn = spec.settings
    tokens, sets = _most(study, spec), asked(study, spec.name, settings)
    texts = problem_bytes(study, sets) + embedded.TOKEN_BYTES * tokens.sample
    if at_service(settings):
        return Asked(processes.SERVICE + texts, waits=True)
    shape = assumed_shape(study, settings.weights.dense)
    if not uses_gpu(settings):
        requests = tokens.sample // settings.max_tokens
        prompt = max(prompt_tokens(study, name) for name in sets)
        held = embedded.sampling_bytes(shape, requests, prompt, settings.max_tokens) + problem_bytes(study, sets)
        return Asked(held, speeds.cpu_seconds(shape, tokens))
    if not machine.has_gpu:
        held = processes.VLLM_ON_CPU + 8 * shape.parameters + _cpu_cache_bytes(shape) + texts
        return Asked(held, speeds.START_SECONDS + speeds.cpu_seconds(shape, tokens))
    memory = planned(settings, shape, longest_prompt(study, settings), machine.gpu_bytes)
    seconds = speeds.ENGINE_START_SECONDS + speeds.load_seconds(shape.parameters) + speeds.engine_seconds(shape, tokens)
    held = processes.VLLM_ON_GPU + 2 * shape.parameters + texts
    seconds /= speeds.relative_speed(machine.gpu_bytes)
    return Asked(held, seconds, gpus=1, gpu_bytes=memory.total, threads=GPU_THREADS)


def _cpu_cache_bytes(shape: Shape) -> int:
    """Of vLLM for 8 requests of 8,192 tokens, within its bounds (sampling.vllm.engine)."""
    return min(max(8 * 8192 * 4 * shape.cache_values, 1 << 28), 1 << 32)


EXPORT_BYTES = 8
"""Of a parameter, when an adapter is merged in float32, written, read again and compared. Measured with 0.18 billion:
5.7 from bfloat16, 4.2 from float32, whose files are mapped and not copied."""

DEQUANTIZED_COPIES = 2.75
"""Of the values in the precision that is written, besides 0.6 bytes in 4 bits. Measured with 0.18 billion: 9.1 bytes
together in float32, 6.1 in bfloat16."""


def _export(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: ExportModelSpec = spec.settings
    shape = assumed_shape(study, settings.weights.dense)
    if settings.weights.adapter is None:
        return Asked(processes.TORCH, 2 * 4 * shape.parameters / speeds.COPIED_BYTES)
    held = EXPORT_BYTES * shape.parameters
    return Asked(
        processes.TRANSFORMERS + held + _probe_bytes(shape), speeds.START_SECONDS + 2 * held / speeds.COPIED_BYTES
    )


def _dequantize(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: DequantizeModelSpec = spec.settings
    shape = assumed_shape(study, settings.weights.dense)
    each = 4 if settings.precision == "float32" else 2
    held = round((0.6 + DEQUANTIZED_COPIES * each) * shape.parameters)
    return Asked(
        processes.TRANSFORMERS + held + _probe_bytes(shape), speeds.START_SECONDS + 2 * held / speeds.COPIED_BYTES
    )


def _probe_bytes(shape: Shape) -> int:
    """Log-probabilities of three short texts by two models, and one of them anew."""
    return 3 * 3 * 64 * shape.vocabulary * 4


def _most(study: StudySpecs, spec: JobSpec) -> Tokens:
    work = work_of(study, spec, 1.0, unknown=UNKNOWN_ROWS)
    assert work is not None, "no number of rows is unknown here"
    return work.most


MODEL_JOBS: dict[type[JobSettings], Estimate] = {
    PretrainSpec: _pretrain,
    SftSpec: _train,
    GrpoSpec: _train,
    SampleBenchmarkSpec: _sample,
    SampleTracesSpec: _sample,
    ExportModelSpec: _export,
    DequantizeModelSpec: _dequantize,
}
