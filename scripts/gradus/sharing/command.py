"""The command line of the scripts that share models."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError, disk_trouble
from gradus.study.hub_request import HubRequest


@dataclass(frozen=True)
class Sharing:
    """What a command asks for. dry_run: tell what would be done, and do none of it."""

    study_file: Path
    request: HubRequest
    dry_run: bool


def share(act: Callable[[Graph, Sharing], None], description: str | None) -> None:
    """Run a script's `act` on the study of the command line; a mistake of the user ends in one clear line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("study", type=Path, help="the study file")
    parser.add_argument(
        "--config", type=json.loads, default={}, help="group, checkpoints, and values laid over the study's"
    )
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done")
    arguments = parser.parse_args()
    try:
        request, overrides = HubRequest.taken_from(arguments.config)
        act(Graph.read(arguments.study, overrides), Sharing(arguments.study, request, arguments.dry_run))
    except GradusError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        if (full := disk_trouble(error)) is None:
            raise
        sys.exit(f"error: {full}")
