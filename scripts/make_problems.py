"""Read, draw or filter a problem set, and check it."""

from dataclasses import asdict
from importlib import import_module
from typing import Any

from gradus.problems.filters import filtered
from gradus.problems.published import read_published
from gradus.problems.summary import summary
from gradus.problems.table import Problem, read_problems, write_problems
from gradus.provenance.files import write_json
from gradus.provenance.job import Job, run
from gradus.specs.problems import MakeProblemsSpec


def build(job: Job[MakeProblemsSpec]) -> None:
    name, seed = job.settings.set, job.settings.seed
    settings = job.settings.problems | {"set": name, "seed": seed}
    if settings["source"] == "subset":
        problems = filtered(name, read_problems(job.path("of")), settings, seed)
        origin: dict[str, Any] = {"of": settings["of"]}
    elif job.optional("raw"):
        problems, origin = _published(job)
    else:
        (module,) = job.modules
        problems = import_module(module).generate(settings)
        origin = {"licence": "generated"}
    notes = summary(name, problems, {"source": settings["source"]} | origin)
    write_problems(job.path("out"), problems)
    write_json(job.path("summary"), notes)
    fixes = f", {len(origin['fixes'])} rows with known faults" if origin.get("fixes") else ""
    job.log(f"{len(problems)} problems{fixes}")


def _published(job: Job[MakeProblemsSpec]) -> tuple[list[Problem], dict[str, Any]]:
    (module,) = job.modules
    source, path = import_module(module).SOURCE, job.path("raw")
    settings, hub = job.settings, job.settings.hub
    read = read_published(source, path, settings.problems)
    problems = filtered(settings.set, read.problems, settings.problems, settings.seed)
    kept = {problem.id for problem in problems}
    origin = {
        "licence": source.licence,
        "path": str(path),
        "hub": hub and hub.model_dump(),
        "sha256": read.sha256,
        "rows_read": read.rows,
        "left_out": read.left_out,
        "fixes": [asdict(fix) for fix in read.fixes if fix.id in kept],
        "notes": list(source.notes),
    }
    return problems, origin


if __name__ == "__main__":
    run(build, MakeProblemsSpec)
