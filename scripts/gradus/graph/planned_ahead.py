"""What the processes of a build are told of its jobs, so that one that has loaded a model can do several of them.

Which jobs a build runs only Snakemake knows, and has no documented way to tell. This is the only module that asks its
graph (Snakemake 9.27: `dag.needrun_jobs`, and of a job `shellcmd`, `output` and `resources`; of the workflow
`local_exec` and `global_resources`), in `onstart`, when the graph is there and no job has begun.
"""

import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradus.graph.graph import Graph
from gradus.graph.job import Job
from gradus.provenance.ahead import PLAN_FILE, Planned, note_planned
from gradus.provenance.files import json_text
from gradus.specs.sampling import Drawn

DEVICES = ("gpu", "gpu_mem_mb")
"""Resources of which a process may take no more than it was given, whether the build limits them or not."""


def note_sampling(workflow: Any, graph: Graph, builder: Path) -> None:
    """Note the sampling jobs that this build will run, of models that several of them sample; `builder` is the file
    that the build holds. Nothing is noted for a cluster, where each job has a machine and a time limit of its own."""
    results = Path(graph.root)
    planned = list(_sampling(workflow, graph)) if workflow.local_exec else []
    times = Counter(job.loads for job in planned)
    if shared := [job for job in planned if times[job.loads] > 1]:
        note_planned(results, builder, shared)
    else:
        (results / PLAN_FILE).unlink(missing_ok=True)


def _sampling(workflow: Any, graph: Graph) -> Iterator[Planned]:
    jobs = list(workflow.dag.needrun_jobs())
    made = {str(file) for job in jobs for file in job.output}
    limits = workflow.global_resources.items()
    limited = {*DEVICES, *(name for name, limit in limits if limit is not None and limit.value is not None)}
    drawn = {
        f"{graph.root}/specs/{name}.json": loads for name, job in graph.jobs.items() if (loads := shared_load(job))
    }
    for job in jobs:
        spec = str(job.input[0]) if job.input else ""
        if spec in drawn:
            # As the rule says it: python scripts/sample_benchmark.py SPEC --log FILE ...
            _, _, *command = shlex.split(job.shellcmd)
            asks = {name: int(asked) for name in sorted(limited) if (asked := job.resources.get(name)) is not None}
            needs = [file for file in command if file in made and file not in job.output]
            yield Planned(command, drawn[spec], needs, asks, int(job.resources["runtime"]))


def shared_load(job: Job) -> str:
    """What a sampling job loads; empty for other jobs and where nothing is loaded, as the model is at a service."""
    settings = job.settings
    if not isinstance(settings, Drawn) or settings.service is not None:
        return ""
    return json_text([job.stage, job.modules, settings.weights.model_dump(mode="json"), job.reads["weights"]])
