"""Draw which experiment of a study starts from which, as an SVG file; nothing of it has to be built."""

import argparse
import sys
from pathlib import Path

from gradus.graph.experiments_picture import experiments_svg
from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, help="the study file")
    parser.add_argument("out", type=Path, help="the SVG file")
    arguments = parser.parse_args()
    try:
        drawn = experiments_svg(Graph.read(arguments.study))
    except GradusError as error:
        sys.exit(f"error: {error}")
    write_text(arguments.out, drawn)
    print(arguments.out)


if __name__ == "__main__":
    main()
