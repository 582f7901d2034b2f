"""Print what a study needs, from the specs that planning wrote: GPU memory by job, tokens and dollars at Tinker."""

import argparse
import sys
from pathlib import Path

from gradus.estimates import dollars
from gradus.estimates.dollars import service_of
from gradus.estimates.former_specs import study_of
from gradus.estimates.table import as_text, memory_rows
from gradus.provenance.errors import GradusError
from gradus.provenance.specs import read_specs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="the study's folder of results")
    parser.add_argument("--planned", type=Path, help="the folder with its specs, where they are not in results")
    parser.add_argument(
        "--gpu-mem-mb", type=int, default=0, help="memory of a GPU in MB (10^6 bytes); 0: none is known"
    )
    arguments = parser.parse_args()
    planned = arguments.planned or arguments.results
    limit = arguments.gpu_mem_mb * 10**6 or None
    try:
        study = study_of(read_specs(planned / "specs"), arguments.results)
        rows = list(memory_rows(study, limit))
        service = service_of(planned)
        costs = "" if service is None else dollars.as_text(study, service)
    except GradusError as error:
        sys.exit(f"error: {error}")
    if rows:
        print(as_text(rows, limit))
    else:
        print("No job of this study uses a GPU: nothing is trained by trl, nor sampled by vllm.")
    if costs:
        print(costs)


if __name__ == "__main__":
    main()
