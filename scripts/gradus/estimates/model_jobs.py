"""Estimates of the jobs that hold a model: training, sampling and reading, and those of `written_models.py`."""

from gradus.estimates import embedded, processes, speeds
from gradus.estimates.asked import Asked, Estimate, Machine
from gradus.estimates.counts import steps_planned, trace_count
from gradus.estimates.devices import at_service, uses_gpu
from gradus.estimates.generation import Generation
from gradus.estimates.memory import PAGED, Memory
from gradus.estimates.shape import Shape
from gradus.estimates.shapes import assumed_shape, reference_shape
from gradus.estimates.sizes import UNKNOWN_ROWS, problem_bytes
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.estimates.tokens import Tokens, Work, asked, has_other_model, read_by_reference, work_of
from gradus.estimates.work import longest_prompt, planned, prompt_tokens, prompts_of_run, training_of
from gradus.estimates.written_models import WRITTEN_MODELS
from gradus.specs.base import JobSettings
from gradus.specs.models import PretrainSpec
from gradus.specs.sampling import (
    Drawn,
    MeasureLikelihoodsSpec,
    Reading,
    SampleBenchmarkSpec,
    SampleProblemsSpec,
    SampleTracesSpec,
    VerifySamplesSpec,
)
from gradus.specs.training import DpoSpec, GrpoSpec, SftSpec, TraceTrainingSpec, TrainingSpec
from gradus.study.settings.training import trace_weights
from gradus.training.epochs import Epochs

GPU_THREADS = 4
"""Of a job on a GPU: the loop that launches kernels, an engine's scheduler, tokens into texts, and the grader."""

EXPECTED_SHARE = 0.5
"""An assumption: how long completions are as a rule, as a share of `max_tokens`. Those of the pocket study have 0.35 to
0.6; a study on a service says its own (`tinker.expected_share`) for what it costs."""


def _pretrain(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: PretrainSpec = spec.settings
    shape = assumed_shape(study, spec.name.removeprefix("models/"))
    tokens = Tokens(train=settings.steps * settings.batch_size * settings.sequence_length)
    seconds = speeds.cpu_seconds(shape, tokens)
    held = embedded.pretraining_bytes(settings, shape)
    return Asked(held, seconds, expected=seconds / speeds.FREE_CORE, start=speeds.TORCH_SECONDS)


def _train(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: TrainingSpec = spec.settings
    work = _work(study, spec)
    tokens = work.most
    data = rows = 0
    if isinstance(settings, TraceTrainingSpec):
        weighted = trace_weights(settings.traces).items()
        rows = round(sum(weight * (trace_count(study, name) or UNKNOWN_ROWS) for name, weight in weighted))
        data = embedded.TOKEN_BYTES * tokens.train // settings.epochs
    steps = _steps(study, settings, rows)
    if at_service(settings):
        seconds = _service_seconds(settings, steps, work.expected)
        return Asked(processes.SERVICE + data, waits=True, expected=seconds, start=speeds.TORCH_SECONDS)
    shape = assumed_shape(study, settings.weights.dense)
    work = _with_reference(work, study, spec, shape)
    if not uses_gpu(settings):
        assert not isinstance(settings, DpoSpec), "no backend without a GPU has it"
        if isinstance(settings, SftSpec):
            held = embedded.sft_bytes(settings, shape, steps, tokens.train)
        else:
            held = embedded.grpo_bytes(settings, shape, steps, prompts_of_run(study, settings))
            held += 8 * (other.parameters if (other := reference_shape(study, settings)) else 0)  # read, then merged
            held += processes.GRADING - processes.TABLES + problem_bytes(study, settings.sets)
        return _on_cpu(held, shape, work)
    device = machine.gpu_bytes if machine.has_gpu else 0
    memory = planned(settings, shape, longest_prompt(study, settings), device, reference_shape(study, settings))
    if not machine.has_gpu:
        ranks = settings.gpus  # each of them a process that holds a share of the tensors
        held = ranks * (processes.TRANSFORMERS + data + memory.tensors)
        return _on_cpu(held, shape, work, speeds.START_SECONDS, speeds.USUAL_START_SECONDS, threads=ranks)
    return Asked(
        _host_bytes_beside_gpu(settings, shape, memory) + settings.gpus * data,
        _starting_seconds(settings, shape, speeds.START_SECONDS, speeds.ENGINE_START_SECONDS)
        + _gpu_seconds(settings, shape, study, work.most, machine),
        gpus=settings.gpus,
        gpu_bytes=memory.total,
        threads=GPU_THREADS * settings.gpus,
        expected=_starting_seconds(settings, shape, speeds.USUAL_START_SECONDS, speeds.USUAL_ENGINE_START_SECONDS)
        + _gpu_seconds(settings, shape, study, work.expected, machine),
        start=speeds.TORCH_SECONDS,
    )


def _on_cpu(held: int, shape: Shape, work: Work, starts: float = 0.0, usual: float = 0.0, threads: int = 1) -> Asked:
    """A training, in so many processes of one thread, which take `starts` seconds at most to begin."""
    most = starts + speeds.cpu_seconds(shape, work.most) / threads
    usual += speeds.cpu_seconds(shape, work.expected) / threads / speeds.FREE_CORE
    return Asked(held, most, threads=threads, expected=usual, start=speeds.TORCH_SECONDS)


def _steps(study: StudySpecs, settings: TrainingSpec, rows: int = 0) -> int:
    """rows: of the traces of SFT and DPO, of which two make a pair."""
    if isinstance(settings, DpoSpec):
        return settings.epochs * -(-rows // (2 * settings.batch_size))
    if isinstance(settings, SftSpec):
        return Epochs.planned(settings, rows).steps
    steps = steps_planned(study, settings, UNKNOWN_ROWS)
    assert steps is not None, "no number of problems is unknown here"
    return steps


def _service_seconds(settings: TrainingSpec, steps: int, tokens: Tokens) -> float:
    """Of a training that mostly waits: a step of SFT is one cycle, and one of GRPO two, unless they overlap."""
    if isinstance(settings, TraceTrainingSpec):
        return speeds.SERVICE_CYCLE_SECONDS * steps
    cycles = steps * (1 if settings.overlap else 2)
    return speeds.SERVICE_CYCLE_SECONDS * cycles + tokens.sample / speeds.SERVICE_WRITTEN


def _gpu_seconds(settings: TrainingSpec, shape: Shape, study: StudySpecs, tokens: Tokens, machine: Machine) -> float:
    """Of a training from its first step on, its rollouts included."""
    work = training_of(settings, shape, longest_prompt(study, settings))
    passes = -(-tokens.train // (settings.gpus * work.rows * work.length))
    sharing = speeds.sharded_seconds(shape, settings.gpus, passes, work.full)
    computing = speeds.gpu_training_seconds(shape, tokens, settings.bf16) / settings.gpus
    if isinstance(settings, GrpoSpec):
        assert work.generation is not None  # GRPO has rollouts
        drawing = _drawing_seconds(study, settings, work.generation, shape, tokens.sample // settings.gpus)
        computing = max(computing, drawing) if settings.overlap else computing + drawing
    return sharing + computing / speeds.relative_speed(machine.gpu_bytes)


def _starting_seconds(settings: TrainingSpec, shape: Shape, process: float, engine: float) -> float:
    """Of a training until its first step, where a process and an engine of rollouts take so long."""
    loading = process + speeds.load_seconds(shape.parameters)
    apart = isinstance(settings, GrpoSpec) and settings.rollouts.engine != "transformers"
    return loading + (engine if apart else 0)


def _drawing_seconds(study: StudySpecs, settings: GrpoSpec, drawn: Generation, shape: Shape, tokens: int) -> float:
    """Of so many tokens of rollouts on one GPU, by the model that trains or by an engine beside it."""
    if drawn.holder != "model":
        return speeds.engine_seconds(shape, Tokens(sample=tokens))
    if drawn.static:
        return speeds.decoding_seconds(shape, drawn.rows, drawn.length, tokens // drawn.rows)
    return _steps(study, settings) * settings.max_tokens * shape.layers * speeds.LAYER_SECONDS


def _host_bytes_beside_gpu(settings: TrainingSpec, shape: Shape, memory: Memory) -> int:
    """Weights are read on the host, by each process that trains, and what trains comes back there to be saved; paged
    moments have to have room. `memory` is that of each GPU."""
    read = (2 if settings.bf16 and settings.adapts else 4) * shape.parameters
    if not settings.adapts and settings.weights.adapter is not None:
        read = 8 * shape.parameters  # the adapter is merged first, in float32
    engine = isinstance(settings, GrpoSpec) and settings.rollouts.engine == "vllm_colocate"
    process = processes.VLLM_ON_GPU if engine else processes.CUDA
    paged = memory.optimizer if settings.optimizer in PAGED else 0
    return settings.gpus * (process + max(read, memory.gradients) + paged)


def _sample(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    settings: Drawn = spec.settings
    work, sets = _work(study, spec), asked(study, spec.name, settings)
    tokens = work.most
    texts = problem_bytes(study, sets) + embedded.TOKEN_BYTES * tokens.sample
    if at_service(settings):
        seconds = speeds.SERVICE_CYCLE_SECONDS + work.expected.sample / speeds.SERVICE_WRITTEN
        return Asked(processes.SERVICE + texts, waits=True, expected=seconds, start=speeds.TORCH_SECONDS)
    shape = assumed_shape(study, settings.weights.dense)
    if not uses_gpu(settings):
        requests = tokens.sample // settings.max_tokens
        prompt = max(prompt_tokens(study, name) for name in sets)
        held = embedded.sampling_bytes(shape, requests, prompt, settings.max_tokens) + problem_bytes(study, sets)
        return _sampling_on_cpu(held, shape, work, speeds.EMBEDDED_LOAD_SECONDS)
    return _asking(settings, shape, work, texts, study, machine)


def _verify(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """Texts are read, and none is written."""
    settings: VerifySamplesSpec = spec.settings
    name, work = study.problem_set_of(settings.benchmark, voted=True), _work(study, spec)
    shape = assumed_shape(study, settings.weights.dense)
    texts = problem_bytes(study, [name]) + embedded.TOKEN_BYTES * work.most.prefill
    if not uses_gpu(settings):
        held = embedded.reading_bytes(shape, prompt_tokens(study, name) + settings.max_tokens) + texts
        return _sampling_on_cpu(held, shape, work, speeds.EMBEDDED_LOAD_SECONDS)
    return _asking(settings, shape, work, texts, study, machine)


def _measure_likelihoods(spec: JobSpec, study: StudySpecs, machine: Machine) -> Asked:
    """The same of options after the texts that they continue."""
    settings: MeasureLikelihoodsSpec = spec.settings
    name, work = study.problem_set_of(spec.name.rpartition("/")[2]), _work(study, spec)
    texts = problem_bytes(study, [name]) + embedded.TOKEN_BYTES * work.most.prefill
    if at_service(settings):
        seconds = speeds.SERVICE_CYCLE_SECONDS + work.expected.sample / speeds.SERVICE_WRITTEN
        return Asked(processes.SERVICE + texts, waits=True, expected=seconds, start=speeds.TORCH_SECONDS)
    shape = assumed_shape(study, settings.weights.dense)
    if not uses_gpu(settings):
        held = embedded.reading_bytes(shape, prompt_tokens(study, name)) + texts
        return _sampling_on_cpu(held, shape, work, speeds.EMBEDDED_LOAD_SECONDS)
    return _asking(settings, shape, work, texts, study, machine)


def _asking(settings: Reading, shape: Shape, work: Work, texts: int, study: StudySpecs, machine: Machine) -> Asked:
    """Of a sampler that takes a GPU where there is one."""
    if not machine.has_gpu:
        held = processes.VLLM_ON_CPU + 8 * shape.parameters + _cpu_cache_bytes(shape) + texts
        return _sampling_on_cpu(held, shape, work, speeds.USUAL_START_SECONDS, speeds.START_SECONDS)
    memory = planned(settings, shape, longest_prompt(study, settings), machine.gpu_bytes)
    speed = speeds.relative_speed(machine.gpu_bytes)
    weights = speeds.load_seconds(shape.parameters)
    return Asked(
        processes.VLLM_ON_GPU + 2 * shape.parameters + texts,
        (speeds.ENGINE_START_SECONDS + weights + speeds.engine_seconds(shape, work.most)) / speed,
        gpus=1,
        gpu_bytes=memory.total,
        threads=GPU_THREADS,
        expected=speeds.engine_seconds(shape, work.expected) / speed,
        start=speeds.TORCH_SECONDS,
        load=speeds.USUAL_ENGINE_START_SECONDS + weights,
    )


def _sampling_on_cpu(held: int, shape: Shape, work: Work, load: float, starts: float = 0.0) -> Asked:
    """`starts` is the most that loading takes, `load` what it takes as a rule."""
    most = starts + speeds.cpu_seconds(shape, work.most)
    usual = speeds.cpu_seconds(shape, work.expected) / speeds.FREE_CORE
    return Asked(held, most, expected=usual, start=speeds.TORCH_SECONDS, load=load)


def _cpu_cache_bytes(shape: Shape) -> int:
    """Of vLLM for 8 requests of 8,192 tokens, within its bounds (sampling.vllm.engine)."""
    return min(max(8 * 8192 * 4 * shape.cache_values, 1 << 28), 1 << 32)


def _with_reference(work: Work, study: StudySpecs, spec: JobSpec, shape: Shape) -> Work:
    """The work of a training with what another model reads in it, as so many tokens as take the trained one as long."""
    other, read = reference_shape(study, spec.settings), None
    if has_other_model(spec.settings):
        read = read_by_reference(study, spec, EXPECTED_SHARE, UNKNOWN_ROWS)
    if other is None or read is None:
        return work
    expected, most = (Tokens(of.prefill * other.parameters // shape.parameters) for of in (read.expected, read.most))
    return Work(work.expected + expected, work.most + most)


def _work(study: StudySpecs, spec: JobSpec) -> Work:
    work = work_of(study, spec, EXPECTED_SHARE, unknown=UNKNOWN_ROWS)
    assert work is not None, "no number of rows is unknown here"
    return work


MODEL_JOBS: dict[type[JobSettings], Estimate] = {
    **WRITTEN_MODELS,
    PretrainSpec: _pretrain,
    SftSpec: _train,
    DpoSpec: _train,
    GrpoSpec: _train,
    SampleBenchmarkSpec: _sample,
    SampleTracesSpec: _sample,
    SampleProblemsSpec: _sample,
    VerifySamplesSpec: _verify,
    MeasureLikelihoodsSpec: _measure_likelihoods,
}
