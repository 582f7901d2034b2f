"""How many tokens the jobs of a study read, sample and train on, told before any is paid for.

Of every length two are taken: what is expected, and the most that the settings allow. All rollouts count as trained on,
though groups whose rewards are all alike are left out.
"""

from dataclasses import dataclass

from gradus.estimates.assumed import longest_text, measured_lengths, with_assumed
from gradus.estimates.counts import problem_count, rated_count, steps_planned, trace_count
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.estimates.work import OPTIONS, PROMPT_TOKENS, prompt_tokens
from gradus.specs.base import JobSettings
from gradus.specs.prompts import PromptSpec
from gradus.specs.sampling import (
    Drawn,
    MeasureLikelihoodsSpec,
    SampleBenchmarkSpec,
    SampleProblemsSpec,
    SampleTracesSpec,
    VerifySamplesSpec,
)
from gradus.specs.traces import FilterTracesSpec, JudgeTracesSpec, MixTracesSpec, ReadTracesSpec
from gradus.specs.training import DpoSpec, GrpoSpec, SftSpec, TraceTrainingSpec
from gradus.study.settings.training import trace_weights
from gradus.training.algorithm import load_algorithm
from gradus.training.epochs import Epochs

USUAL_PROMPT_TOKENS = 192
"""An assumption: a problem of MATH or GSM8K as it is asked, without exchanges. 100 to 300 are usual."""

CHARACTERS_PER_TOKEN = 3
"""An assumption, on the safe side: English with formulas has 3 to 4 in the tokenizers of large models."""


@dataclass(frozen=True)
class Tokens:
    """Tokens by what is paid for: prompts that are read, what is sampled, what is trained on (prompts included)."""

    prefill: int = 0
    sample: int = 0
    train: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prefill + other.prefill, self.sample + other.sample, self.train + other.train)

    @property
    def total(self) -> int:
        return self.prefill + self.sample + self.train


@dataclass(frozen=True)
class Work:
    """What a job takes there: as expected, and at most."""

    expected: Tokens
    most: Tokens


def runs_there(spec: JobSpec) -> bool:
    return getattr(spec.settings, "service", None) is not None


def work_of(study: StudySpecs, spec: JobSpec, expected_share: float, unknown: int | None = None) -> Work | None:
    """The tokens of a job that trains or samples; None where the number of its traces or problems is not known yet.

    expected_share: how long completions are expected to be, as a share of max_tokens.
    unknown: problems or traces of a set of which the number is not known.
    """
    spec = with_assumed(study, spec)
    expected = _tokens(_Sizes(study, expected_share, True, unknown), spec)
    most = _tokens(_Sizes(study, 1.0, False, unknown), spec)
    return None if expected is None or most is None else Work(expected, most)


@dataclass(frozen=True)
class _Sizes:
    """The lengths of one estimate of one job."""

    study: StudySpecs
    share: float
    expected: bool
    unknown: int | None

    def prompt(self, problems: str, shown: PromptSpec) -> int:
        """Of a problem of this set, with what is around it."""
        tokens = prompt_tokens(self.study, problems, USUAL_PROMPT_TOKENS if self.expected else PROMPT_TOKENS)
        exchanges = [text for exchange in shown.few_shot for text in (exchange.user, exchange.assistant)]
        suffixes = shown.suffix * (1 + len(shown.few_shot))
        return tokens + len("".join([shown.system or "", suffixes, *exchanges])) // CHARACTERS_PER_TOKEN

    def completion(self, max_tokens: int) -> int:
        return round(max_tokens * self.share)

    def problems(self, name: str) -> int | None:
        count = problem_count(self.study, name)
        return self.unknown if count is None else count

    def asked(self, name: str, settings: Drawn) -> int | None:
        """How many problems of a set that is asked are."""
        if not isinstance(settings, SampleProblemsSpec):
            return self.problems(name)
        count = rated_count(self.study, settings)
        return self.unknown if count is None else count

    def traces(self, name: str) -> int | None:
        count = trace_count(self.study, name)
        return self.unknown if count is None else count


def _tokens(sizes: _Sizes, spec: JobSpec) -> Tokens | None:
    settings = spec.settings
    if isinstance(settings, SftSpec):
        return _sft(sizes, spec.name, settings)
    if isinstance(settings, DpoSpec):
        return _dpo(sizes, settings)
    if isinstance(settings, GrpoSpec):
        return _grpo(sizes, settings)
    if isinstance(settings, VerifySamplesSpec):
        return _verifying(sizes, settings)
    if isinstance(settings, MeasureLikelihoodsSpec):
        return _likelihoods(sizes, spec.name, settings)
    return _sampling(sizes, spec.name, settings)


def _sampling(sizes: _Sizes, job: str, settings: Drawn) -> Tokens | None:
    """A prompt is read once, however many samples are drawn from it."""
    tokens = Tokens()
    for name in asked(sizes.study, job, settings):
        problems = sizes.asked(name, settings)
        if problems is None:
            return None
        written = problems * settings.samples * sizes.completion(settings.max_tokens)
        tokens += Tokens(problems * sizes.prompt(name, settings.prompt), written)
    return tokens


def _verifying(sizes: _Sizes, settings: VerifySamplesSpec) -> Tokens | None:
    """Each solution is read with its problem."""
    name = sizes.study.problem_set_of(settings.benchmark, voted=True)
    problems = sizes.problems(name)
    if problems is None:
        return None
    drawn = sizes.study.of(f"samples/{settings.experiment}/{settings.benchmark}.votes", SampleBenchmarkSpec)
    length = sizes.prompt(name, asking(settings.question)) + sizes.completion(settings.max_tokens)
    return Tokens(prefill=problems * drawn.samples * length)


def _likelihoods(sizes: _Sizes, job: str, settings: MeasureLikelihoodsSpec) -> Tokens | None:
    """Each option is read with the text that it continues, by a service too that samples a token after it."""
    name = sizes.study.problem_set_of(job.rpartition("/")[2])
    problems = sizes.problems(name)
    if problems is None:
        return None
    texts = problems * OPTIONS
    return Tokens(texts * sizes.prompt(name, asking("")), texts if settings.service is not None else 0)


def asked(study: StudySpecs, job: str, settings: Drawn) -> list[str]:
    """The problem sets that a teacher or an experiment is asked."""
    if isinstance(settings, SampleTracesSpec):
        return settings.sets
    benchmark, voted, _ = job.rpartition("/")[2].partition(".votes")
    return [study.problem_set_of(benchmark, bool(voted))]


def _grpo(sizes: _Sizes, settings: GrpoSpec) -> Tokens | None:
    prompt = max(sizes.prompt(name, settings.prompt) for name in settings.sets)
    completion = sizes.completion(settings.max_tokens)
    steps = steps_planned(sizes.study, settings, sizes.unknown)
    if steps is None:
        return None
    groups = steps * settings.batch_size
    trained = groups * settings.group_size
    rounds = 1 + settings.max_resamples if settings.dynamic_sampling and not sizes.expected else 1
    tokens = Tokens(groups * prompt * rounds, trained * completion * rounds)
    tokens += Tokens(train=trained * (prompt + completion) * settings.updates_per_batch)
    # The reference reads all of it, unless it is another model, and so does the policy where the sampler's
    # log-probabilities are of no use; each samples a token that nobody asks for.
    passes = (_is_compared(settings) and not has_other_model(settings)) + (settings.temperature != 1.0)
    tokens += Tokens(passes * trained * (prompt + completion), passes * trained)
    if settings.held_out is not None:
        problems = sizes.problems(settings.held_out)
        if problems is None:
            return None
        answers = problems * (steps // settings.checkpoint_every)
        tokens += Tokens(answers * sizes.prompt(settings.held_out, settings.prompt), answers * completion)
    return tokens


def _is_compared(settings: GrpoSpec) -> bool:
    """Whether all that is trained on is read by a reference: a KL penalty's, or a teacher."""
    return bool(settings.kl_coef) or load_algorithm(settings.algorithm).distills


def has_other_model(settings: JobSettings) -> bool:
    """Whether a training's reference is another model, of another size and price, not another adapter of its own."""
    return (
        isinstance(settings, GrpoSpec)
        and settings.reference is not None
        and settings.reference.dense != settings.weights.dense
    )


def read_by_reference(
    study: StudySpecs, spec: JobSpec, expected_share: float, unknown: int | None = None
) -> Work | None:
    """What that model reads in a training; None where it is not known yet."""
    settings: GrpoSpec = spec.settings
    found = []
    for sizes in (_Sizes(study, expected_share, True, unknown), _Sizes(study, 1.0, False, unknown)):
        steps = steps_planned(study, settings, unknown)
        if steps is None:
            return None
        length = max(sizes.prompt(name, settings.prompt) for name in settings.sets)
        length += sizes.completion(settings.max_tokens)
        rows = steps * settings.batch_size * settings.group_size * _is_compared(settings)
        found.append(Tokens(rows * length, rows))
    return Work(*found)


def _sft(sizes: _Sizes, job: str, settings: SftSpec) -> Tokens | None:
    """Traces that are held out are read at each measurement too, at least once an epoch, at the price of training."""
    traces = _traces(sizes, job, settings)
    if traces is None or not traces[0]:
        return traces and Tokens()
    rows, tokens = traces
    epochs = Epochs.planned(settings, rows)
    read = epochs.count * epochs.rows_each / rows
    read += (epochs.measurements - epochs.count) * settings.held_out_share
    return Tokens(train=round(read * tokens))


def _traces(sizes: _Sizes, job: str, settings: SftSpec) -> tuple[int, float] | None:
    """How many traces an epoch has, and how many tokens all of them have; None where that is not known yet."""
    weights, most = trace_weights(settings.traces), longest_text(settings)
    if measured := measured_lengths(sizes.study, job.rpartition("/")[2]):
        length = measured["all"]["tokens"]["median" if sizes.expected else "max"]
        rows = round(sum(weights[name] * counts["rows"] for name, counts in measured["sets"].items()))
        return rows, rows * min(length, most)
    total = tokens = 0.0
    for name, weight in weights.items():
        count = sizes.traces(name)
        if count is None:
            return None
        length = min(_trace_length(sizes, name, settings), most) if sizes.expected else most
        total, tokens = total + weight * count, tokens + weight * count * length
    return round(total), tokens


def _dpo(sizes: _Sizes, settings: DpoSpec) -> Tokens | None:
    """Every solution in a pair: at most all that are judged. The starting policy reads what is trained on."""
    tokens = 0
    for traces in settings.traces:
        count = sizes.traces(traces)
        if count is None:
            return None
        most = longest_text(settings)
        tokens += count * (min(_trace_length(sizes, traces, settings), most) if sizes.expected else most)
    return Tokens(prefill=settings.epochs * tokens, train=settings.epochs * tokens)


def asking(question: str) -> PromptSpec:
    """What a verifier reads besides a problem and a solution."""
    return PromptSpec(system=None, few_shot=[], suffix=question)


def _trace_length(sizes: _Sizes, name: str, training: TraceTrainingSpec) -> int:
    """How long a trace of a set is expected to be, with its prompt; of a mix, by the weights of its parts."""
    settings = sizes.study.settings(f"traces/{name}")
    if isinstance(settings, MixTracesSpec):
        lengths = [(_trace_length(sizes, part, training), weight) for part, weight in settings.parts]
        return round(sum(length * weight for length, weight in lengths) / sum(weight for _, weight in lengths))
    if isinstance(settings, FilterTracesSpec | JudgeTracesSpec):
        drawn = sizes.study.of(f"traces/{name}.completions", SampleTracesSpec)
        shown = settings.prompt if isinstance(settings, FilterTracesSpec) else asking(settings.question)
        prompts = [sizes.prompt(problems, shown) for problems in drawn.sets]
        return max(prompts) + sizes.completion(drawn.max_tokens)
    longest = settings.traces["max_tokens"] if isinstance(settings, ReadTracesSpec) else None
    return sizes.completion(longest or longest_text(training))
