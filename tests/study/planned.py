"""The jobs of a study as its specs have them: as JSON values, by their names."""

from pathlib import Path
from typing import Any

from gradus.graph.graph import Graph
from gradus.study.schema import Study


def specs_of(study: Study | Graph | Path | str) -> dict[str, Any]:
    """Without the fingerprints of their code."""
    graph = Graph(study) if isinstance(study, Study) else study if isinstance(study, Graph) else Graph.read(study)
    return {name: job.spec.model_dump(mode="json", serialize_as_any=True) for name, job in graph.jobs.items()}
