"""The results of a study that was built: documented whole, and read as frames."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gradus.provenance.files import read_json
from gradus.results import load
from graph.project import RESULTS, environment
from linked_project import PROJECT
from results.results_page import PAGE, absent, read_page, undocumented
from write_notebook import NOTEBOOKS, executed

pytestmark = pytest.mark.slow


@pytest.fixture
def pocket(finished: Path, tmp_path: Path) -> Path:
    """A folder in which the built study has the pocket study's name."""
    (tmp_path / "results").mkdir()
    (tmp_path / "results/pocket").symlink_to(finished / RESULTS)
    return tmp_path


def test_every_file_and_every_column_is_documented(finished: Path) -> None:
    assert undocumented(finished / RESULTS, read_page(PAGE.read_text(encoding="utf-8"))) == []


def test_every_documented_file_and_column_is_there(finished: Path) -> None:
    assert absent(finished / RESULTS, read_page(PAGE.read_text(encoding="utf-8"))) == []


def test_a_built_study_is_read_with_the_accuracies_of_its_table(finished: Path) -> None:
    study = load(finished / RESULTS)
    means = study.answers.groupby(["experiment", "benchmark"], observed=True)["correct"].mean()
    rows = read_json(study.folder / "ablation.json")["experiments"]
    table = {(row["name"], name): cell["accuracy"] for row in rows for name, cell in row["cells"].items()}
    assert means.to_dict() == pytest.approx(table, abs=1e-12)
    assert {*study.metrics()["stage"]} == {"pretrain", "sft", "grpo"}
    assert {"a", "b", "delta", "p_adjusted"} <= {*study.comparisons()}
    assert len(study.ledger()) > 50


def test_verdicts_on_samples_for_votes_are_those_that_were_counted(finished: Path) -> None:
    study = load(finished / RESULTS, votes=True)
    drawn = study.answers[study.answers["votes"]]
    counted = drawn.groupby(["experiment", "benchmark", "id"], observed=True)["correct"].sum()
    cells = {(path.parent.name, path.stem): read_json(path) for path in (study.folder / "votes").glob("*/*.json")}
    assert len(cells) > 1
    assert counted.to_dict() == {
        (*cell, question): right
        for cell, votes in cells.items()
        for question, right in zip(votes["ids"], votes["correct"], strict=True)
    }


@pytest.mark.parametrize(("name", "plots"), [("pocket", 3), ("baseline", 2), ("analysis", 3)])
def test_a_notebook_runs(pocket: Path, monkeypatch: pytest.MonkeyPatch, name: str, plots: int) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "scripts"))
    monkeypatch.setenv("GRADUS_STUDY", "pocket")
    notebook = executed(NOTEBOOKS / f"{name}.py", pocket)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == plots


def test_the_example_of_the_page_runs(pocket: Path) -> None:
    page = (PROJECT / "docs/analyse.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    said = subprocess.run(
        [sys.executable, "-c", example],
        cwd=pocket,
        env=environment(PYTHONPATH=str(PROJECT / "scripts")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "ci95_lo" in said.stdout
