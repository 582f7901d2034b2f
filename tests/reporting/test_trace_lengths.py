"""The report on traces that are too long to be trained on whole."""

from pathlib import Path

from gradus.provenance.files import write_json
from gradus.reporting.loading import load_inputs
from gradus.reporting.report import build_report
from gradus.traces.lengths import cut_warning, length_report
from reporting.study_files import files_of, write_study


def test_lengths_of_experiments_on_traces_and_a_warning_where_many_are_cut(tmp_path: Path) -> None:
    results = write_study(tmp_path)
    lengths = length_report({"olympiad": [100] * 90 + [3000] * 10}, 2048)
    write_json(results / "lengths/sft.json", lengths | {"warning": cut_warning(lengths, "sft")})
    page = build_report(load_inputs(files_of(results)))
    assert "Warning:</strong> max_length = 2048 cuts 10 of 100 traces (10%) of sft" in page
    assert "10 (10.0%)" in page


def test_without_such_an_experiment_there_is_no_table_of_lengths(tmp_path: Path) -> None:
    page = build_report(load_inputs(files_of(write_study(tmp_path))))
    assert "Lengths of traces" not in page
    assert "Warning:" not in page
