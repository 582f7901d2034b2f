"""Jobs that make trace sets, and those that measure them for an experiment."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import asked, training_file
from gradus.graph.job import Job
from gradus.graph.origins import outside_rows, pinned
from gradus.graph.problems import ELSEWHERE, raw_problems, source_modules, source_settings
from gradus.graph.sampler_jobs import answers_job
from gradus.specs import traces as specs
from gradus.specs.sampling import SampleTracesSpec
from gradus.study.hub import trace_download
from gradus.study.injection import injected_for_specs, injection_modules
from gradus.study.own_results import own_result
from gradus.study.problem_sets import origin_of
from gradus.study.settings.traces import (
    DistilledTraces,
    JudgedTraces,
    MixedTraces,
    PocketPublicTraces,
    ProblemTraces,
    PublishedTraces,
    Rendering,
    SampledTraces,
)
from gradus.study.settings.training import trace_weights
from gradus.study.trace_checks import problem_sets
from gradus.study.writers import writer_of
from gradus.traces.named import trace_module, trace_source
from gradus.traces.source import CALLS


def trace_jobs(context: Context) -> Iterator[Job]:
    for name, traces in context.study.traces.items():
        here, out, seed = f"traces/{name}", context.traces(name), context.seeds.traces(name)
        if isinstance(traces, SampledTraces):
            yield _completions(context, name, traces)
            yield _chosen(context, name, traces)
        elif isinstance(traces, MixedTraces):
            parts = list(traces.parts.items())
            settings = specs.MixTracesSpec(parts=parts, size=traces.size, keep=traces.keep, seed=seed)
            yield Job("mix_traces", here, out, settings, reads={"parts": [context.traces(part) for part, _ in parts]})
        elif isinstance(traces, PocketPublicTraces):
            prompt = context.trace_prompt(traces.prompt)
            public = specs.MakePublicTracesSpec(
                prompt=prompt,
                size=traces.size,
                levels=traces.levels,
                inject=injected_for_specs(traces.inject),
                seed=seed,
            )
            yield Job("make_public_traces", here, out, public, injection_modules(traces.inject))
        else:
            assert isinstance(traces, Rendering)  # the one other kind
            yield _read(context, name, traces)


def length_jobs(context: Context) -> Iterator[Job]:
    """How long the traces are that each experiment trains on, in its tokens."""
    for name, experiment in context.study.experiments.items():
        if experiment.stage == "sft":
            root = context.lineage.root(context.first_run(name))
            settings = specs.MeasureTracesSpec(
                experiment=name,
                traces=list(trace_weights(experiment.traces)),
                max_length=experiment.max_length,
                model=root,
                origin=context.origin(root),
            )
            files = [training_file(context, "traces", traces) for traces in trace_weights(experiment.traces)]
            reads = {"traces": files, "tokenizer": [context.manifest(root)]}
            yield Job("measure_traces", f"lengths/{name}", f"{context.root}/lengths/{name}.json", settings, reads=reads)


def _completions(context: Context, name: str, traces: SampledTraces) -> Job:
    """What the teacher writes."""
    sets = problem_sets(traces)
    return answers_job(
        context,
        "sample_traces",
        f"traces/{name}.completions",
        SampleTracesSpec,
        context.first_run(traces.teacher),
        sampler=writer_of(context.study, "traces", name).sampler,
        prompt=context.prompt(traces.teacher_prompt),
        drawn=traces,
        max_tokens=traces.max_tokens,
        seed=context.seeds.traces(name),
        problems=[context.problems(one) for one in sets],
        obeys=asked(context, name),
        sets=sets,
    )


def _chosen(context: Context, name: str, traces: SampledTraces) -> Job:
    """Those of the completions that are kept, by the grader's verdicts."""
    sets = problem_sets(traces)
    if isinstance(traces, JudgedTraces):
        stage, settings, modules = "judge_traces", _judged(context, name, traces, sets), ()
    else:
        assert isinstance(traces, DistilledTraces)  # the one other kind
        stage, settings = "filter_traces", _filtered(context, traces, sets)
        modules = injection_modules(traces.inject)
    reads = {"problems": [context.problems(one) for one in sets]}
    return Job(stage, f"traces/{name}", context.traces(name), settings, modules, reads, verdicts=True)


def _filtered(context: Context, traces: DistilledTraces, sets: list[str]) -> specs.FilterTracesSpec:
    return specs.FilterTracesSpec(
        teacher=traces.teacher,
        prompt=context.trace_prompt(traces.prompt),
        sets=sets,
        filter=traces.filter,
        think=traces.think,
        answer=traces.answer,
        inject=injected_for_specs(traces.inject),
        grading=context.study.grading,
        origin=context.origin(context.lineage.root(context.first_run(traces.teacher))),
    )


def _judged(context: Context, name: str, traces: JudgedTraces, sets: list[str]) -> specs.JudgeTracesSpec:
    return specs.JudgeTracesSpec(
        teacher=traces.teacher,
        question=traces.question,
        balance=traces.balance,
        sets=sets,
        grading=context.study.grading,
        seed=context.seeds.judged_traces(name),
    )


def _read(context: Context, name: str, traces: Rendering) -> Job:
    """Traces of others, rendered and filtered."""
    study = context.study
    modules, of = [trace_module(traces.kind), *injection_modules(traces.inject)], None
    reads = {"raw": _raw(context, name, traces), "problems": [], "tokenizer": []}
    rows = outside_rows(study, traces)
    if isinstance(traces, ProblemTraces):
        origin = origin_of(study.problems, traces.problems) or traces.problems
        problems = study.problems[origin]
        reads["problems"] = [context.problems(one) for one in problem_sets(traces)]
        if trace_source(traces.kind).solved:
            modules += source_modules(problems.source)
            of = source_settings(problems) | {"set": origin, "seed": context.seeds.problems(origin)}
            rows = outside_rows(study, problems)
    if traces.calculator:
        modules.append(CALLS)
    if traces.tokenizer is not None:
        reads["tokenizer"] = [context.manifest(traces.tokenizer)]
    download = trace_download(study, name)
    traces = traces.model_copy(update={"inject": injected_for_specs(traces.inject)})
    settings = specs.ReadTracesSpec(
        set=name,
        seed=context.seeds.traces(name),
        kind=traces.kind,
        traces=traces.model_dump(mode="json", exclude=ELSEWHERE | {"prompt"}),
        prompt=context.trace_prompt(traces.prompt),
        grading=study.grading,
        of=of,
        origin=None if traces.tokenizer is None else context.origin(traces.tokenizer),
        outside=rows,
        hub=pinned(download, context.lock) if download else None,
    )
    return Job("read_traces", f"traces/{name}", context.traces(name), settings, tuple(modules), reads)


def _raw(context: Context, name: str, traces: Rendering) -> list[str]:
    """The file or folder that traces of others are read from: their own, or that of the problems that they solve."""
    if isinstance(traces, ProblemTraces):
        if not trace_source(traces.kind).solved:
            return []
        return raw_problems(context, origin_of(context.study.problems, traces.problems) or traces.problems)
    assert isinstance(traces, PublishedTraces)  # the one other kind
    if traces.path is None:
        return context.below(f"hub/traces/{name}")
    return [own_result(context.study.study, traces.path) or traces.path]
