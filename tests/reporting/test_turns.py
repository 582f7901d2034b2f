"""Completions of several turns in the browser of completions."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from gradus.reporting import samples
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.plots.marks import marks_of
from gradus.reporting.report import build_report
from gradus.sampling.samples import MESSAGES
from reporting.chromium import Browser
from reporting.made_ablation import MadeStudy
from reporting.study_files import files_of, write_study

CALL = '{"name": "calculator", "arguments": {"expression": "2*<b>"}}'


@pytest.fixture
def inputs(tmp_path: Path) -> ReportInputs:
    """A study in which one cell's answers have a call and its result before them."""
    files = files_of(write_study(tmp_path, MadeStudy()))
    path = files.samples["baseline", "math500"]
    table = parquet.read_table(path)
    before = [{"role": "assistant", "content": CALL}, {"role": "tool", "content": "error: '<' is not arithmetic"}]
    turns = [[*before, {"role": "assistant", "content": text}] for text in table["text"].to_pylist()]
    parquet.write_table(table.append_column(MESSAGES, pa.array(turns, MESSAGES.type)), path)
    return load_inputs(files)


def test_turns_before_the_last_are_with_the_completion(inputs: ReportInputs) -> None:
    found = samples.section(inputs, marks_of(inputs))
    assert found is not None
    data = found["data"]
    names = [entry["name"] for entry in data["experiments"]], [entry["name"] for entry in data["benchmarks"]]
    for cell in data["cells"]:
        items = [item for shown in cell["outcomes"].values() for item in shown["items"]]
        several = (names[0][cell["e"]], names[1][cell["b"]]) == ("baseline", "math500")
        assert all(("earlier" in item) == several for item in items)
        if several:
            assert items[0]["earlier"] == [("assistant", CALL), ("tool", "error: '<' is not arithmetic")]
            assert "Step 1" in items[0]["text"]


def test_the_page_shows_who_says_what(inputs: ReportInputs, chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(build_report(inputs), encoding="utf-8")
    chromium.open(path)
    said = "[...document.querySelectorAll('#browse-text .turn')].map(turn => turn.textContent)"
    first, tool, last = chromium.ask(said)
    assert (first, tool) == (f"Model{CALL}", "Toolerror: '<' is not arithmetic")
    assert last.startswith("ModelStep 1")
    assert chromium.ask("document.querySelectorAll('#browse-text b b').length") == 0
    assert chromium.complaints() == []
