"""Which models of a study are on the hub, and whether those here are the same."""

from collections.abc import Sequence

from gradus.evaluation.pipe_table import ABSENT, escape, pipe_table
from gradus.graph.graph import Graph
from gradus.hub.download import is_pinned
from gradus.hub.listing import Repository, find_repository
from gradus.models.manifest import MANIFEST
from gradus.provenance.errors import GradusError
from gradus.sharing.shared import CHECKPOINTS, Shared, read_mark
from gradus.study.replicates import Run

AGAIN = "run snakemake hub_list again"
HEADER = ("Model", "Groups", "Repository", "On the hub", "Size", "Checkpoints", "Here")


def listing(graph: Graph, models: Sequence[Shared]) -> str:
    """A table of Markdown. The hub is asked one or two questions for each model."""
    return pipe_table(HEADER, [_row(graph, model) for model in models])


def _row(graph: Graph, model: Shared) -> list[str]:
    there = find_repository(model.repo, AGAIN)
    member = Run.named(model.member).experiment
    groups = ", ".join(group for group, named in graph.study.groups.items() if member in named)
    cells = [model.member, groups or ABSENT, model.repo.name, _on_the_hub(model, there)]
    if there is None:
        return [escape(cell) for cell in (*cells, ABSENT, ABSENT, _here(model, None))]
    steps = {name.split("/")[1] for name in there.files if name.startswith(f"{CHECKPOINTS}/")}
    size = sum(file.size for file in there.files.values())
    return [escape(cell) for cell in (*cells, f"{size / 1e6:,.1f} MB", str(len(steps)), _here(model, there))]


def _on_the_hub(model: Shared, there: Repository | None) -> str:
    if there is None:
        return "no"
    try:
        model.expect_ours(read_mark(there, AGAIN))
    except GradusError:
        return "another model's"
    return f"{'private' if there.private else 'public'}, {there.pin.revision[:12]}"


def _here(model: Shared, there: Repository | None) -> str:
    """By the manifests, which have the digests of all files."""
    if not model.manifest.is_file():
        return "not made"
    if there is None or MANIFEST not in there.files:
        return "made"
    return "the same" if is_pinned(model.manifest, there.files[MANIFEST]) else "another"
