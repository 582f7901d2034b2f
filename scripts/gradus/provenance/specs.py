"""All specs of a study, as planning wrote them."""

from pathlib import Path
from typing import Any

from gradus.provenance.files import read_json

SERVICE_FILE = "service.json"
"""What planning writes beside them, in the study's folder: where the jobs on a service find it, its prices and limits.
It decides no result, so it is no spec."""


def read_specs(folder: Path) -> dict[str, dict[str, Any]]:
    """By their paths below `folder`, which is the study's `specs`, in order."""
    return {path.relative_to(folder).as_posix(): read_json(path) for path in sorted(folder.rglob("*.json"))}
