"""Losses of fine-tunings: from the metrics of their runs to the table, by hand."""

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from gradus.evaluation.stages_table import read_csv, render_csv, render_markdown, stage_rows
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import TrainedStage
from gradus.study.settings.published import PublishedLosses

FIRST: list[dict[str, Any]] = [
    {"step": 0, "max_length": 40},
    {"step": 1, "loss": 3.0},
    {"step": 2, "loss": 2.0},
    {"step": 2, "held_out_loss": 2.4},
    {"step": 3, "loss": 1.0},
    {"step": 3, "held_out_loss": 1.25},
]
SECOND: list[dict[str, Any]] = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}, {"step": 2, "held_out_loss": 1.75}]


def stage(name: str, number: int, *runs: str, **more: Any) -> TrainedStage:
    about = {"title": name.capitalize(), "parent": "base", "traces": ["chat", "math"], "runs": [*runs]}
    return TrainedStage(experiment=name, number=number, **(about | more))


def test_train_loss_is_the_mean_over_steps_and_eval_loss_the_last() -> None:
    (row,) = stage_rows(stage("tulu", 1, "tulu"), {"tulu": FIRST})
    assert (row.steps, row.train_loss, row.eval_loss) == (3, 2.0, 1.25)
    assert (row.experiment, row.run, row.stage, row.traces) == ("tulu", "", 1, "chat math")


def test_several_runs_are_a_mean_and_a_row_each() -> None:
    metrics = {"tulu": FIRST, "tulu.seed-1": SECOND}
    whole, first, second = stage_rows(stage("tulu", 1, "tulu", "tulu.seed-1"), metrics)
    assert (whole.run, whole.steps, whole.train_loss, whole.eval_loss) == ("", 3, 1.75, 1.5)
    assert (first.run, first.train_loss, first.eval_loss) == ("tulu", 2.0, 1.25)
    assert (second.run, second.train_loss, second.eval_loss) == ("tulu.seed-1", 1.5, 1.75)


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    published = PublishedLosses(train=1.5432, eval=1.5652)
    rows = [
        *stage_rows(stage("tulu", 1, "a", "b"), {"a": FIRST, "b": SECOND}),
        *stage_rows(stage("gsm8k", 2, "gsm8k", published=published), {"gsm8k": [{"step": 1, "loss": 0.5}]}),
    ]
    path = tmp_path / "stages.csv"
    path.write_text(render_csv(rows), encoding="utf-8")
    assert read_csv(path) == rows
    *_, last = csv.DictReader(StringIO(path.read_text(encoding="utf-8")))
    assert (last["stage"], last["eval_loss"], last["published_eval_loss"]) == ("2", "", "1.5652")
    path.write_text(path.read_text(encoding="utf-8").replace(",0.5,", ",half,"), encoding="utf-8")
    with pytest.raises(GradusError, match=r"stages\.csv, line 5: .*'half'; delete the file so that it is made again"):
        read_csv(path)


def test_the_table_has_what_was_published_below_each_row() -> None:
    rows = [
        *stage_rows(stage("tulu", 1, "a", "b"), {"a": FIRST, "b": SECOND}),
        *stage_rows(
            stage("gsm8k", 2, "gsm8k", parent="tulu", published=PublishedLosses(train=1.5432, eval=1.5652)),
            {"gsm8k": [{"step": 1, "loss": 1.5}, {"step": 1, "held_out_loss": 1.6}]},
        ),
    ]
    text = render_markdown(rows, {"base": "GPT-2", "tulu": "Tulu"}, "Someone 2025")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    assert lines[2:] == [
        ["**Tulu** (2 runs)", "1", "GPT-2", "chat, math", "3", "1.7500", "1.5000"],
        ["**Gsm8k**", "2", "Tulu", "chat, math", "1", "1.5000", "1.6000"],
        ["published", "", "", "", "", "1.5432 (−0.0432)", "1.5652 (+0.0348)"],
    ]
    assert "published: Someone 2025." in text
    assert "published" not in render_markdown(rows[:3], {})


def test_pretraining_on_a_text_is_stage_0_of_nothing() -> None:
    text = stage("base", 0, "base", parent="", traces=["fineweb"])
    rows = [*stage_rows(text, {"base": FIRST}), *stage_rows(stage("tulu", 1, "tulu"), {"tulu": SECOND})]
    page = render_markdown(rows, {"base": "GPT-2"})
    cells = [cell.strip() for cell in page.splitlines()[2].split("|")]
    assert cells[1:] == ["**Base**", "0", "–", "fineweb", "3", "2.0000", "1.2500", ""]
    assert "Stage 0 is pretraining" in page
    assert "Stage 0" not in render_markdown(rows[1:], {"base": "GPT-2"})
