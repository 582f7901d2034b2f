"""Jobs that make trace sets, and those that measure them for an experiment."""

from collections.abc import Iterator

from gradus.graph.context import Context
from gradus.graph.gate import asked, training_file
from gradus.graph.job import Job
from gradus.graph.origins import outside_rows, pinned
from gradus.graph.problems import PLACES, raw_problems, source_modules, source_settings
from gradus.graph.sampling import sampler_modules
from gradus.sampling.capabilities import sampler_capabilities
from gradus.specs import traces as specs
from gradus.specs.sampling import SampleTracesSpec
from gradus.study.hub import trace_download
from gradus.study.lineage import Weights
from gradus.study.own_results import own_result
from gradus.study.problem_sets import origin_of
from gradus.study.services import teachers_sampler
from gradus.study.settings.traces import (
    DistilledTraces,
    MixedTraces,
    PocketPublicTraces,
    ProblemTraces,
    PublishedTraces,
    Rendering,
)
from gradus.study.trace_checks import problem_sets


def trace_jobs(context: Context) -> Iterator[Job]:
    for name, traces in context.study.traces.items():
        here, out, seed = f"traces/{name}", context.traces(name), context.seed("traces", name)
        if isinstance(traces, DistilledTraces):
            yield from _distilled(context, name, traces)
        elif isinstance(traces, MixedTraces):
            parts = list(traces.parts.items())
            settings = specs.MixTracesSpec(parts=parts, size=traces.size, keep=traces.keep, seed=seed)
            yield Job("mix_traces", here, out, settings, reads={"parts": [context.traces(part) for part, _ in parts]})
        elif isinstance(traces, PocketPublicTraces):
            prompt = context.trace_prompt(traces.prompt)
            public = specs.MakePublicTracesSpec(prompt=prompt, size=traces.size, levels=traces.levels, seed=seed)
            yield Job("make_public_traces", here, out, public)
        else:
            assert isinstance(traces, Rendering)  # the one other kind
            yield _read(context, name, traces)


def length_jobs(context: Context) -> Iterator[Job]:
    """How long the traces are that each experiment trains on, in its tokens."""
    for name, experiment in context.study.experiments.items():
        if experiment.stage == "sft":
            root = context.lineage.root(name)
            settings = specs.MeasureTracesSpec(
                experiment=name,
                traces=experiment.traces,
                max_length=experiment.max_length,
                model=root,
                origin=context.origin(root),
            )
            files = [training_file(context, "traces", traces) for traces in experiment.traces]
            reads = {"traces": files, "tokenizer": [context.manifest(root)]}
            yield Job("measure_traces", f"lengths/{name}", f"{context.root}/lengths/{name}.json", settings, reads=reads)


def _distilled(context: Context, name: str, traces: DistilledTraces) -> Iterator[Job]:
    teacher, sets = Weights(traces.teacher), problem_sets(traces)
    sampler = teachers_sampler(context.study, name)
    drawn = SampleTracesSpec(
        weights=context.weights(traces.teacher, teacher),
        sampler=sampler,
        prompt=context.prompt(traces.teacher_prompt),
        samples=traces.samples,
        temperature=traces.temperature,
        max_tokens=traces.max_tokens,
        seed=context.seed("traces", name),
        service=context.on_service(sampler_capabilities(sampler).service, traces.teacher),
        sets=sets,
    )
    problems = [context.problems(one) for one in sets]
    here = f"traces/{name}.completions"
    reads = {"weights": context.manifests(teacher), "problems": problems}
    modules, out = sampler_modules(sampler), f"{context.root}/{here}.parquet"
    yield Job("sample_traces", here, out, drawn, modules, reads, tuple(asked(context, name)))
    kept = specs.FilterTracesSpec(
        teacher=traces.teacher,
        prompt=context.trace_prompt(traces.prompt),
        sets=sets,
        filter=traces.filter,
        grading=context.study.grading,
        origin=context.origin(traces.teacher),
    )
    reads = {"problems": problems}
    yield Job("filter_traces", f"traces/{name}", context.traces(name), kept, reads=reads, verdicts=True)


def _read(context: Context, name: str, traces: Rendering) -> Job:
    """Traces of others, rendered and filtered."""
    study = context.study
    modules, of = [f"gradus.traces.sources.{traces.kind}"], None
    reads = {"raw": _raw(context, name, traces), "problems": [], "tokenizer": []}
    rows = outside_rows(study, traces)
    if isinstance(traces, ProblemTraces):
        origin = origin_of(study.problems, traces.problems) or traces.problems
        problems = study.problems[origin]
        modules += source_modules(problems.source)
        of = source_settings(problems) | {"set": origin, "seed": context.seed("problems", origin)}
        reads["problems"] = [context.problems(one) for one in problem_sets(traces)]
        rows = outside_rows(study, problems)
    if traces.tokenizer is not None:
        reads["tokenizer"] = [context.manifest(traces.tokenizer)]
    download = trace_download(study, name)
    settings = specs.ReadTracesSpec(
        set=name,
        seed=context.seed("traces", name),
        kind=traces.kind,
        traces=traces.model_dump(mode="json", exclude=PLACES | {"prompt"}),
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
        return raw_problems(context, origin_of(context.study.problems, traces.problems) or traces.problems)
    assert isinstance(traces, PublishedTraces)  # the one other kind
    if traces.path is None:
        return context.below(f"hub/traces/{name}")
    return [own_result(context.study.study, traces.path) or traces.path]
