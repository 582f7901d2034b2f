"""Experiments that start from a checkpoint of another one: whose weights, which files, what is refused."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.study.lineage import Lineage, Weights
from study.made_study import changed, study
from study.planned import specs_of

ROW = ("experiments.row", {"from": "rl", "checkpoint": 40, "stage": "none"})
MORE = {"from": "rl", "checkpoint": 40, "stage": "grpo", "problems": "train"}


def test_a_row_is_the_training_as_it_was_by_then(tmp_path: Path) -> None:
    full = {"from": "base", "stage": "grpo", "problems": "train", "method": "full"}
    lineage = Lineage(
        study(
            tmp_path,
            ROW,
            ("experiments.more", MORE),
            ("experiments.full", full),
            ("experiments.half", {"from": "full", "checkpoint": 20, "stage": "none"}),
            ("experiments.on_half", {"from": "half", "stage": "grpo", "problems": "train"}),
        )
    )
    assert lineage.weights("rl") == Weights("base", "rl")
    assert lineage.weights("row") == lineage.start("more") == Weights("base", "rl.at-40")
    assert lineage.weights("more") == Weights("base", "more")
    assert lineage.weights("half") == lineage.start("on_half") == Weights("full.at-20")
    assert lineage.weights("on_half") == Weights("full.at-20", "on_half")
    assert lineage.root("on_half") == "base"
    assert lineage.checkpoints() == {"full.at-20": ("full", 20), "rl.at-40": ("rl", 40)}


def test_a_checkpoint_hangs_on_the_end_of_its_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    jobs = Graph.read(changed(tmp_path, ROW, ("experiments.more", MORE))).jobs
    weights = [f"results/small/models/{name}/model.json" for name in ("base", "rl.at-40")]
    assert jobs["samples/row/easy"].reads["weights"] == jobs["models/more"].reads["weights"] == weights
    assert (jobs["models/rl.at-40"].stage, jobs["models/rl.at-40"].result) == ("take_checkpoint", weights[1])
    assert "results/small/ledger/models/rl.at-40.json" in jobs["ledger"].reads["entries"]


def test_a_row_changes_no_other_spec(tmp_path: Path) -> None:
    before, after = specs_of(study(tmp_path)), specs_of(study(tmp_path, ROW))
    tables = {"ablation", "comparisons", "lengths", "second_opinion", "votes", "report"}
    assert {path for path in before if before[path] != after[path]} <= tables
    new = {path for path in after if path not in before}
    assert new == {"models/rl.at-40", "export/row"} | {
        f"{kind}/row/{benchmark}" for kind in ("samples", "eval") for benchmark in ("easy", "hard")
    }
    assert after["models/rl.at-40"]["settings"] == {
        "experiment": "rl",
        "checkpoint": 40,
        "metric": "held_out_reward",
    }


def test_a_checkpoint_is_not_inherited(tmp_path: Path) -> None:
    made = study(
        tmp_path, ("experiments.more", MORE), ("experiments.again", {"from": "rl", "inherits": "more", "steps": 3})
    )
    assert made.experiments["more"].checkpoint == 40
    assert made.experiments["again"].checkpoint is None


def test_the_best_by_held_out_problems_counts_them_as_trained_on(tmp_path: Path) -> None:
    best = ("experiments.row", {"from": "rl", "checkpoint": "best", "stage": "none"})
    other = ("problems.other", {"source": "pocket", "split": "train", "size": 10})
    made = study(tmp_path, best, other, ("experiments.rl.held_out", "other"))
    assert "other" in Lineage(made).training_problems()
    specs = specs_of(made)
    assert specs["models/rl"]["settings"]["held_out"] == "other"
    assert specs["models/rl.at-best"]["settings"]["checkpoint"] == "best"
    assert "contamination/problems/other.gate" in specs
    assert specs_of(study(tmp_path))["models/rl"]["settings"]["held_out"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("experiments.row", {"from": "base", "checkpoint": 40, "stage": "none"})], "'base' does not train"),
        ([("experiments.row", {"from": "baseline", "checkpoint": 40, "stage": "none"})], "'baseline' does not train"),
        (
            [("experiments.row", {"from": "rl", "checkpoint": 50, "stage": "none"})],
            r"no checkpoint after step 50 \(kept: 20, 40, 60, 80, 100\)",
        ),
        ([("experiments.row", {"from": "sft_rl", "checkpoint": 20, "stage": "none"})], r"\(kept: none\)"),
        ([("experiments.row", {"from": "rl", "checkpoint": "best", "stage": "none"})], "give it `held_out`"),
        (
            [
                ("experiments.row", {"from": "sft", "checkpoint": "best", "stage": "none"}),
                ("experiments.sft.held_out_share", 0.0),
            ],
            "held_out_share above 0",
        ),
        ([("experiments.rl.held_out", "train")], "trains on; name another"),
        ([("experiments.rl.held_out", "nowhere")], "no problem set 'nowhere'"),
        ([("experiments.row", {"from": "rl", "checkpoint": "last", "stage": "none"})], "best"),
    ],
)
def test_what_cannot_be_is_refused_when_planned(tmp_path: Path, changes: list[tuple[str, Any]], said: str) -> None:
    with pytest.raises(GradusError, match=said):
        study(tmp_path, *changes)


def test_the_report_is_told_where_best_checkpoints_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    best = ("experiments.row", {"from": "rl", "checkpoint": "best", "stage": "none"})
    other = ("problems.other", {"source": "pocket", "split": "train", "size": 10})
    held_out = ("experiments.rl.held_out", "other")
    report = Graph.read(changed(tmp_path, best, other, held_out, ("experiments.rl.seeds", 2), ROW)).jobs["report"]
    assert report.settings.best == {}  # at step 40, which needs no look
    report = Graph.read(changed(tmp_path, best, other, held_out, ("experiments.rl.seeds", 2))).jobs["report"]
    names = ["rl.at-best", "rl.seed-1.at-best"]
    assert report.settings.best == {"row": names}
    assert report.reads["best"] == [f"results/small/models/{name}/model.json" for name in names]
    assert "results/small/ledger/models/rl.json" in report.reads["entries"]
