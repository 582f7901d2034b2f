"""The ledger: collected, checked, summed."""

from dataclasses import replace
from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.reporting.ledger import build_seconds, collect_ledger, ledger_csv, read_ledger, stage_totals

ROW = {
    **{"stage": "sft", "name": "models/sft", "wall_seconds": 10.5, "gpu_seconds": 0.0, "tokens_in": 7, "tokens_out": 0},
    **{"dollars": 0.25, "machine": "Linux x86_64, 2 cores", "attempts": 1},
}


STAGES = ("make_problems", "sft", "score_samples", "make_ablation")


def _write(folder: Path, **changes: object) -> Path:
    row = ROW | changes
    path = folder / str(row["stage"]) / f"{row['name']}.json"
    write_json(path, {key: value for key, value in row.items() if value != "leave out"})
    return path


def test_rows_come_in_the_order_of_the_study_and_survive_the_csv(tmp_path: Path) -> None:
    paths = [
        _write(tmp_path, stage="score_samples", name="eval/sft/math"),
        _write(tmp_path, stage="of a former release", name="y"),
        _write(tmp_path, stage="make_ablation", name="x"),
        _write(tmp_path, stage="sft", name="models/sft", machine='a "quoted", machine'),
    ]
    rows = collect_ledger(paths, STAGES)
    assert [row.stage for row in rows] == ["sft", "score_samples", "make_ablation", "of a former release"]
    (tmp_path / "ledger.csv").write_text(ledger_csv(rows), encoding="utf-8")
    assert rows == read_ledger(tmp_path / "ledger.csv")
    header = "stage,name,wall_seconds,gpu_seconds,tokens_in,tokens_out,dollars,machine,attempts"
    header += ",peak_memory,peak_gpu_memory,gpu_memory,planned_memory,ended"
    assert (tmp_path / "ledger.csv").read_text().splitlines()[0] == header


def test_memory_is_the_most_of_a_stage_and_is_beside_the_plan(tmp_path: Path) -> None:
    paths = [_write(tmp_path, name="a", peak_memory=5, peak_gpu_memory=7), _write(tmp_path, name="b", peak_memory=6)]
    rows = collect_ledger(paths, STAGES, lambda row: 8 if row.name == "a" else 0)
    (tmp_path / "ledger.csv").write_text(ledger_csv(rows), encoding="utf-8")
    assert [(row.peak_memory, row.peak_gpu_memory, row.planned_memory) for row in rows] == [(5, 7, 8), (6, 0, 0)]
    assert read_ledger(tmp_path / "ledger.csv") == rows
    assert (stage_totals(rows)[0].peak_memory, stage_totals(rows)[0].planned_memory) == (6, 8)


def test_jobs_side_by_side_count_once_for_the_build(tmp_path: Path) -> None:
    # from 0 to 10, from 4 to 12, within these from 5 to 6, and a day later from 86,400 to 86,405
    spans = [(10.0, 10.0), (8.0, 12.0), (1.0, 6.0), (5.0, 86405.0)]
    paths = [_write(tmp_path, name=str(i), wall_seconds=s, ended=e) for i, (s, e) in enumerate(spans)]
    rows = collect_ledger(paths, STAGES)
    assert build_seconds(rows) == 17
    assert sum(row.wall_seconds for row in rows) == 24
    # one job of before it was written down
    assert build_seconds([*rows, replace(rows[0], ended=0.0)]) is None


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    paths = [_write(tmp_path, name=name) for name in ("b", "a", "c")]
    assert ledger_csv(collect_ledger(paths, STAGES)) == ledger_csv(collect_ledger(reversed(paths), STAGES))


def test_totals_per_stage_and_of_all(tmp_path: Path) -> None:
    rows = collect_ledger(
        [
            _write(tmp_path, name="a", attempts=3),
            _write(tmp_path, name="b", wall_seconds=0.5, dollars=1.0),
            _write(tmp_path, stage="make_problems", name="c", tokens_out=5),
        ],
        STAGES,
    )
    problems, sft, total = stage_totals(rows)
    assert (problems.stage, problems.jobs, problems.tokens_out) == ("make_problems", 1, 5)
    assert (sft.stage, sft.jobs, sft.wall_seconds, sft.dollars, sft.attempts) == ("sft", 2, 11.0, 1.25, 4)
    assert (total.stage, total.jobs, total.wall_seconds, total.tokens_in) == ("total", 3, 21.5, 21)
    assert stage_totals([]) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"machine": "leave out"}, "no `machine`"),
        ({"tokens_in": "many"}, "`tokens_in` is 'many', not int"),
        ({"wall_seconds": -1.0}, "below zero"),
        ({"wall_seconds": "nan"}, "below zero"),
    ],
)
def test_a_malformed_file_is_named_with_its_key(tmp_path: Path, changes: dict, message: str) -> None:
    path = _write(tmp_path, **changes)
    with pytest.raises(GradusError, match=message) as caught:
        collect_ledger([path], STAGES)
    assert str(path) in str(caught.value)


def test_two_files_of_one_job_are_refused(tmp_path: Path) -> None:
    first = _write(tmp_path)
    second = tmp_path / "copy.json"
    second.write_text(first.read_text())
    with pytest.raises(GradusError, match="in another file too"):
        collect_ledger([first, second], STAGES)


def test_a_csv_line_with_a_mistake_is_numbered(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text(ledger_csv(collect_ledger([_write(tmp_path)], STAGES)).replace("10.5", "ten"))
    with pytest.raises(GradusError, match=r"ledger\.csv, line 2: `wall_seconds` is 'ten'"):
        read_ledger(path)
