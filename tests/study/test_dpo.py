"""Experiments of stage dpo in a study: their jobs, and what is refused while planning."""

import re
from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.shape import Shape
from gradus.estimates.shapes import shape_of
from gradus.estimates.tokens import work_of
from gradus.estimates.work import planned, training_of
from gradus.graph.graph import Graph, study_specs
from gradus.provenance.errors import GradusError
from gradus.specs.training import DpoSpec
from study.made_study import spec_of, study

JUDGED = ("traces.judged", {"kind": "judged", "teacher": "base", "problems": "train"})
DPO = {"from": "base", "stage": "dpo", "traces": ["judged"], "backend": "trl"}


def with_dpo(folder: Path, **settings: Any) -> Graph:
    return Graph(study(folder, JUDGED, ("experiments.dpo", DPO | settings)))


def test_it_is_trained_on_the_judged_set_behind_the_gate_and_is_a_row(tmp_path: Path) -> None:
    graph = with_dpo(tmp_path, beta=0.3, prompt={"suffix": " Go."})
    job = graph.jobs["models/dpo"]
    assert (job.stage, job.modules[0]) == ("dpo", "gradus.training.trl.dpo")
    assert job.reads["traces"] == ["results/small/traces/judged.jsonl"]
    assert job.reads["weights"] == ["results/small/models/base/model.json"]
    assert job.obeys == (("traces", "judged"),)
    assert "contamination/traces/judged.gate" in graph.jobs
    settings = spec_of(graph, "models/dpo", DpoSpec)
    assert (settings.beta, settings.prompt.suffix) == (0.3, " Go.")
    assert "eval/dpo/easy" in graph.jobs


def test_an_accumulated_batch_is_resolved(tmp_path: Path) -> None:
    settings = spec_of(with_dpo(tmp_path, batch_size=4, accumulate=8), "models/dpo", DpoSpec)
    assert (settings.batch_size, settings.micro_batch) == (32, 4)


def test_the_best_checkpoint_is_that_of_the_lowest_held_out_loss(tmp_path: Path) -> None:
    best = ("experiments.best", {"from": "dpo", "checkpoint": "best", "stage": "none"})
    graph = Graph(study(tmp_path, JUDGED, ("experiments.dpo", DPO), best))
    assert graph.jobs["models/dpo.at-best"].settings.model_dump()["metric"] == "held_out_loss"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"backend": "torch"}, "experiments.dpo.backend: backend: torch has no stage: dpo; set backend: trl"),
        ({"backend": "tinker"}, "experiments.dpo.backend: backend: tinker has no stage: dpo; set backend: trl"),
        (
            {"traces": ["custom"]},
            "experiments.dpo.traces.0: 'custom' has no wrong solutions beside its right ones; name a trace set of "
            "kind: judged",
        ),
        (
            {"lora": {"dropout": 0.1}},
            "experiments.dpo.lora.dropout: backend: trl compares the policy that it starts from with the one that "
            "learns from it, which dropout makes two; set dropout: 0",
        ),
        (
            {"micro_batch": 5},
            "experiments.dpo.micro_batch: backend: trl splits a batch evenly; take a divisor of 16 (batch_size = 16)",
        ),
    ],
)
def test_what_it_cannot_do_is_told_in_one_line(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(GradusError) as caught:
        with_dpo(tmp_path, **settings)
    (line,) = str(caught.value).splitlines()
    assert re.sub(r"^.*yaml(:\d+)?: ", "", line) == said


def test_its_tokens_are_those_of_all_solutions_each_read_by_the_start_too(tmp_path: Path) -> None:
    specs = study_specs(with_dpo(tmp_path, max_length=100, epochs=3))
    work = work_of(specs, specs.specs["models/dpo.json"], 0.5)
    solutions = 50 * 8
    assert work is not None
    assert (work.most.prefill, work.most.train) == (3 * solutions * 100, 3 * solutions * 100)
    assert 0 < work.expected.train <= work.most.train


def test_a_pass_has_two_texts_a_pair_and_all_parameters_a_copy_of_the_start(tmp_path: Path) -> None:
    def of(**settings: Any) -> tuple[DpoSpec, Shape]:
        graph = with_dpo(tmp_path, **settings)
        return spec_of(graph, "models/dpo", DpoSpec), shape_of(study_specs(graph), "base")

    full, shape = of(method="full", micro_batch=4)
    assert training_of(full, shape).rows == 8
    assert training_of(full, shape).accumulates
    assert planned(full, shape, 0, 0).reference == 4 * shape.parameters
    adapter, shape = of()
    assert training_of(adapter, shape).rows == 32
    assert planned(adapter, shape, 0, 0).reference == 0
