"""How many tokens the jobs of a study read, sample and train on, told before any is paid for.

Of every length two are taken: what is expected, and the most that the settings allow. All rollouts count as trained on,
though groups whose rewards are all alike are left out.
"""

from dataclasses import dataclass
from typing import Any

from gradus.estimates.counts import problem_count, trace_count
from gradus.estimates.study_specs import JobSpec, StudySpecs
from gradus.estimates.work import PROMPT_TOKENS, prompt_tokens
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.specs.prompts import PromptSpec
from gradus.specs.sampling import Drawn, SampleTracesSpec
from gradus.specs.traces import FilterTracesSpec, MixTracesSpec, ReadTracesSpec
from gradus.specs.training import GrpoSpec, SftSpec

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

    def traces(self, name: str) -> int | None:
        count = trace_count(self.study, name)
        return self.unknown if count is None else count


def _tokens(sizes: _Sizes, spec: JobSpec) -> Tokens | None:
    settings = spec.settings
    if isinstance(settings, SftSpec):
        return _sft(sizes, spec.name, settings)
    if isinstance(settings, GrpoSpec):
        return _grpo(sizes, settings)
    return _sampling(sizes, spec.name, settings)


def _sampling(sizes: _Sizes, job: str, settings: Drawn) -> Tokens | None:
    """A prompt is read once, however many samples are drawn from it."""
    tokens = Tokens()
    for name in asked(sizes.study, job, settings):
        problems = sizes.problems(name)
        if problems is None:
            return None
        written = problems * settings.samples * sizes.completion(settings.max_tokens)
        tokens += Tokens(problems * sizes.prompt(name, settings.prompt), written)
    return tokens


def asked(study: StudySpecs, job: str, settings: Drawn) -> list[str]:
    """The problem sets that a teacher or an experiment is asked."""
    if isinstance(settings, SampleTracesSpec):
        return settings.sets
    benchmark, voted, _ = job.rpartition("/")[2].partition(".votes")
    return [study.problem_set_of(benchmark, bool(voted))]


def _grpo(sizes: _Sizes, settings: GrpoSpec) -> Tokens | None:
    prompt = sizes.prompt(settings.problems, settings.prompt)
    completion = sizes.completion(settings.max_tokens)
    groups = settings.steps * settings.batch_size
    trained = groups * settings.group_size
    rounds = 1 + settings.max_resamples if settings.dynamic_sampling and not sizes.expected else 1
    tokens = Tokens(groups * prompt * rounds, trained * completion * rounds)
    tokens += Tokens(train=trained * (prompt + completion) * settings.updates_per_batch)
    # The reference reads all of it, and so does the policy where the sampler's log-probabilities are of no use; each
    # samples a token that nobody asks for.
    passes = bool(settings.kl_coef) + (settings.temperature != 1.0)
    tokens += Tokens(passes * trained * (prompt + completion), passes * trained)
    if settings.held_out is not None:
        problems = sizes.problems(settings.held_out)
        if problems is None:
            return None
        answers = problems * (settings.steps // settings.checkpoint_every)
        tokens += Tokens(answers * sizes.prompt(settings.held_out, settings.prompt), answers * completion)
    return tokens


def _sft(sizes: _Sizes, job: str, settings: SftSpec) -> Tokens | None:
    """Traces that are held out are read once an epoch too, at the price of training."""
    if measured := _measured(sizes.study, job.rpartition("/")[2]):
        length = measured["tokens"]["median" if sizes.expected else "max"]
        return Tokens(train=round(settings.epochs * measured["rows"] * min(length, settings.max_length)))
    tokens = 0
    for traces in settings.traces:
        count = sizes.traces(traces)
        if count is None:
            return None
        length = settings.max_length
        if sizes.expected:
            length = min(_trace_length(sizes, traces, settings), length)
        tokens += count * length
    return Tokens(train=settings.epochs * tokens)


def _measured(study: StudySpecs, experiment: str) -> dict[str, Any] | None:
    """Rows and tokens of an experiment's traces; None where they are not measured, or the file is torn."""
    if not study.is_made(f"lengths/{experiment}"):
        return None
    try:
        return read_json(study.results / "lengths" / f"{experiment}.json")["all"]
    except (GradusError, FileNotFoundError):
        return None


def _trace_length(sizes: _Sizes, name: str, training: SftSpec) -> int:
    """How long a trace of a set is expected to be, with its prompt; of a mix, by the weights of its parts."""
    settings = sizes.study.settings(f"traces/{name}")
    if isinstance(settings, MixTracesSpec):
        lengths = [(_trace_length(sizes, part, training), weight) for part, weight in settings.parts]
        return round(sum(length * weight for length, weight in lengths) / sum(weight for _, weight in lengths))
    if isinstance(settings, FilterTracesSpec):
        drawn = sizes.study.of(f"traces/{name}.completions", SampleTracesSpec)
        prompts = [sizes.prompt(problems, settings.prompt) for problems in drawn.sets]
        return max(prompts) + sizes.completion(drawn.max_tokens)
    longest = settings.traces["max_tokens"] if isinstance(settings, ReadTracesSpec) else None
    return sizes.completion(longest or training.max_length)
