"""How many GPUs an experiment trains on: what takes several, what it asks of the machine, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.asked import ONE_GPU, Machine
from gradus.estimates.resources import Resources, resources_of
from gradus.graph.graph import Graph, study_specs
from gradus.provenance.errors import GradusError

LOCAL = Path(__file__).resolve().parents[2] / "config" / "local_gpu.yaml"
POCKET = LOCAL.with_name("pocket.yaml")


def planned(study: Path, name: str, **settings: Any) -> Graph:
    return Graph.read(study, {"experiments": {name: settings}})


def asked(graph: Graph, job: str, machine: Machine = ONE_GPU) -> Resources:
    found = study_specs(graph)
    return resources_of(found.specs[f"{job}.json"], found, machine)


@pytest.mark.parametrize("name", ["grpo_lora", "grpo_full"])
def test_an_experiment_asks_for_its_gpus_and_without_any_for_as_many_processes(name: str) -> None:
    graph = planned(LOCAL, name, backend="torch", gpus=4, optimizer="adamw", micro_batch=None)
    assert graph.jobs[f"models/{name}"].settings.gpus == 4
    there, here = asked(graph, f"models/{name}"), asked(graph, f"models/{name}", replace(ONE_GPU, has_gpu=False))
    assert (there.gpu, here.gpu, here.threads) == (4, 0, 4)
    one = asked(planned(LOCAL, name, backend="torch", optimizer="adamw", micro_batch=None), f"models/{name}")
    assert (one.gpu, there.threads) == (1, 4 * one.threads)


@pytest.mark.parametrize(
    ("study", "name", "settings", "named"),
    [
        (POCKET, "direct_rl", {}, "torch has no gpus: 2; remove this key, or set network: transformers$"),
        (LOCAL, "grpo_lora", {"backend": "trl"}, "trl has no gpus: 2; remove this key, or set backend: torch"),
        (POCKET, "direct_rl", {"backend": "tinker"}, "tinker has no gpus: 2; remove this key, or set backend: torch"),
        (
            POCKET,
            "direct_rl",
            {"network": "transformers", "method": "qlora"},
            "torch cannot divide weights of 4 bits among GPUs; set gpus: 1, or method: lora$",
        ),
    ],
)
def test_several_are_refused_by_what_trains_on_one(
    study: Path, name: str, settings: dict[str, Any], named: str
) -> None:
    with pytest.raises(GradusError, match=rf"experiments.{name}.gpus: backend: {named}"):
        planned(study, name, gpus=2, **settings)


def test_weights_that_gpus_have_divided_are_sent_to_no_server() -> None:
    several = {"direct_rl": {"network": "transformers", "gpus": 2}}
    with pytest.raises(GradusError, match=r"experiments.direct_rl.gpus: backend: torch cannot send weights that GPUs"):
        Graph.read(POCKET, {"experiments": several, "rollouts": {"engine": "vllm_server"}})
