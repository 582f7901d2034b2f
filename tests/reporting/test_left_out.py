"""Experiments that are asked some of the benchmarks: what was not asked is – and no 0, and breaks nothing."""

import csv
import json
from pathlib import Path

import pytest

from gradus.evaluation import ablation_csv
from gradus.evaluation.ablation_table import render_markdown
from gradus.evaluation.comparison_table import read_csv
from gradus.provenance.files import read_json
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.report import build_report
from gradus.reporting.words import report_text
from reporting.made_ablation import BENCHMARKS, EXPERIMENTS, MadeStudy
from reporting.study_files import files_of, write_study

FIRST, SECOND = (name for name, _ in BENCHMARKS)
NAMES = [name for name, *_ in EXPERIMENTS]
LEFT_OUT = {
    "the baseline's first": {("baseline", FIRST)},
    "the baseline's last": {("baseline", SECOND)},
    "one of a pair": {("direct_rl", FIRST), ("sft_then_rl", SECOND)},
    "one of a voted one": {("grpo_v2", SECOND)},
    "all but the baseline's": {(name, SECOND) for name in NAMES[1:]},
    "all of the first but one": {(name, FIRST) for name in NAMES[:-1]},
    "all that are voted on": {(name, SECOND) for name in ("baseline", "grpo_v2")},
}


def inputs_of(folder: Path, left_out: set[tuple[str, str]]) -> ReportInputs:
    return load_inputs(files_of(write_study(folder, MadeStudy(left_out=frozenset(left_out)))))


@pytest.mark.parametrize("left_out", LEFT_OUT.values(), ids=LEFT_OUT)
def test_tables_page_and_words_leave_out_what_was_not_asked(tmp_path: Path, left_out: set[tuple[str, str]]) -> None:
    inputs = inputs_of(tmp_path, left_out)
    there = {(entry["name"], b) for entry in inputs.experiments for b in entry["cells"]}
    assert there == {(name, b) for name in NAMES for b in (FIRST, SECOND)} - left_out
    page, words = build_report(inputs), report_text(inputs)
    assert "nan" not in words.lower().replace("finan", "")
    for pair in inputs.comparisons:
        assert not {(pair["a"], pair["benchmark"]), (pair["b"], pair["benchmark"])} & left_out
    table = render_markdown(inputs.ablation)
    rows = {line.split("|")[1]: line.split("|")[2:-1] for line in table.splitlines() if line.startswith("|")}
    shown = [
        cell.strip()
        for title, cells in rows.items()
        for cell in cells
        if any(f"**{e[1]}**" in title for e in EXPERIMENTS)
    ]
    assert shown.count("–") == len(left_out)
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert len(data["samples"]["cells"]) == len(there)


def test_a_csv_has_no_row_for_what_was_not_asked(tmp_path: Path) -> None:
    left_out = LEFT_OUT["one of a pair"]
    results = write_study(tmp_path, MadeStudy(left_out=frozenset(left_out)))
    rows = csv.DictReader(ablation_csv.render(read_json(results / "ablation.json")).splitlines())
    empty = {(row["experiment"], b) for row in rows for b in (FIRST, SECOND) if row[f"{b}_accuracy"] == ""}
    assert empty == left_out
    pairs = [(row["a"], row["b"], row["benchmark"]) for row in read_csv(results / "comparisons.csv")]
    assert ("direct_rl", "sft_then_rl", FIRST) not in pairs
    assert ("direct_rl", "sft_then_rl", SECOND) not in pairs
    assert ("baseline", "direct_rl", SECOND) in pairs
