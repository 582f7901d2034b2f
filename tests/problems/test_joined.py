"""Several problem sets as one."""

from pathlib import Path

import pytest

from gradus.problems.joined import read_joined
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.errors import GradusError


def problem(identity: str, text: str = "1 + 1?") -> Problem:
    return Problem(identity, text, "2", 0, "", "")


def test_a_shared_problem_stands_once_and_an_ambiguous_id_is_refused(tmp_path: Path) -> None:
    write_problems(tmp_path / "a.parquet", [problem("x"), problem("y")])
    write_problems(tmp_path / "b.parquet", [problem("y"), problem("z")])
    write_problems(tmp_path / "c.parquet", [problem("x", "2 + 0?")])
    joined = read_joined([tmp_path / "b.parquet", tmp_path / "a.parquet"])
    assert [found.id for found in joined] == ["y", "z", "x"]
    with pytest.raises(GradusError, match=r"c\.parquet: the id 'x' is another problem's in .*a\.parquet"):
        read_joined([tmp_path / "a.parquet", tmp_path / "c.parquet"])
    write_problems(tmp_path / "d.parquet", [Problem("x", "1 + 1?", "3", 0, "", "")])
    with pytest.raises(GradusError, match=r"d\.parquet: the id 'x'"):  # the same text, but another answer
        read_joined([tmp_path / "a.parquet", tmp_path / "d.parquet"])
