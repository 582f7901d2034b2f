"""Which weights an experiment starts from and ends with."""

from pathlib import Path

from gradus.graph.graph import Graph
from gradus.specs.models import DequantizeModelSpec, MergeAdapterSpec, WeightsSpec
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


NEW = NEXT | {"adapter": "new"}


def test_a_new_adapter_starts_from_the_merged_weights(tmp_path: Path) -> None:
    lineage = Lineage(
        study(
            tmp_path,
            ("experiments.new", {"from": "sft", **NEW, "lora": {"rank": 4, "alpha": 4.0, "targets": ["q_proj"]}}),
            ("experiments.more", {"from": "new", **NEXT, "lora": {"rank": 4, "alpha": 4.0, "targets": ["q_proj"]}}),
            ("experiments.third", {"from": "more", **NEW, "checkpoint": 40}),
            ("experiments.row", {"from": "third", "checkpoint": 20, "stage": "none"}),
            ("experiments.behind_a_row", {"from": "row", **NEW}),
            ("experiments.full", {"from": "third", "method": "full", **NEXT}),
        )
    )
    assert lineage.start("new") == Weights("sft.merged")
    assert lineage.weights("new") == Weights("sft.merged", "new")
    assert lineage.start("more") == Weights("sft.merged", "new")
    assert lineage.start("third") == Weights("more.at-40.merged")
    assert lineage.weights("row") == Weights("more.at-40.merged", "third.at-20")
    assert lineage.start("behind_a_row") == Weights("third.at-20.merged")
    assert lineage.start("full") == Weights("more.at-40.merged", "third")
    assert lineage.merged() == {
        "more.at-40.merged": Weights("sft.merged", "more.at-40"),
        "sft.merged": Weights("base", "sft"),
        "third.at-20.merged": Weights("more.at-40.merged", "third.at-20"),
    }
    assert {lineage.root(name) for name in ("new", "third", "behind_a_row")} == {"base"}


def test_merged_weights_are_quantized_again_under_qlora(tmp_path: Path) -> None:
    here = {"backend": "torch", "method": "qlora"}
    lineage = Lineage(
        study(
            tmp_path,
            ("experiments.q", {"from": "base", **QLORA}),
            ("experiments.trl", {"from": "q", **QLORA, "adapter": "new"}),
            ("experiments.torch", {"from": "q", **NEW, **here}),
            ("experiments.lora", {"from": "q", **NEW}),
        )
    )
    assert lineage.merged() == {"q.merged": Weights("base.nf4", "q")}
    assert lineage.start("trl") == Weights("q.merged")  # which TRL quantizes itself
    assert lineage.weights("trl") == Weights("q.merged.nf4", "trl")
    assert lineage.start("torch") == Weights("q.merged.nf4")
    assert lineage.weights("lora") == Weights("q.merged", "lora")
    assert lineage.dequantized() == {"base.nf4": "base", "q.merged.nf4": "q.merged"}


def test_what_is_merged_is_a_job_of_every_training_run(tmp_path: Path) -> None:
    more = [("experiments.sft.seeds", 2), ("experiments.new", {"from": "sft", **NEW, "method": "qlora"})]
    graph = Graph(study(tmp_path, *more))
    for run, adapter in (("new", "sft"), ("new.seed-1", "sft.seed-1")):
        merged, parts = f"models/{adapter}.merged", ("base", adapter)
        job = graph.jobs[merged]
        assert (job.stage, job.settings) == (
            "merge_adapter",
            MergeAdapterSpec(weights=WeightsSpec(dense="base", adapter=adapter)),
        )
        assert job.reads == {"weights": [f"results/small/models/{name}/model.json" for name in parts]}
        assert graph.jobs[f"{merged}.nf4"].settings.weights == WeightsSpec(dense=f"{adapter}.merged")
        settings = graph.jobs[f"models/{run}"].settings
        assert settings.weights == WeightsSpec(dense=f"{adapter}.merged.nf4")
        assert "adapter" not in type(settings).model_fields  # the weights say it
        assert f"results/small/ledger/{merged}.json" in graph.jobs["ledger"].reads["entries"]
    assert graph.jobs["export/new"].reads["weights"][0] == "results/small/models/sft.merged.nf4/model.json"
    assert Graph(study(tmp_path)).of_stages("merge_adapter") == []


def test_a_checkpoint_of_all_parameters_is_quantized_for_the_network_that_reads_it_dense(tmp_path: Path) -> None:
    full = ("experiments.full", {"from": "base", "method": "full", **NEXT})
    here = ("experiments.here", {"from": "full", "checkpoint": 40, **NEXT, "method": "qlora"})
    lineage = Lineage(study(tmp_path, full, here))
    assert lineage.start("here") == Weights("full.at-40.nf4")
    assert lineage.weights("here") == Weights("full.at-40.nf4", "here")
