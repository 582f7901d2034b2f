"""Print a study's tables of accuracies, votes and pass@k, and where the report is: how `make` ends."""

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
    for table in ("votes.md", "pass_at_k.md"):
        if (root / table).is_file():
            tell((root / table).read_text(encoding="utf-8"))
    tell(f"Report: {root}/report.html")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "config/pocket.yaml")
    except GradusError as error:
        sys.exit(f"error: {error}")
