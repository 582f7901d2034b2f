"""The contamination gate: which sets are trained on, corpora of a pretraining too, and the jobs that search and
judge them.

Every such set gets a verdict, which training and sampling obey. It is no input that their results are made of, so it
comes before them in time alone, as rules/gate.smk says: a new benchmark, which every training set has to be searched
for, retrains nothing. Where overlaps are dropped, training reads the sets without them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gradus.graph.context import Context
from gradus.graph.job import Job, TrainingSet
from gradus.graph.raw_texts import raw_text, text_source
from gradus.specs import contamination as specs
from gradus.specs.corpora import SearchTextSpec
from gradus.study.corpora import text_of
from gradus.study.replicates import others
from gradus.study.settings.dpo import Dpo
from gradus.study.settings.models import PretrainedModel, TextModel
from gradus.study.settings.problems import SubsetProblems
from gradus.study.settings.traces import SampledTraces
from gradus.study.settings.training import Sft, trace_weights
from gradus.study.trace_checks import problem_sets

SUFFIXES = {"problems": "parquet", "traces": "jsonl", "corpora": "jsonl", "texts": "json"}


def training_sets(context: Context) -> list[TrainingSet]:
    """All that anything in the study is trained on, problems of distilled traces included."""
    problems: list[TrainingSet] = [("problems", name) for name in context.lineage.training_problems()]
    traces: list[TrainingSet] = [("traces", name) for name in context.study.traces]
    corpora = dict.fromkeys(one for name in context.study.models for one in read_by(context, name))
    return [*problems, *traces, *corpora]


def read_by(context: Context, model: str) -> list[TrainingSet]:
    """What a model is pretrained on in this study."""
    settings = context.study.models[model]
    if isinstance(settings, TextModel):
        return [("texts", text_of(context.study, settings.text))]
    return [("corpora", model)] if isinstance(settings, PretrainedModel) else []


def trained_on(context: Context, run: str) -> list[TrainingSet]:
    """What a training run trains on itself, or chooses its checkpoints by."""
    settings = context.unrolled.experiments[run]
    if isinstance(settings, Sft | Dpo):
        return [("traces", name) for name in trace_weights(settings.traces)]
    if settings.stage != "grpo":
        return []
    return [("problems", name) for name in (*settings.sets, settings.held_out) if name is not None]


def seen_by(context: Context, run: str) -> list[TrainingSet]:
    """What the weights of a run, or of a model, were trained on in this study."""
    seen: list[TrainingSet] = []
    todo = [run]
    while todo:
        before = todo.pop()
        if before in context.study.models:
            seen += read_by(context, before)
        elif before in context.unrolled.experiments:
            experiment = context.unrolled.experiments[before]
            seen += trained_on(context, before)
            todo += [context.lineage.before(before) or experiment.parent]
            todo += [other for key, other in others(experiment) if key != "parent"]
    return sorted(set(seen))


def asked(context: Context, trace_set: str) -> list[TrainingSet]:
    """What a trace set's teacher is asked, and what it was trained on itself."""
    traces = context.study.traces[trace_set]
    return _asked_of(context, traces.teacher, problem_sets(traces)) if isinstance(traces, SampledTraces) else []


def rated(context: Context, problem_set: str) -> list[TrainingSet]:
    """The same for a problem set that is chosen by a model's answers."""
    problems = context.study.problems[problem_set]
    if not isinstance(problems, SubsetProblems) or problems.keep is None:
        return []
    return _asked_of(context, problems.keep.by, [problems.of])


def _asked_of(context: Context, writer: str, sets: list[str]) -> list[TrainingSet]:
    seen = seen_by(context, context.first_run(writer))
    return list(dict.fromkeys([*(("problems", name) for name in sets), *seen]))


def drops(context: Context) -> bool:
    """Whether training reads its sets without the rows that are in a benchmark."""
    return "drop" in (context.study.contamination.policy, context.study.contamination.near)


def whole_file(context: Context, kind: str, name: str) -> str:
    """A training set with all that the gate finds in it."""
    return f"{context.root}/{kind}/{name}.{SUFFIXES[kind]}"


def training_file(context: Context, kind: str, name: str) -> str:
    """The file of a training set that training reads; of a text, where overlaps are dropped, that of what to leave
    out."""
    return f"{context.root}/{kind}/{name}{'.clean' if drops(context) else ''}.{SUFFIXES[kind]}"


def gate_jobs(context: Context) -> Iterator[Job]:
    chosen, root = context.study.contamination, context.root
    policies = {"policy": chosen.policy, "near": chosen.near}
    likeness = {
        "shares": {"8": chosen.share_of_8_grams, "13": chosen.share_of_13_grams},
        "near": chosen.near != "ignore",
    }
    measured = list(dict.fromkeys(benchmark.problems for benchmark in context.study.benchmarks.values()))
    benchmarks = [context.problems(name) for name in measured]
    trained = {one for name in context.unrolled.experiments for one in trained_on(context, name)}
    trained |= {one for name in context.study.models for one in read_by(context, name)}
    waited_for = trained | {one for name in context.study.traces for one in asked(context, name)}
    waited_for |= {one for name in context.study.problems for one in rated(context, name)}
    sets = training_sets(context)
    for kind, name in sets:
        here = f"contamination/{kind}/{name}"
        if kind == "texts":
            yield _text_search(context, name, here, measured, likeness)
            continue
        found = specs.FindOverlapsSpec(kind=kind, set=name, benchmarks=measured, **likeness)
        reads = {"training": [whole_file(context, kind, name)], "benchmarks": benchmarks}
        yield Job("find_overlaps", here, f"{root}/{here}.json", found, reads=reads)
    for kind, name in sets:
        here = f"contamination/{kind}/{name}"
        if (kind, name) in waited_for:  # a mix is judged as a whole
            judged = specs.JudgeTrainingSetSpec(**policies)
            yield Job("judge_training_set", f"{here}.gate", f"{root}/{here}.gate.json", judged)
        # A teacher may be asked anything: what it answers is cleaned after.
        if drops(context) and (kind, name) in trained:
            cleaned = training_file(context, kind, name)
            reads = {"training": [] if kind == "texts" else [whole_file(context, kind, name)]}
            dropped = specs.DropOverlapsSpec(**policies)
            yield Job("drop_overlaps", f"{here}.clean.{SUFFIXES[kind]}", cleaned, dropped, reads=reads)
    compared = specs.CompareBenchmarksSpec(benchmarks=measured, **likeness)
    reads = {"benchmarks": benchmarks}
    yield Job(
        "compare_benchmarks", "contamination/benchmarks", f"{root}/contamination/benchmarks.json", compared, reads=reads
    )
    listed = specs.ListOverlapsSpec(**policies, shares=likeness["shares"])
    reads = {"training": [f"{root}/contamination/{kind}/{name}.json" for kind, name in sets]}
    yield Job("list_overlaps", "contamination", f"{root}/contamination.json", listed, reads=reads)


def _text_search(context: Context, name: str, here: str, measured: list[str], likeness: Mapping[str, Any]) -> Job:
    """Of a text, which is read from where it is."""
    settings = SearchTextSpec(set=name, text=text_source(context, name), benchmarks=measured, **likeness)
    reads = {"training": raw_text(context, name), "benchmarks": [context.problems(one) for one in measured]}
    return Job("search_text", here, f"{context.root}/{here}.json", settings, reads=reads)
