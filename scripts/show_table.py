"""Print a study's ablation table, its votes, and where the report is: how `make` ends."""

import sys
from pathlib import Path

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.provenance.terminal import tell


def main(study: str) -> None:
    root = Path(Graph.read(study).root)
    try:
        tell((root / "ablation.md").read_text(encoding="utf-8"))
    except FileNotFoundError:
        sys.exit(f"{root}/ablation.md is not there yet: run snakemake all --configfile {study}")
    if (root / "votes.md").is_file():
        tell((root / "votes.md").read_text(encoding="utf-8"))
    tell(f"Report: {root}/report.html")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "config/pocket.yaml")
    except GradusError as error:
        sys.exit(f"error: {error}")
