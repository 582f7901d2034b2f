"""Print what a study needs before anything runs: memory and minutes by job, tokens and dollars at a service, and how
long what is not made yet takes."""

import argparse
import json
import sys
from pathlib import Path

from gradus.estimates import dollars, resources_table
from gradus.estimates.asked import ONE_GPU, Asked, Machine
from gradus.estimates.build_time import BuildTime, Capacity
from gradus.estimates.resources import expected
from gradus.estimates.resources_table import kind_rows
from gradus.estimates.study_specs import StudySpecs
from gradus.estimates.table import as_text, memory_rows
from gradus.graph.build_time import build_time
from gradus.graph.graph import Graph, study_specs
from gradus.graph.order import Order
from gradus.graph.spec_files import plan_specs
from gradus.graph.stages import STAGES
from gradus.provenance.errors import GradusError
from gradus.provenance.terminal import tell
from gradus.study.services import service_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, help="the study file")
    parser.add_argument("--config", type=json.loads, default={}, help="values laid over the study's, as JSON")
    parser.add_argument(
        "--gpu-mem-mb", type=int, default=0, help="memory of a GPU in MB (10^6 bytes); 0: none is known"
    )
    parser.add_argument("--gpus", type=int, default=0, help="how many there are; 0: not known")
    parser.add_argument("--gpu-hour-cents", type=int, default=0, help="what an hour of one costs; 0: not known")
    parser.add_argument(
        "--capacity", type=lambda text: Capacity(**json.loads(text)), default=Capacity(), help="as JSON, see Capacity"
    )
    arguments = parser.parse_args()
    limit = arguments.gpu_mem_mb * 10**6 or None
    try:
        graph = Graph.read(arguments.study, arguments.config)
        study, service = study_specs(graph), service_file(graph.study)
        rows = list(memory_rows(study, limit, arguments.gpus or None))
        kinds = kind_rows(study, Machine(gpu_bytes=limit) if limit else ONE_GPU, list(STAGES))
        time = _build_time(graph, study, arguments.capacity, limit, arguments.gpu_hour_cents)
        costs = "" if service is None else dollars.as_text(study, service)
    except GradusError as error:
        sys.exit(f"error: {error}")
    if rows:
        tell(as_text(rows, limit, arguments.gpu_hour_cents / 100 or None))
    else:
        tell("No job of this study uses a GPU.\n")
    tell(resources_table.as_text(kinds))
    if costs:
        tell(costs)
    if time.jobs:
        tell(f"{time.table(list(STAGES))}\n")
        tell("\n".join(time.lines()))
    else:
        tell("All that `snakemake all` builds is made as planned; `snakemake -n` looks closer.")


def _build_time(
    graph: Graph, study: StudySpecs, capacity: Capacity, gpu_bytes: int | None, gpu_hour_cents: int
) -> BuildTime:
    """Of what `snakemake all` would run, on what the profile says that there is."""
    machine = Machine(capacity.gpus != 0, gpu_bytes or ONE_GPU.gpu_bytes)

    def takes(name: str) -> Asked:
        return expected(graph.jobs[name].spec, study, machine)

    names = Order(graph).to_build(plan_specs(graph))
    return build_time(graph, study, names, takes, machine, capacity, gpu_hour_cents)


if __name__ == "__main__":
    main()
