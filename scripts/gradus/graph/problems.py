"""Jobs that make problem sets, check their reference answers and list them."""

from collections.abc import Iterator
from typing import Any

from gradus.graph.context import Context
from gradus.graph.gate import training_sets
from gradus.graph.job import Job
from gradus.graph.origins import outside_rows, pinned
from gradus.problems.named import source_module
from gradus.specs.base import Plugin
from gradus.specs.problems import (
    CheckReferencesSpec,
    DrawProblemsSpec,
    MakeProblemsSpec,
    MakeProblemsTableSpec,
    drawn_name,
)
from gradus.study.hub import problem_download
from gradus.study.own_results import own_result
from gradus.study.rewards import sets_with_steps
from gradus.study.settings.problems import SubsetProblems
from gradus.study.votes import voted_sets
from gradus.study.writers import pass_rate_filter

ELSEWHERE = {"repo", "files", "seed", "keep"}
"""Settings that a spec has in another form: the pin says which files are downloaded, the seed is a number, and sets
that are chosen by a pass rate have jobs of their own."""


def problem_jobs(context: Context) -> Iterator[Job]:
    study, stepped = context.study, sets_with_steps(context.study)
    for name, problems in study.problems.items():
        if pass_rate_filter(problems) is not None:
            continue  # as in `pass_rates`
        download = problem_download(study, name)
        settings = MakeProblemsSpec(
            set=name,
            seed=context.seeds.problems(name),
            problems=source_settings(problems),
            steps=name in stepped,
            outside=outside_rows(study, problems),
            hub=pinned(download, context.lock) if download else None,
        )
        of = [context.problems(problems.of)] if isinstance(problems, SubsetProblems) else []
        reads = {"of": of, "raw": raw_problems(context, name)}
        modules = source_modules(problems.source)
        yield Job("make_problems", f"problems/{name}", context.problems(name), settings, modules, reads)
    if (size := study.votes.problems) is not None:
        for name in voted_sets(study):
            drawn = DrawProblemsSpec(set=name, size=size, seed=context.seeds.vote_problems(name))
            part, reads = drawn_name(name), {"of": [context.problems(name)]}
            yield Job("draw_problems", f"problems/{part}", context.problems(part), drawn, reads=reads)
    sets = [context.problems(name) for name in study.problems]
    references = CheckReferencesSpec(sets=sorted(study.problems))
    yield Job("check_references", "references", f"{context.root}/references.json", references, reads={"problems": sets})
    searched = [name for kind, name in training_sets(context) if kind == "problems"]
    reads = {
        "summaries": context.below(*(f"problems/{name}.summary.json" for name in study.problems)),
        "training": context.below(*(f"contamination/problems/{name}.json" for name in searched)),
    }
    table = MakeProblemsTableSpec(sets=list(study.problems))
    yield Job("make_problems_table", "problems", f"{context.root}/problems.md", table, reads=reads)


def source_settings(problems: Any) -> Plugin:
    """The settings of a problem set as its source reads them."""
    return problems.model_dump(mode="json", exclude=ELSEWHERE)


def source_modules(source: str) -> tuple[str, ...]:
    return () if source == "subset" else (source_module(source),)


def raw_problems(context: Context, name: str) -> list[str]:
    """The file or folder that a published set is read from."""
    if problem_download(context.study, name):
        return context.below(f"hub/problems/{name}")
    path = getattr(context.study.problems[name], "path", None)
    return [] if path is None else [own_result(context.study.study, path) or path]
