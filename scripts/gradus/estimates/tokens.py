"""How many tokens the jobs of a study read, sample and train on at Tinker, told before any is paid for.

Of every length two are taken: what is expected, and the most that the settings allow. All rollouts count as trained on,
though groups whose rewards are all alike are left out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradus.estimates.counts import is_current, problem_count, trace_count
from gradus.estimates.work import POCKET_PROMPT_TOKENS, prompt_tokens
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json

USUAL_PROMPT_TOKENS = 192
"""An assumption: a problem of MATH or GSM8K as it is asked, without exchanges. 100 to 300 are usual."""

CHARACTERS_PER_TOKEN = 3
"""An assumption, on the safe side: English with formulas has 3 to 4 in the tokenizers of large models."""

Spec = dict[str, Any]


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


def runs_there(spec: Spec) -> bool:
    return "tinker" in spec["settings"]


def work_of(specs: dict[str, Spec], results: Path, spec: Spec, expected_share: float) -> Work | None:
    """The tokens of a job; None where the number of its traces or problems is not known yet.

    `expected_share`: how long completions are expected to be, as a share of max_tokens.
    """
    count = {"sft": _sft, "grpo": _grpo}.get(spec["stage"], _sampling)
    expected = count(_Sizes(specs, results, spec, expected_share, expected=True))
    most = count(_Sizes(specs, results, spec, 1.0, expected=False))
    return None if expected is None or most is None else Work(expected, most)


@dataclass(frozen=True)
class _Sizes:
    """The lengths of one estimate of one job."""

    specs: dict[str, Spec]
    results: Path
    spec: Spec
    share: float
    expected: bool

    @property
    def settings(self) -> dict[str, Any]:
        return self.spec["settings"]

    def prompt(self, problems: str, shown: dict[str, Any]) -> int:
        """Of a problem of this set, with what stands around it."""
        tokens = prompt_tokens(self.specs, {"settings": {"problems": problems}})
        if self.expected and tokens != POCKET_PROMPT_TOKENS:
            tokens = USUAL_PROMPT_TOKENS
        exchanges = [text for exchange in shown["few_shot"] for text in exchange.values()]
        suffixes = shown["suffix"] * (1 + len(shown["few_shot"]))
        return tokens + len("".join([shown["system"] or "", suffixes, *exchanges])) // CHARACTERS_PER_TOKEN

    def completion(self, max_tokens: int) -> int:
        return round(max_tokens * self.share)

    def problems(self, name: str) -> int | None:
        return problem_count(self.specs, self.results, name)


def _sampling(sizes: _Sizes) -> Tokens | None:
    """A prompt is read once, however many samples are drawn from it."""
    settings = sizes.settings
    tokens = Tokens()
    for name in _asked(sizes.specs, sizes.spec):
        problems = sizes.problems(name)
        if problems is None:
            return None
        written = problems * settings["samples"] * sizes.completion(settings["max_tokens"])
        tokens += Tokens(problems * sizes.prompt(name, settings["prompt"]), written)
    return tokens


def _asked(specs: dict[str, Spec], spec: Spec) -> list[str]:
    """The problem sets that a teacher or an experiment is asked."""
    if spec["stage"] == "completions":
        return spec["settings"]["sets"]
    benchmark = spec["name"].rpartition("/")[2].removesuffix(".votes")
    return [specs["report.json"]["settings"]["problem_sets"][benchmark]]


def _grpo(sizes: _Sizes) -> Tokens | None:
    settings = sizes.settings
    prompt = sizes.prompt(settings["problems"], settings["prompt"])
    completion = sizes.completion(settings["max_tokens"])
    groups = settings["steps"] * settings["batch_size"]
    trained = groups * settings["group_size"]
    rounds = 1 + settings["max_resamples"] if settings["dynamic_sampling"] and not sizes.expected else 1
    tokens = Tokens(groups * prompt * rounds, trained * completion * rounds)
    tokens += Tokens(train=trained * (prompt + completion) * settings["updates_per_batch"])
    # The reference reads all of it, and so does the policy where the sampler's log-probabilities are of no use; each
    # samples a token that nobody asks for.
    passes = bool(settings["kl_coef"]) + (settings["temperature"] != 1.0)
    tokens += Tokens(passes * trained * (prompt + completion), passes * trained)
    if settings.get("held_out"):
        problems = sizes.problems(settings["held_out"])
        if problems is None:
            return None
        answers = problems * (settings["steps"] // settings["checkpoint_every"])
        tokens += Tokens(answers * sizes.prompt(settings["held_out"], settings["prompt"]), answers * completion)
    return tokens


def _sft(sizes: _Sizes) -> Tokens | None:
    """Traces that are held out are read once an epoch too, at the price of training."""
    settings, name = sizes.settings, sizes.spec["name"].rpartition("/")[2]
    if measured := _measured(sizes, name):
        length = measured["tokens"]["median" if sizes.expected else "max"]
        return Tokens(train=round(settings["epochs"] * measured["rows"] * min(length, settings["max_length"])))
    rows = 0
    for traces in settings["traces"]:
        count = trace_count(sizes.specs, sizes.results, traces)
        if count is None:
            return None
        length = min(_trace_length(sizes, traces), settings["max_length"]) if sizes.expected else settings["max_length"]
        rows += count * length
    return Tokens(train=settings["epochs"] * rows)


def _measured(sizes: _Sizes, name: str) -> dict[str, Any] | None:
    """Rows and tokens of an experiment's traces; None where they are not measured, or the file is torn."""
    if not is_current(sizes.specs, sizes.results, f"lengths/{name}"):
        return None
    try:
        return read_json(sizes.results / "lengths" / f"{name}.json")["all"]
    except (GradusError, FileNotFoundError):
        return None


def _trace_length(sizes: _Sizes, name: str) -> int:
    """How long a trace of a set is expected to be, with its prompt; of a mix, by the weights of its parts."""
    spec = sizes.specs[f"traces/{name}.json"]
    if spec["stage"] == "mix":
        parts = spec["settings"]["parts"]
        return round(sum(_trace_length(sizes, part) * w for part, w in parts) / sum(w for _, w in parts))
    if spec["stage"] == "filter":
        drawn = sizes.specs[f"traces/{name}.completions.json"]["settings"]
        prompts = [sizes.prompt(problems, spec["settings"]["prompt"]) for problems in drawn["sets"]]
        return max(prompts) + sizes.completion(drawn["max_tokens"])
    return sizes.completion(spec["settings"].get("max_tokens") or sizes.settings["max_length"])
