"""What a study names outside its results is in the specs by content; what lies within is an edge of the graph."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gradus.graph import spec_files
from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from study.made_study import changed, study
from study.planned import specs_of

LONG_AGO = 1_000_000_000
CHANGES = (
    ("problems.gsm", {"source": "gsm8k", "split": "train", "path": "gsm.jsonl"}),
    ("traces.mine", {"kind": "rows", "path": "mine"}),
    ("models.base", {"source": "folder", "path": "model"}),
)
OF_THE_MODEL = {
    *("models/base", "models/sft", "models/rl", "models/sft_rl", "lengths/sft"),
    *(f"samples/{e}/{b}" for e in ("baseline", "sft", "rl", "sft_rl") for b in ("easy", "hard")),
    *(f"samples/{e}/easy.votes" for e in ("baseline", "rl")),
    *(f"export/{e}" for e in ("baseline", "sft", "rl", "sft_rl")),
}


def model(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, text in (("config.json", "{}"), ("tokenizer.json", "{}"), ("model.safetensors", "weights")):
        (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: f"{script}-1")
    # The model's files are none that could be read, which is not what is looked at here.
    monkeypatch.setattr("gradus.study.schema.chat_mistakes", lambda models: [])
    monkeypatch.setattr("gradus.study.schema.shape_mistakes", lambda study: [])
    (tmp_path / "gsm.jsonl").write_text('{"id": 1}\n', encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/train.jsonl").write_text('{"prompt": 1}\n', encoding="utf-8")
    model(tmp_path / "model")
    return tmp_path


def changed_by_a_build(study: Path) -> set[str]:
    graph = Graph.read(study)
    planned = spec_files.plan_specs(graph)
    spec_files.write_specs(graph, planned)
    return set(planned.changes)


@pytest.mark.parametrize(
    ("file", "specs"),
    [
        ("gsm.jsonl", {"problems/gsm"}),
        ("mine/train.jsonl", {"traces/mine"}),
        ("model/model.safetensors", OF_THE_MODEL),
        ("model/tokenizer.json", OF_THE_MODEL),
    ],
)
def test_content_counts_and_time_stamps_do_not(here: Path, file: str, specs: set[str]) -> None:
    path = changed(here, *CHANGES)
    changed_by_a_build(path)
    os.utime(file)
    assert changed_by_a_build(path) == set()
    other = here / "other"
    other.write_text(Path(file).read_text(encoding="utf-8").replace("1", "2") + " ", encoding="utf-8")
    os.utime(other, (LONG_AGO, LONG_AGO))
    shutil.copy2(other, file)
    assert changed_by_a_build(path) == specs
    assert changed_by_a_build(path) == set()


def test_a_path_into_the_own_results_is_an_input_and_need_not_be_there(here: Path) -> None:
    changes = (
        ("models.rl_model", {"source": "folder", "path": "./results/../results/small/export/rl"}),
        ("experiments.again", {"from": "rl_model", "stage": "grpo", "problems": "train"}),
        ("experiments.again_sampled", {"from": "again", "stage": "none"}),
        ("traces.copied", {"kind": "rows", "path": str(here / "results/small/traces/custom.jsonl")}),
        ("problems.copied", {"source": "gsm8k", "split": "train", "path": "results/small/problems/train.parquet"}),
    )
    plan = Graph.read(changed(here, *changes))
    jobs, small = plan.jobs, "results/small"
    assert jobs["models/rl_model"].reads["folder"] == [f"{small}/export/rl"]
    assert jobs["traces/copied"].reads["raw"] == [f"{small}/traces/custom.jsonl"]
    assert jobs["problems/copied"].reads["raw"] == [f"{small}/problems/train.parquet"]
    assert jobs["models/again"].reads["weights"] == [f"{small}/models/rl_model/model.json"]
    assert specs_of(plan)["models/rl_model"]["settings"]["path"] == f"{small}/export/rl"
    assert "sha256" not in json.dumps(specs_of(plan))
    assert jobs["samples/again_sampled/easy"].obeys == (("corpora", "base"), ("problems", "train"))
    assert jobs["samples/rl/easy"].obeys == (("corpora", "base"), ("problems", "train"))


def test_what_another_study_made_is_an_outside_file(here: Path) -> None:
    model(here / "results/other/export/rl")
    there = ("models.rl_model", {"source": "folder", "path": "results/other/export/rl"})
    plan = Graph.read(changed(here, there))
    assert plan.jobs["models/rl_model"].reads["folder"] == []
    assert specs_of(plan)["models/rl_model"]["settings"]["outside"]["path"] == "results/other/export/rl"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            [("models.m", {"source": "folder", "path": "results/small/export/nobody"})],
            "models.m.path: 'results/small/export/nobody' is among this study's own results and nothing in the study "
            "makes it; expected results/small/export/EXPERIMENT, an experiment's model, or a place outside",
        ),
        (
            [("traces.t", {"kind": "rows", "path": "results/small/samples/rl/easy.parquet"})],
            "traces.t.path: 'results/small/samples/rl/easy.parquet' is among this study's own results and nothing in",
        ),
        (
            [("models.base", {"source": "folder", "path": "results/small/export/sft"})],
            "models.base.path: 'results/small/export/sft' is made of 'base' itself; name another one",
        ),
        (
            [("traces.t", {"kind": "rows", "path": "results/small/traces/t.jsonl"})],
            "traces.t.path: 'results/small/traces/t.jsonl' is made of 't' itself; name another one",
        ),
    ],
)
def test_what_no_rule_makes_or_what_makes_itself_is_refused(
    here: Path, changes: list[tuple[str, Any]], said: str
) -> None:
    with pytest.raises(GradusError) as caught:
        study(here, *changes)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("problems.p", {"source": "gsm8k", "split": "train", "path": "bad.xlsx"}),
            "problems.p.path: 'bad.xlsx' is of",
        ),
        (
            ("traces.t", {"kind": "rows", "path": "table"}),
            "traces.t.path: 'table/rows.xlsx' is of no kind that is read",
        ),
        (("models.m", {"source": "folder", "path": "pickled"}), "has its weights as pytorch_model.bin, which is not"),
        (("models.m", {"source": "folder", "path": "adapter"}), "'adapter' is an adapter without its base model"),
    ],
)
def test_files_of_a_kind_that_is_not_read_are_refused(here: Path, change: tuple[str, Any], said: str) -> None:
    Path("bad.xlsx").write_text("a,b\n", encoding="utf-8")
    for file in ("table/rows.xlsx", "pickled/pytorch_model.bin", "pickled/config.json", "pickled/tokenizer.json"):
        Path(file).parent.mkdir(exist_ok=True)
        Path(file).touch()
    Path("adapter").mkdir()
    Path("adapter/adapter_config.json").touch()
    with pytest.raises(GradusError) as caught:
        study(here, change)
    assert said in str(caught.value)
    assert ";" in str(caught.value)
