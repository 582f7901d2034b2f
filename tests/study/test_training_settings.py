"""What is checked of a training: adapters, traces, lengths, rates."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from study.made_study import study
from study.test_schema import refusal


def test_an_adapter_that_is_continued_keeps_its_shape(tmp_path: Path) -> None:
    (line,) = refusal(tmp_path, ("experiments.sft.lora", {"rank": 8}))
    assert line.startswith("experiments.sft_rl.lora: continues the adapter of 'sft'")
    study(tmp_path, ("experiments.sft.lora", {"rank": 8}), ("experiments.sft_rl.method", "full"))
    study(tmp_path, ("experiments.sft.lora", {"rank": 8}), ("experiments.sft.method", "full"))
    study(tmp_path, ("experiments.sft.lora", {"rank": 8}), ("experiments.sft_rl.lora", {"rank": 8}))


def test_the_adapter_behind_an_untrained_row_counts(tmp_path: Path) -> None:
    row = ("experiments.row", {"from": "sft", "stage": "none"})
    (line,) = refusal(tmp_path, row, ("experiments.sft.lora", {"rank": 8}), ("experiments.sft_rl.from", "row"))
    assert line.startswith("experiments.sft_rl.lora: continues the adapter of 'row'")


def test_a_new_adapter_has_any_shape_and_needs_one_to_merge(tmp_path: Path) -> None:
    study(tmp_path, ("experiments.sft.lora", {"rank": 8}), ("experiments.sft_rl.adapter", "new"))
    (line,) = refusal(tmp_path, ("experiments.rl.adapter", "new"), ("experiments.sft_rl.adapter", "continue"))
    nothing = "experiments.rl.adapter: 'base' has no adapter to merge, so the one that is trained is new"
    assert line.startswith(f"{nothing}; remove this key")
    (line,) = refusal(tmp_path, ("experiments.sft.method", "full"), ("experiments.sft_rl.adapter", "new"))
    assert line.startswith("experiments.sft_rl.adapter: 'sft' has no adapter to merge")
    (line,) = refusal(tmp_path, ("experiments.rl.from", "bse"), ("experiments.rl.adapter", "new"))
    assert line.startswith("experiments.rl.from: there is no model or experiment 'bse'")
    full = ("experiments.sft_rl.adapter", "new"), ("experiments.sft_rl.method", "full")
    (line,) = refusal(tmp_path, *full)
    assert line.startswith("experiments.sft_rl.adapter: method: full trains all parameters of the merged weights")


def test_a_loss_is_measured_in_between_only_where_something_is_held_out(tmp_path: Path) -> None:
    study(tmp_path, ("experiments.sft.evaluate_every", 10))
    (line,) = refusal(tmp_path, ("experiments.sft.evaluate_every", 10), ("experiments.sft.held_out_share", 0))
    assert line.startswith("experiments.sft.evaluate_every: nothing is held out to measure a loss on; set a held_out")


def test_a_set_of_traces_is_named_once_and_may_have_a_weight(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, ("experiments.sft.traces", ["public", {"custom": 2}])))
    job = graph.jobs["models/sft"]
    assert job.settings.traces == ["public", {"custom": 2.0}]
    files = [f"results/small/traces/{name}.jsonl" for name in ("public", "custom")]
    assert job.reads["traces"] == graph.jobs["lengths/sft"].reads["traces"] == files
    assert graph.jobs["lengths/sft"].settings.traces == ["public", "custom"]
    assert set(job.obeys) == {("traces", "public"), ("traces", "custom")}
    for traces, said in (
        (["custom", {"custom": 2}], "traces.1: 'custom' is named twice; give it a weight, such as {custom: 2}"),
        (["custom", {"pubic": 2}], "traces.1: there is no trace set 'pubic'; there are custom, public"),
        ([{"custom": 0}], "traces.0.custom: has to be greater than 0, not 0"),
        ([{"custom": 1, "public": 2}], "traces.0: expected at most 1 entries, not {'custom': 1, 'public': 2}"),
    ):
        assert refusal(tmp_path, ("experiments.sft.traces", traces)) == [f"experiments.sft.{said}"]


@pytest.mark.parametrize("value", ["p0", "p101", "95", "longest"])
def test_a_length_may_be_a_percentile(tmp_path: Path, value: str) -> None:
    graph = Graph(study(tmp_path, ("experiments.sft.max_length", "p95")))
    assert graph.jobs["models/sft"].settings.max_length == graph.jobs["lengths/sft"].settings.max_length == "p95"
    said = f"experiments.sft.max_length: expected a percentile such as p95, not '{value}'"
    assert refusal(tmp_path, ("experiments.sft.max_length", value)) == [said]


def test_a_rate_by_rule_is_for_adapters_of_families_that_have_one(tmp_path: Path) -> None:
    auto = ("experiments.sft.learning_rate", "auto")
    study(tmp_path, auto, ("experiments.rl.learning_rate", "auto"), ("experiments.sft.method", "qlora"))
    (line,) = refusal(tmp_path, auto, ("experiments.sft.method", "full"))
    assert line.startswith("experiments.sft.learning_rate: auto is a rule for adapters, and method: full trains none")
    judged = ("traces.judged", {"kind": "judged", "teacher": "teacher", "problems": "train"})
    dpo = {"from": "base", "stage": "dpo", "backend": "trl", "traces": ["judged"], "learning_rate": "auto"}
    (line,) = refusal(tmp_path, judged, ("experiments.dpo", dpo))
    assert (
        line == "experiments.dpo.learning_rate: auto is a rule for sft and grpo, not for dpo; name a rate, such as 5e-6"
    )
    (line,) = refusal(tmp_path, auto, ("models.base", {"source": "hub", "repo": "google/gemma-3-4b-it"}))
    said = "auto is known for models of Qwen and Llama, and 'base' is google/gemma-3-4b-it; name a rate, such as 1e-4"
    assert line == f"experiments.sft.learning_rate: {said}"


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ({"source": "hub", "repo": "Qwen/Qwen3-4B"}, "qwen"),
        ({"source": "hub", "repo": "meta-llama/Llama-3.2-3B"}, "llama"),
        ({}, "qwen"),
        ({"architecture": {"family": "llama"}}, "llama"),
    ],
)
def test_the_family_is_that_of_the_name_or_of_the_architecture(tmp_path: Path, model: Any, family: str) -> None:
    changes = [
        ("models.base", model),
        ("experiments.sft_rl.learning_rate", "auto"),
        ("sampling", {"sampler": "transformers"}),
    ]
    graph = Graph(study(tmp_path, *changes))
    assert graph.jobs["models/sft_rl"].settings.rate_family == family
    assert graph.jobs["models/sft_rl"].settings.learning_rate == "auto"
    assert graph.jobs["models/sft"].settings.rate_family is None
