"""The study file as a typed whole, and the checks that no single key can make."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import Field, ValidationError

from gradus.study.backends import backend_mistakes
from gradus.study.chat import chat_mistakes
from gradus.study.checkpoints import checkpoint_mistakes
from gradus.study.file import KeyPath, StudyFile
from gradus.study.inheritance import with_inherited
from gradus.study.local_files import path_mistakes
from gradus.study.losses import loss_mistakes
from gradus.study.mistakes import Mistake, describe, refusal
from gradus.study.nearest import Schema, there_are
from gradus.study.networks import choose_networks
from gradus.study.overlaps import overlap_mistakes
from gradus.study.own_results import own_mistakes
from gradus.study.problem_sets import ProblemSet
from gradus.study.references import reference_mistakes
from gradus.study.rewards import reward_mistakes, vote_mistakes
from gradus.study.services import service_mistakes
from gradus.study.settings.base import Name, Settings, in_a_row, shown
from gradus.study.settings.contamination import Contamination
from gradus.study.settings.evaluation import Comparisons, Grading, Sampling, SecondOpinion, Votes
from gradus.study.settings.models import AnyModel
from gradus.study.settings.problems import Benchmark, SubsetProblems
from gradus.study.settings.profiling import Profiling
from gradus.study.settings.prompts import EXCHANGES, Exchange, Prompt
from gradus.study.settings.tinker import Tinker
from gradus.study.settings.training import AnyExperiment, Lora, Rollouts
from gradus.study.shapes import shape_mistakes
from gradus.study.sizes import size_mistakes
from gradus.study.trace_checks import trace_mistakes
from gradus.study.trace_sets import TraceSet

MOST_GENERATIONS = 100
"""Experiments in a row that start `from` one another: beyond, Snakemake takes minutes to plan."""


class Study(Settings):
    """One ablation: what is trained from what, on what, and what it is measured on."""

    study: Name = Field(description="Name of the study; its files stand in results/<study>/.")
    title: str = Field("", description="Title of the report; empty: the name.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of everything drawn in the study.")
    models: dict[Name, AnyModel] = Field(min_length=1, description="Models to start from, and teachers.")
    problems: dict[Name, ProblemSet] = Field(min_length=1, description="Problem sets.")
    contamination: Contamination = Field(
        default_factory=Contamination, description="The gate between what is trained on and what is measured on."
    )
    prompt: Prompt = Field(default_factory=Prompt, description="What is around a problem.")
    exchanges: dict[Name, Exchange] = Field({}, description="Worked exchanges for the prompts' few_shot.")
    grading: Grading = Field(default_factory=Grading, description="How answers are found in completions.")
    traces: dict[Name, TraceSet] = Field({}, description="Trace sets for SFT.")
    experiments: dict[Name, AnyExperiment] = Field(min_length=1, description="Rows of the ablation table, in order.")
    benchmarks: dict[Name, Benchmark] = Field(min_length=1, description="Columns of the ablation table, in order.")
    reference_source: str = Field("", description="Who published the experiments' reference values, and where.")
    rollouts: Rollouts = Field(default_factory=Rollouts, description="What writes the rollouts of GRPO.")
    sampling: Sampling = Field(default_factory=Sampling, description="The samples behind the table.")
    votes: Votes = Field(default_factory=Votes, description="Majority voting and pass@k.")
    second_opinion: SecondOpinion = Field(default_factory=SecondOpinion, description="Other graders' verdicts.")
    comparisons: Comparisons = Field(default_factory=Comparisons, description="Paired comparisons.")
    profiling: Profiling = Field(default_factory=Profiling, description="What is [measured](#profile-and-tune).")
    tinker: Tinker = Field(default_factory=Tinker, description="The service of [Tinker](#tinker).")


def validate(file: StudyFile, overrides: Mapping[str, Any] | None = None) -> Study:
    """Check a study file, with `--config key=value` overrides laid over it.

    Raises GradusError with one line per mistake, each naming the place, the key and the remedy.
    """
    file = file.overridden(overrides or {})
    values = with_inherited(file)
    try:
        study = Study.model_validate(values)
    except ValidationError as error:
        raise refusal(file, values, [describe(values, mistake, _json_schema()) for mistake in error.errors()]) from None
    choose_networks(study)
    mistakes = _cross_checks(study)
    if mistakes:
        raise refusal(file, values, mistakes)
    return study


@cache
def _json_schema() -> Schema:
    return Study.model_json_schema()


def _cross_checks(study: Study) -> list[Mistake]:
    """References between keys: every name exists, nothing is its own ancestor, no name means two things."""
    mistakes: list[Mistake] = []

    def expect(keys: KeyPath, name: str, there: Mapping[str, Any], kind: str) -> bool:
        if name not in there:
            mistakes.append((keys, f"there is no {kind} {shown(name)}; {there_are(there, name)}"))
        return name in there

    for name, problems in study.problems.items():
        if isinstance(problems, SubsetProblems) and expect(
            ("problems", name, "of"), problems.of, study.problems, "problem set"
        ):
            of = study.problems[problems.of]
            levels = getattr(of, "levels", None)
            if isinstance(of, SubsetProblems):
                mistakes.append((("problems", name, "of"), f"{problems.of!r} is a subset itself; name its own source"))
            elif levels and not set(problems.levels or levels) <= set(levels):
                mistakes.append((("problems", name, "levels"), f"{problems.of!r} has no problems of these levels"))
    mistakes += (missing := list(path_mistakes(study.study, study.problems, study.models)))
    if not missing:
        mistakes += chat_mistakes(study.models)
    mistakes += trace_mistakes(study.study, study.traces, study.problems, study.models, expect)
    for keys, prompt in _prompts(study):
        for index, name in enumerate(prompt.few_shot):
            expect((*keys, "few_shot", index), name, EXCHANGES | study.exchanges, "exchange")
    for name, benchmark in study.benchmarks.items():
        expect(("benchmarks", name, "problems"), benchmark.problems, study.problems, "problem set")
        if benchmark.samples > 1 and not (benchmark.temperature or study.sampling.temperature):
            what = "several greedy samples are all the same; set this benchmark's temperature too, such as 0.7"
            mistakes.append((("benchmarks", name, "samples"), what))
    mistakes += _experiment_checks(study, expect)
    mistakes += reference_mistakes(study, expect)
    for index, name in enumerate(study.votes.experiments):
        expect(("votes", "experiments", index), name, study.experiments, "experiment")
    for index, name in enumerate(study.votes.benchmarks or []):
        expect(("votes", "benchmarks", index), name, study.benchmarks, "benchmark")
    for index, k in enumerate(study.votes.k):
        if k > study.votes.samples:
            mistakes.append(
                (("votes", "k", index), f"k = {k} needs at least as many samples, not {study.votes.samples}")
            )
    mistakes += vote_mistakes(study.votes.rewards, ("votes", "rewards"))
    expect(("comparisons", "baseline"), study.comparisons.baseline, study.experiments, "experiment")
    for index, pair in enumerate(study.comparisons.pairs):
        for name in pair:
            expect(("comparisons", "pairs", index), name, study.experiments, "experiment")
    if not mistakes:  # they follow names, which have to be there
        mistakes += [*service_mistakes(study), *shape_mistakes(study), *size_mistakes(study)]
        mistakes += list(own_mistakes(study)) or list(overlap_mistakes(study))
    return mistakes


def _prompts(study: Study) -> Iterator[tuple[KeyPath, Prompt]]:
    """Every prompt of the study, with its place."""
    yield ("prompt",), study.prompt
    for group, named, key in (
        ("benchmarks", study.benchmarks, "prompt"),
        ("experiments", study.experiments, "prompt"),
        ("traces", study.traces, "teacher_prompt"),
    ):
        for name, settings in named.items():
            prompt = getattr(settings, key, None)
            if prompt is not None:
                yield (group, name, key), prompt


def _experiment_checks(study: Study, expect: Any) -> list[Mistake]:
    mistakes: list[Mistake] = []
    for name, experiment in study.experiments.items():
        here: KeyPath = ("experiments", name)
        if name == "all":
            mistakes.append((here, "`all` is the whole study, as in `snakemake all`; take another name"))
        if name in study.models:
            mistakes.append((here, "a model has this name too, and both would write models/" + name + "; rename one"))
        expect((*here, "from"), experiment.parent, {**study.models, **study.experiments}, "model or experiment")
        if experiment.stage == "sft":
            for index, traces in enumerate(experiment.traces):
                expect((*here, "traces", index), traces, study.traces, "trace set")
        elif experiment.stage == "grpo":
            expect((*here, "problems"), experiment.problems, study.problems, "problem set")
            if experiment.held_out is not None:
                expect((*here, "held_out"), experiment.held_out, study.problems, "problem set")
            mistakes += reward_mistakes(experiment, (*here, "rewards"))
            mistakes += loss_mistakes(experiment, here)
        mistakes += backend_mistakes(experiment, study.rollouts, here)
        mistakes += [((*here, "checkpoint"), what) for what in checkpoint_mistakes(study, experiment)]
    if mistake := _ancestry_mistake(study):
        mistakes.append(mistake)
    elif not mistakes:
        mistakes += _adapter_checks(study)
    return mistakes


def _ancestry_mistake(study: Study) -> Mistake | None:
    """An experiment that is its own ancestor, or has too many."""
    ancestors = dict.fromkeys(study.models, 0)
    for start in study.experiments:
        line: dict[str, None] = {}
        name = start
        while name in study.experiments and name not in ancestors:
            if name in line:
                circle = [*line, name]
                circle = circle[circle.index(name) :]
                return ("experiments", name, "from"), f"{in_a_row(circle)} is a circle; break it"
            line[name] = None
            name = study.experiments[name].parent
        for heir in reversed(line):
            ancestors[heir] = ancestors.get(study.experiments[heir].parent, 0) + 1
            if ancestors[heir] > MOST_GENERATIONS:
                what = f"more than {MOST_GENERATIONS} experiments start from one another up to here"
                return ("experiments", heir, "from"), f"{what}; start from an earlier one"
    return None


def _adapter_checks(study: Study) -> list[Mistake]:
    """An adapter that continues another one trains the same matrices, so it has to have the same shape."""
    mistakes: list[Mistake] = []
    for name, experiment in study.experiments.items():
        ancestor = study.experiments.get(experiment.parent)
        while ancestor is not None and ancestor.stage == "none":
            ancestor = study.experiments.get(ancestor.parent)
        adapters = experiment.stage != "none" and experiment.method != "full" and ancestor is not None
        if adapters and ancestor.method != "full" and _shape(ancestor.lora) != _shape(experiment.lora):
            what = f"continues the adapter of {experiment.parent!r} and needs its rank, alpha and targets"
            mistakes.append((("experiments", name, "lora"), f"{what}; or set method: full"))
    return mistakes


def _shape(lora: Lora) -> tuple[object, ...]:
    return lora.rank, lora.alpha, lora.names
