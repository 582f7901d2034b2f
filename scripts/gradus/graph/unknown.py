"""What a command asks for and the study has not, with what was likely meant: told last, as Snakemake's own words for it
name a spec that is missing, or no more than the target."""

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any

from gradus.graph.graph import Graph


def unknown_lines(workflow: Any, graph: Graph, missed: Collection[str]) -> Iterator[str]:
    """To be read when the command is done. `missed` are names of jobs that the rules asked for in vain."""
    rules = [rule.name for rule in workflow.rules]
    results = {job.name: job.result for job in graph.jobs.values()}
    settings = workflow.dag_settings
    for target in sorted(settings.targets) if settings else ():
        if not (target in rules or os.path.exists(target) or any(rule.is_producer(target) for rule in workflow.rules)):
            words = [*rules, *results.values()] if "/" in target else rules
            yield f"there is no target {target!r}{_meant(get_close_matches(target, words, n=1))}"
    for name in missed:
        near = [results[job] for job in get_close_matches(name, results, n=1)]
        yield f"the study {graph.study.study!r} has no {name}{_meant(near)}"


def _meant(near: list[str]) -> str:
    return f"; did you mean {near[0]}?" if near else ""
