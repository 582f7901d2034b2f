"""A small study on Tinker that is planned in the working folder, and what is counted of it."""

from pathlib import Path
from typing import Any

from gradus.estimates.dollars import costs_of
from gradus.estimates.tokens import Work
from gradus.graph.graph import Graph, study_specs
from gradus.graph.spec_files import plan_specs, write_specs
from gradus.provenance.specs import SERVICE_FILE
from gradus.specs.service import ServiceFile
from study.made_study import write
from study.tinker_study import TEXT

PROMPT = 96
"""Tokens of a pocket problem's prompt, as work.py takes them to be."""


def service_of(results: Path) -> ServiceFile | None:
    """What planning wrote for the jobs that run there; None where none does."""
    path = results / SERVICE_FILE
    return ServiceFile.model_validate_json(path.read_bytes()) if path.is_file() else None


def planned(text: str = TEXT, **overrides: Any) -> Graph:
    return written(Graph.read(write(Path(), text), overrides))


def written(graph: Graph) -> Graph:
    write_specs(graph, plan_specs(graph))
    return graph


def work_of_jobs(graph: Graph) -> dict[str, Work | None]:
    root = Path(graph.root)
    return {cost.name: cost.work for cost in costs_of(study_specs(graph), service_of(root) or {})}
