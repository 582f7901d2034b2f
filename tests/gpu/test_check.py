"""The GPU check where there is no GPU: it runs through, and says what is missing or was skipped."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpu import check
from gpu.check import Part, Row

SCRIPT = Path(check.__file__)


@pytest.mark.slow
def test_it_runs_through_with_the_pocket_shape(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    command = [sys.executable, SCRIPT, "--shape", "pocket", "--json", found]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(found.read_text())["rows"]}
    for name in ("rollouts", "update", "step", "transformers.generate", "overlap", "TRL on the same batch"):
        assert "tokens/s" in rows[name]["found"] or name == "overlap"
        assert name in done.stdout
    assert rows["grad_norm, bfloat16 and float32"]["ok"]
    assert not [row for row in rows.values() if row["ok"] is False]


def rows_of(*found: Row) -> Iterator[Row]:
    yield from found


def failing() -> Iterator[Row]:
    yield Row("first", "1")
    raise RuntimeError("CUDA out of memory")


def test_a_part_that_fails_is_a_row_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    parts = [Part("broken", 1, failing), Part("whole", 1, lambda: rows_of(Row("second", "2")))]
    rows = check.run(parts, minutes=1)
    assert [(row.name, row.ok) for row in rows] == [("first", None), ("broken", False), ("second", None)]
    assert "CUDA out of memory" in rows[1].found


def test_what_there_is_no_time_for_is_skipped_by_name() -> None:
    rows = check.run([Part("long", 500, failing), Part("short", 1, lambda: rows_of(Row("short", "1")))], minutes=1)
    assert [row.name for row in rows] == ["long", "short"]
    assert rows[0].found.startswith("skipped: ")
    assert rows[0].ok is None


def test_what_is_missing_is_named_with_how_to_bring_it() -> None:
    assert check.missing(("json", "no_such_package")) == ["no_such_package"]
    words = check.how_to_bring(["pydantic"])
    assert "pip download --python-version" in words
    assert words.endswith("pip install --no-index --find-links wheels pydantic")


def test_the_table_marks_what_is_not_as_it_should_be() -> None:
    text = check.table([Row("a", "1", "2", ok=True), Row("b", "3", "2", ok=False)])
    assert [line.split("|")[4].strip() for line in text.splitlines()[2:]] == ["ok", "NO"]
