"""The same study gives the same bytes, wherever it is built."""

from pathlib import Path

import pytest

from graph.project import build, copy_project
from graph.results import digests


@pytest.mark.slow
def test_two_builds_are_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    other = copy_project(tmp_path / "elsewhere, another day")
    build(other, WANDB_MODE="offline", TZ="Asia/Kathmandu", LC_ALL="C.UTF-8", PYTHONHASHSEED="7")
    first, second = digests(finished), digests(other)
    stages = {path.split("/")[0] for path in first}
    assert stages >= {"specs", "problems", "traces", "models", "samples", "eval", "votes", "ablation.md", "votes.csv"}
    assert [path for path in first.keys() | second.keys() if first.get(path) != second.get(path)] == []
