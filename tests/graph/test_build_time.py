"""The time of a study's jobs by the ledgers of all studies in the folder."""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.resources import Resource, Resources

from gradus.estimates.asked import Asked, Machine
from gradus.estimates.build_time import BuildTime, Capacity
from gradus.estimates.resources import expected
from gradus.graph import ledger_times
from gradus.graph.build_time import build_time, capacity_of
from gradus.graph.graph import Graph, study_specs
from gradus.graph.spec_files import spec_text
from gradus.provenance.files import write_json
from gradus.provenance.machine import this_machine
from linked_project import PROJECT

POCKET = PROJECT / "config/pocket.yaml"
TWO_CORES = Capacity(cores=2, gpus=0)


@pytest.fixture(autouse=True)
def nothing_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def study(name: str, **seeds: int) -> Graph:
    return Graph.read(POCKET, {"study": name, "experiments": {run: {"seeds": count} for run, count in seeds.items()}})


def record(graph: Graph, name: str, seconds: float, **values: Any) -> None:
    """Leave what a finished job leaves, among the specs of a build."""
    root = Path(graph.root)
    for planned in graph.jobs.values():
        spec = root / "specs" / f"{planned.name}.json"
        spec.parent.mkdir(parents=True, exist_ok=True)
        spec.write_bytes(spec_text(planned.spec))
    job = graph.jobs[name]
    digest = hashlib.sha256(spec_text(job.spec)).hexdigest()
    entry = {"stage": job.stage, "name": name, "wall_seconds": seconds, "gpu_memory": 0, "machine": this_machine()}
    write_json(root / "ledger" / f"{name}.json", entry | {"spec": digest} | values)


def times(graph: Graph, *names: str, capacity: Capacity = TWO_CORES) -> BuildTime:
    specs, machine = study_specs(graph), Machine(has_gpu=False)

    def takes(name: str) -> Asked:
        return expected(graph.jobs[name].spec, specs, machine)

    return build_time(graph, specs, names, takes, machine, capacity)


def test_a_second_run_takes_the_time_of_the_first() -> None:
    before = study("before", direct_rl=1, dapo=1)
    record(before, "models/direct_rl", 123.0)
    record(before, "models/dapo", 50.0)
    found = times(study("now", direct_rl=2, dapo=1), "models/direct_rl.seed-1", "models/dapo")
    assert [(job.seconds, job.source) for job in found.jobs] == [(123.0, "measured here"), (50.0, "measured here")]


def test_a_changed_experiment_is_scaled_by_its_work() -> None:
    """Twice the steps."""
    before = study("before", dr_grpo=1)
    record(before, "models/dr_grpo", 40.0)
    steps = 2 * before.jobs["models/dr_grpo"].settings.model_dump()["steps"]
    longer = Graph.read(POCKET, {"study": "now", "experiments": {"dr_grpo": {"seeds": 1, "steps": steps}}})
    (job,) = times(longer, "models/dr_grpo").jobs
    assert job.is_measured
    assert job.seconds == pytest.approx(80.0, rel=0.01)


@pytest.mark.parametrize(
    "values", [{"machine": "Darwin arm64, 8 cores"}, {"spec": "of another spec"}, {"wall_seconds": "long"}]
)
def test_what_ran_elsewhere_or_by_settings_that_nobody_knows_does_not_count(values: dict[str, Any]) -> None:
    graph = study("now", dapo=1)
    record(graph, "models/dapo", 50.0, **values)
    (job,) = times(graph, "models/dapo").jobs
    assert job.source == "estimated"
    assert 20 < job.seconds < 200


def test_on_a_cluster_any_machine_counts() -> None:
    graph = study("now", dapo=1)
    record(graph, "models/dapo", 50.0, machine="Linux x86_64, 128 cores")
    (job,) = times(graph, "models/dapo", capacity=Capacity(places=100)).jobs
    assert job.seconds == 50.0


def test_no_more_entries_are_read_than_tell_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the same names first."""
    monkeypatch.setattr(ledger_times, "MOST_ENTRIES", 1)
    graph = study("now", dapo=1, direct_rl=1)
    record(graph, "models/dapo", 50.0)
    record(graph, "models/direct_rl", 40.0)
    (job,) = times(graph, "models/direct_rl").jobs
    assert job.seconds == 40.0


def test_the_samples_of_a_model_load_it_once() -> None:
    graph = study("now", dapo=1)
    found = times(graph, "samples/dapo/pocket500", "samples/dapo/pocket30", "samples/baseline/pocket30")
    assert [bool(job.loads) for job in found.jobs] == [True, True, False]
    assert found.jobs[0].loads == found.jobs[1].loads
    alone = replace(found, jobs=[replace(job, loads="") for job in found.jobs])
    assert sum(alone.core_seconds.values()) - sum(found.core_seconds.values()) == pytest.approx(1.3 + 1.5 - 0.4)


@pytest.mark.parametrize(
    ("given", "local", "found"),
    [
        ({"_cores": 2, "gpu": 0, "_nodes": None}, True, Capacity(2, 0)),
        ({"_cores": 8, "gpu": 2, "mem_mb": 9000}, True, Capacity(8, 2, 9000)),
        ({"_cores": 1, "_nodes": 100}, True, Capacity(places=100)),
        ({"_cores": None}, False, Capacity(places=sys.maxsize)),
    ],
)
def test_a_command_says_what_jobs_have(given: dict[str, int | None], local: bool, found: Capacity) -> None:
    """As Snakemake has it: in a dry-run of a cluster's profile, one core and the number of jobs."""
    resources = Resources({name: Resource(name, value) for name, value in given.items()})
    assert capacity_of(SimpleNamespace(global_resources=resources, local_exec=local)) == found


@pytest.mark.parametrize(
    ("file", "text", "assumed"),
    [
        ("rows.json", '[{"prompt": "1 + 1?", "response": "2"}]', ("traces/mine", "models/sft_custom")),
        ("rows.jsonl", '{"prompt": "1 + 1?", "response": "2"}\n', ()),
    ],
)
def test_traces_that_nobody_has_counted_are_named(
    tmp_path: Path, file: str, text: str, assumed: tuple[str, ...]
) -> None:
    """The job that reads them, and what trains on as many as they turn out to be. Lines are counted."""
    rows = tmp_path / file
    rows.write_text(text, encoding="utf-8")
    traces = {"mine": {"kind": "rows", "path": str(rows)}}
    graph = Graph.read(POCKET, {"study": "now", "traces": traces, "experiments": {"sft_custom": {"traces": ["mine"]}}})
    found = times(graph, "traces/mine", "models/sft_custom", "models/direct_rl")
    assert found.assumed == assumed
