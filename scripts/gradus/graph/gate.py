"""The contamination gate: which sets are trained on, and the jobs that search and judge them.

Every such set gets a verdict, which training and sampling obey. It is no input that their results are made of, so it
comes before them in time alone, as rules/gate.smk says: a new benchmark, which every training set has to be searched
for, retrains nothing. Where overlaps are dropped, training reads the sets without them.
"""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.job import Job, TrainingSet
from gradus.specs import contamination as specs
from gradus.study.trace_checks import problem_sets

SUFFIXES = {"problems": "parquet", "traces": "jsonl"}


def training_sets(context: Context) -> list[TrainingSet]:
    """All that anything in the study is trained on, problems of distilled traces included."""
    problems: list[TrainingSet] = [("problems", name) for name in context.lineage.training_problems()]
    traces: list[TrainingSet] = [("traces", name) for name in context.study.traces]
    return problems + traces


def trained_on(context: Context, experiment: str) -> list[TrainingSet]:
    """What an experiment trains on itself, or chooses its checkpoints by."""
    settings = context.study.experiments[experiment]
    if settings.stage == "sft":
        return [("traces", name) for name in settings.traces]
    if settings.stage != "grpo":
        return []
    return [("problems", name) for name in (settings.problems, settings.held_out) if name is not None]


def seen_by(context: Context, experiment: str) -> list[TrainingSet]:
    """What an experiment's weights were trained on in this study."""
    seen: list[TrainingSet] = []
    before: str | None = experiment
    while before is not None:
        seen += trained_on(context, before)
        before = context.lineage.before(before)
    return sorted(set(seen))


def asked(context: Context, trace_set: str) -> list[TrainingSet]:
    """What a trace set's teacher is asked."""
    traces = context.study.traces[trace_set]
    return [("problems", name) for name in problem_sets(traces)] if traces.kind == "distilled" else []


def drops(context: Context) -> bool:
    """Whether training reads its sets without the rows that are in a benchmark."""
    return "drop" in (context.study.contamination.policy, context.study.contamination.near)


def whole_file(context: Context, kind: str, name: str) -> str:
    """A training set with all that the gate finds in it."""
    return f"{context.root}/{kind}/{name}.{SUFFIXES[kind]}"


def training_file(context: Context, kind: str, name: str) -> str:
    """The file of a training set that training reads."""
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
    trained = {one for name in context.study.experiments for one in trained_on(context, name)}
    waited_for = trained | {one for name in context.study.traces for one in asked(context, name)}
    sets = training_sets(context)
    for kind, name in sets:
        here = f"contamination/{kind}/{name}"
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
            yield Job("drop_overlaps", f"{here}.clean.{SUFFIXES[kind]}", cleaned, specs.DropOverlapsSpec(**policies))
    compared = specs.CompareBenchmarksSpec(benchmarks=measured, **likeness)
    reads = {"benchmarks": benchmarks}
    yield Job(
        "compare_benchmarks", "contamination/benchmarks", f"{root}/contamination/benchmarks.json", compared, reads=reads
    )
    listed = specs.ListOverlapsSpec(**policies, shares=likeness["shares"])
    reads = {"training": [f"{root}/contamination/{kind}/{name}.json" for kind, name in sets]}
    yield Job("list_overlaps", "contamination", f"{root}/contamination.json", listed, reads=reads)
