"""The study file as a typed whole, and the checks that no single key can make."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import Field, ValidationError

from gradus.study.adapters import adapter_mistakes
from gradus.study.asked import asked_mistakes
from gradus.study.backends import backend_mistakes
from gradus.study.chat import chat_mistakes
from gradus.study.checkpoints import checkpoint_mistakes
from gradus.study.circles import own_mistakes, writer_mistakes
from gradus.study.comparisons import named_pairs, pair_mistakes
from gradus.study.corpora import text_mistakes
from gradus.study.distillation import group_mistakes
from gradus.study.environments import environment_mistakes
from gradus.study.extended import token_mistakes
from gradus.study.file import KeyPath, StudyFile
from gradus.study.groups import sharing_mistakes
from gradus.study.inheritance import with_inherited
from gradus.study.learning_rates import rate_mistakes
from gradus.study.likelihoods import likelihood_mistakes
from gradus.study.local_files import path_mistakes
from gradus.study.losses import loss_mistakes
from gradus.study.mistakes import Mistake, describe, refusal
from gradus.study.nanogpt import nanogpt_mistakes
from gradus.study.nearest import Schema, there_are
from gradus.study.needed_tokens import needed_token_mistakes
from gradus.study.networks import choose_networks
from gradus.study.overlaps import overlap_mistakes
from gradus.study.problem_sets import ProblemSet, has_clusters
from gradus.study.prompt_injection import prompt_injection_mistakes
from gradus.study.reference_models import reference_model_mistakes
from gradus.study.references import reference_mistakes
from gradus.study.replicates import others, seed_mistakes
from gradus.study.rewards import reward_mistakes, step_reward_mistakes, vote_mistakes
from gradus.study.services import service_mistakes
from gradus.study.settings.base import Name, Seeds, Settings, in_a_row, shown
from gradus.study.settings.contamination import Contamination
from gradus.study.settings.corpora import TextCorpus
from gradus.study.settings.evaluation import Comparisons, Grading, Sampling, SecondOpinion, Votes
from gradus.study.settings.experiments import AnyExperiment
from gradus.study.settings.grpo import Rollouts
from gradus.study.settings.hub import Hub
from gradus.study.settings.models import AnyModel
from gradus.study.settings.own_modules import use_folders
from gradus.study.settings.problems import Benchmark
from gradus.study.settings.profiling import Profiling
from gradus.study.settings.prompts import EXCHANGES, Exchange, Prompt
from gradus.study.settings.tinker import Tinker
from gradus.study.settings.training import trace_weights
from gradus.study.sft import sft_mistakes
from gradus.study.shapes import shape_mistakes
from gradus.study.sizes import size_mistakes
from gradus.study.steps import problems_of, step_mistakes
from gradus.study.subsets import subset_mistakes
from gradus.study.trace_checks import trace_mistakes
from gradus.study.trace_sets import TraceSet
from gradus.study.truncation import truncation_mistakes
from gradus.study.verifiers import row_mistakes, verifier_mistakes

MOST_GENERATIONS = 100
"""Experiments in a row that start `from` one another: beyond, Snakemake takes minutes to plan."""


class Study(Settings):
    """One ablation: what is trained from what, on what, and what it is measured on."""

    study: Name = Field(description="Name of the study; its files stand in results/<study>/.")
    title: str = Field("", description="Title of the report; empty: the name.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of everything drawn in the study.")
    seeds: Seeds = Field(
        1,
        description="Training seeds of every experiment that trains and says nothing itself: how many, or which, as a "
        "list of whole numbers; see [Training seeds](#training-seeds).",
    )
    common_seed: bool = Field(
        False,
        description="All experiments have the same training and sampling seeds, so that two that differ in one setting "
        "differ by nothing else that is drawn; see [Names and seeds](#names-and-seeds).",
    )
    models: dict[Name, AnyModel] = Field(min_length=1, description="Models to start from, and teachers.")
    problems: dict[Name, ProblemSet] = Field(min_length=1, description="Problem sets.")
    contamination: Contamination = Field(
        default_factory=Contamination, description="The gate between what is trained on and what is measured on."
    )
    prompt: Prompt = Field(default_factory=Prompt, description="What is around a problem.")
    exchanges: dict[Name, Exchange] = Field({}, description="Worked exchanges for the prompts' few_shot.")
    grading: Grading = Field(default_factory=Grading, description="How answers are found in completions.")
    traces: dict[Name, TraceSet] = Field({}, description="Trace sets for SFT.")
    corpora: dict[Name, TextCorpus] = Field({}, description="Texts to [pretrain on](#texts-to-pretrain-on).")
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
    groups: dict[Name, Annotated[list[Name], Field(min_length=1)]] = Field(
        {}, description="Models and experiments that are [pushed and pulled](#sharing-models) together, by any names."
    )
    hub: Hub = Field(default_factory=Hub, description="Where [models are shared](#sharing-models).")


def validate(file: StudyFile, overrides: Mapping[str, Any] | None = None) -> Study:
    """Check a study file, with `--config key=value` overrides laid over it.

    Raises GradusError with one line per mistake, each naming the place, the key and the remedy.
    """
    file = file.overridden(overrides or {})
    values = with_inherited(file)
    use_folders(file.folders)
    try:
        study = Study.model_validate(values)
    except ValidationError as error:
        raise refusal(file, values, describe(values, error.errors(), _json_schema())) from None
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

    mistakes += subset_mistakes(study, expect)
    mistakes += token_mistakes(study.models, expect)
    mistakes += (missing := list(path_mistakes(study.study, study.problems, study.models)))
    if not missing:
        mistakes += chat_mistakes(study.models)
    mistakes += trace_mistakes(study.study, study.traces, study.problems, study.models, study.experiments, expect)
    for keys, prompt in _prompts(study):
        for index, name in enumerate(prompt.few_shot):
            expect((*keys, "few_shot", index), name, EXCHANGES | study.exchanges, "exchange")
    for name, benchmark in study.benchmarks.items():
        there = expect(("benchmarks", name, "problems"), benchmark.problems, study.problems, "problem set")
        for key in ("cluster", "parts"):
            named = getattr(benchmark, key) == "cluster"
            if named and there and not has_clusters(study.problems, benchmark.problems):
                what = f"{benchmark.problems!r} names no such column; set its `columns.cluster`, or take another key"
                mistakes.append((("benchmarks", name, key), what))
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
    mistakes += [*asked_mistakes(study, expect), *likelihood_mistakes(study)]
    mistakes += vote_mistakes(study.votes.rewards, ("votes", "rewards"))
    expect(("comparisons", "baseline"), study.comparisons.baseline, study.experiments, "experiment")
    for keys, pair in named_pairs(study.comparisons):
        for name in pair:
            expect(keys, name, study.experiments, "experiment")
    mistakes += pair_mistakes(study.comparisons)
    mistakes += sharing_mistakes(study, expect)
    if study.votes.verifier is not None:
        expect(("votes", "verifier"), study.votes.verifier, study.experiments, "experiment")
    mistakes += step_reward_mistakes(study)
    mistakes += [*nanogpt_mistakes(study, expect), *text_mistakes(study, expect)]
    mistakes += [*row_mistakes(study), *verifier_mistakes(study)]
    if not mistakes:  # they follow names, which have to be there
        mistakes += [*service_mistakes(study), *shape_mistakes(study), *size_mistakes(study)]
        mistakes += [*rate_mistakes(study), *environment_mistakes(study), *reference_model_mistakes(study)]
        mistakes += [*truncation_mistakes(study), *prompt_injection_mistakes(study), *needed_token_mistakes(study)]
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
                for named in trace_weights([traces]):
                    expect((*here, "traces", index), named, study.traces, "trace set")
            mistakes += [((*here, *keys), what) for keys, what in sft_mistakes(experiment)]
        elif experiment.stage == "dpo":
            for index, traces in enumerate(experiment.traces):
                keys = (*here, "traces", index)
                if expect(keys, traces, study.traces, "trace set") and study.traces[traces].kind != "judged":
                    what = f"{traces!r} has no wrong solutions beside its right ones"
                    mistakes.append((keys, f"{what}; name a trace set of kind: judged"))
        elif experiment.stage == "grpo":
            for keys, problems in problems_of(experiment):
                expect((*here, *keys), problems, study.problems, "problem set")
            if experiment.held_out is not None:
                expect((*here, "held_out"), experiment.held_out, study.problems, "problem set")
            for key, other in others(experiment):
                if key != "parent":
                    expect((*here, key), other, {**study.models, **study.experiments}, "model or experiment")
            mistakes += [((*here, *keys), what) for keys, what in group_mistakes(experiment)]
            mistakes += reward_mistakes(experiment, (*here, "rewards"))
            mistakes += loss_mistakes(experiment, here)
        mistakes += [((*here, *keys), what) for keys, what in step_mistakes(study, experiment)]
        mistakes += backend_mistakes(experiment, study.rollouts, here)
        mistakes += [((*here, "checkpoint"), what) for what in checkpoint_mistakes(study, experiment)]
    if mistake := _ancestry_mistake(study):
        mistakes.append(mistake)
    elif not mistakes:
        mistakes += [*adapter_mistakes(study), *seed_mistakes(study), *writer_mistakes(study)]
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
