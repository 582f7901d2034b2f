"""Which weights an experiment starts from and ends with."""

from pathlib import Path

from gradus.graph.graph import Graph
from gradus.specs.models import DequantizeModelSpec, WeightsSpec
from gradus.study.lineage import Lineage, Weights
from study.made_study import study

NEXT = {"stage": "grpo", "problems": "train"}
QLORA = NEXT | {"backend": "trl", "method": "qlora"}


def test_models_and_untrained_rows_are_their_own_weights(tmp_path: Path) -> None:
    lineage = Lineage(
        study(
            tmp_path,
            ("experiments.again", {"from": "baseline", "stage": "none"}),
            ("experiments.row", {"from": "rl", "stage": "none"}),
            ("experiments.row2", {"from": "row", "stage": "none"}),
        )
    )
    assert lineage.weights("base") == Weights("base")
    assert lineage.weights("baseline") == lineage.weights("again") == Weights("base")
    assert lineage.weights("row") == lineage.weights("row2") == Weights("base", "rl")
    assert lineage.start("row2") == Weights("base", "rl")


def test_an_adapter_continues_the_adapter_before_it(tmp_path: Path) -> None:
    lineage = Lineage(study(tmp_path))
    assert lineage.start("sft") == Weights("base")
    assert lineage.weights("sft") == Weights("base", "sft")
    assert lineage.start("sft_rl") == Weights("base", "sft")
    assert lineage.weights("sft_rl") == Weights("base", "sft_rl")


def test_full_training_ends_an_adapter_and_a_new_one_stands_on_it(tmp_path: Path) -> None:
    lineage = Lineage(
        study(
            tmp_path,
            ("experiments.full", {"from": "sft", "method": "full", **NEXT}),
            ("experiments.lora", {"from": "full", **NEXT}),
            ("experiments.more", {"from": "lora", **NEXT}),
        )
    )
    assert lineage.start("full") == Weights("base", "sft")
    assert lineage.weights("full") == Weights("full")
    assert lineage.start("lora") == Weights("full")
    assert lineage.weights("lora") == Weights("full", "lora")
    assert lineage.weights("more") == Weights("full", "more")
    assert lineage.root("more") == "base"


def test_training_problems_are_those_of_traces_and_rl(tmp_path: Path) -> None:
    more = ("problems.more", {"source": "pocket", "split": "train"})
    assert Lineage(study(tmp_path, more)).training_problems() == ["train"]
    assert Lineage(study(tmp_path, more, ("experiments.rl.problems", "more"))).training_problems() == ["more", "train"]


def test_an_adapter_of_qlora_belongs_to_the_dequantized_model(tmp_path: Path) -> None:
    lineage = Lineage(
        study(
            tmp_path,
            ("experiments.q", {"from": "base", **QLORA}),
            ("experiments.row", {"from": "q", "checkpoint": 40, "stage": "none"}),
            ("experiments.more", {"from": "q", **QLORA}),
            ("experiments.plain", {"from": "more", **NEXT}),
            ("experiments.full", {"from": "q", "method": "full", **NEXT}),
            ("experiments.on_full", {"from": "full", **QLORA}),
            ("experiments.half", {"from": "full", "checkpoint": 20, "stage": "none"}),
            ("experiments.on_half", {"from": "half", **QLORA}),
            ("experiments.on_lora", {"from": "rl", **QLORA}),
            ("experiments.half_bf16", {"from": "half", **QLORA, "bf16": True}),
            ("experiments.bf16", {"from": "q", **QLORA, "bf16": True}),
            ("experiments.after_bf16", {"from": "bf16", **QLORA}),
            ("experiments.here_after_bf16", {"from": "bf16", **NEXT, "method": "qlora"}),
            ("experiments.here", {"from": "base", **NEXT, "method": "qlora"}),
            ("experiments.here_more", {"from": "here", **NEXT, "method": "qlora"}),
        )
    )
    assert lineage.start("q") == Weights("base")
    assert lineage.weights("q") == Weights("base.nf4", "q")
    assert lineage.weights("row") == Weights("base.nf4", "q.at-40")
    assert lineage.start("more") == Weights("base", "q")
    assert lineage.weights("more") == Weights("base.nf4", "more")
    assert lineage.start("plain") == Weights("base.nf4", "more")
    assert lineage.weights("plain") == Weights("base.nf4", "plain")
    assert lineage.start("full") == Weights("base.nf4", "q")
    assert lineage.weights("on_full") == Weights("full.nf4", "on_full")
    assert lineage.start("on_lora") == Weights("base", "rl")
    assert lineage.start("here") == Weights("base.nf4")
    assert lineage.weights("here") == Weights("base.nf4", "here")
    assert lineage.start("here_more") == lineage.weights("here")
    assert lineage.weights("here_more") == Weights("base.nf4", "here_more")
    assert lineage.weights("on_half") == Weights("full.at-20.nf4", "on_half")
    assert lineage.weights("bf16") == Weights("base.nf4-bf16", "bf16")
    assert lineage.start("after_bf16") == Weights("base", "bf16")
    assert lineage.weights("after_bf16") == Weights("base.nf4", "after_bf16")
    assert lineage.start("here_after_bf16") == Weights("base.nf4", "bf16")
    assert lineage.dequantized() == {
        "base.nf4": "base",
        "base.nf4-bf16": "base",
        "full.at-20.nf4": "full.at-20",
        "full.at-20.nf4-bf16": "full.at-20",
        "full.nf4": "full",
    }
    assert {lineage.root(name) for name in ("plain", "on_half")} == {"base"}


def test_the_dequantized_model_is_a_job_of_the_graph(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, ("experiments.q", {"from": "base", **QLORA})))
    base, dequantized = ("results/small/models/base/model.json", "results/small/models/base.nf4/model.json")
    job = graph.jobs["models/base.nf4"]
    assert (job.stage, job.result, job.reads) == ("dequantize_model", dequantized, {"weights": [base]})
    assert job.settings == DequantizeModelSpec(weights=WeightsSpec(dense="base"), precision="float32")
    assert graph.jobs["models/q"].reads["weights"] == [base]
    assert graph.jobs["samples/q/easy"].reads["weights"][0] == dequantized
    assert "results/small/ledger/models/base.nf4.json" in graph.jobs["ledger"].reads["entries"]
    assert Graph(study(tmp_path)).of_stages("dequantize_model") == []
