"""Which weights an experiment starts from and ends with."""

from pathlib import Path

from gradus.study.lineage import Lineage, Weights
from study.made_study import study

NEXT = {"stage": "grpo", "problems": "train"}


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
