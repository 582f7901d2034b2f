"""Read, draw or filter a problem set, and check it."""

from dataclasses import asdict
from typing import Any

from gradus.problems.filters import filtered
from gradus.problems.named import problem_source
from gradus.problems.problem import Problem
from gradus.problems.published import read_published
from gradus.problems.source import GeneratedSource, PublishedSource
from gradus.problems.summary import summary
from gradus.problems.table import read_problems, write_problems
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.rewards.steps import published_solutions, with_steps
from gradus.specs.problems import MakeProblemsSpec
from gradus.study.settings.problems import SubsetProblems


def build(job: Job[MakeProblemsSpec]) -> None:
    name, seed, own = job.settings.set, job.settings.seed, job.settings.problems
    origin: dict[str, Any]
    if not job.modules:
        subset = SubsetProblems.model_validate(own)
        problems = filtered(name, read_problems(job.path("of")), subset, seed)
        origin = {"of": subset.of}
    else:
        source = problem_source(own["source"])
        if isinstance(source, PublishedSource):
            problems, origin = _published(job, source)
        else:
            problems = _generated(job, source)
            origin = {"licence": "generated"}
    notes = summary(name, problems, {"source": own["source"]} | origin)
    write_problems(job.path("out"), problems)
    write_json(job.path("summary"), notes)
    fixes = f", {len(origin['fixes'])} rows with known faults" if origin.get("fixes") else ""
    job.log(f"{len(problems)} problems{fixes}")


def _generated(job: Job[MakeProblemsSpec], source: GeneratedSource[Any]) -> list[Problem]:
    name, seed, settings = job.settings.set, job.settings.seed, source.settings.model_validate(job.settings.problems)
    if not job.settings.steps:
        return source.generate(settings, name, seed)
    assert source.worked is not None  # as the study was checked for
    solved = source.worked(settings, name, seed)
    return with_steps([problem for problem, _ in solved], {problem.id: solution for problem, solution in solved})


def _published(job: Job[MakeProblemsSpec], source: PublishedSource[Any]) -> tuple[list[Problem], dict[str, Any]]:
    path, hub, settings = job.path("raw"), job.settings.hub, source.settings.model_validate(job.settings.problems)
    read = read_published(source, path, settings)
    problems = filtered(job.settings.set, read.problems, settings, job.settings.seed, source.expected_of(settings))
    if job.settings.steps:
        problems = with_steps(problems, dict(published_solutions(source, path, settings)))
    kept = {problem.id for problem in problems}
    origin = {
        "licence": source.licence_of(settings),
        "path": str(path),
        "hub": hub and hub.model_dump(),
        "sha256": read.sha256,
        "rows_read": read.rows,
        "left_out": read.left_out,
        "first_bad": read.first_bad,
        "fixes": [asdict(fix) for fix in read.fixes if fix.id in kept],
        "notes": list(source.notes),
    }
    return problems, origin


if __name__ == "__main__":
    run(build, MakeProblemsSpec)
