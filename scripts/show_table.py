"""Print a study's ablation table, its votes, and where the report is: how `make` ends."""

import sys
from pathlib import Path

from gradus.provenance.errors import GradusError
from gradus.study.plan import Plan


def main(study: str) -> None:
    root = Plan.read(study).root
    for name in ("ablation.md", "votes.md"):
        try:
            print(Path(root, name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            if name == "ablation.md":
                sys.exit(f"{root}/{name} is not there yet: run snakemake all --configfile {study}")
    print(f"Report: {root}/report.html")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "config/pocket.yaml")
    except GradusError as error:
        sys.exit(f"error: {error}")
