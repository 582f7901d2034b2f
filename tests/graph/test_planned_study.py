"""Jobs that begin later take the study that their build was planned with."""

from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.graph.planned_study import PLANNED, keep, planned_study
from gradus.study.file import read_study_file
from study.made_study import changed


def test_jobs_take_the_study_as_it_was_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PLANNED, "restored after the test")
    monkeypatch.delenv(PLANNED)
    path = changed(tmp_path)
    before = Graph.read(path)
    read = planned_study(path)
    keep(read, "small", tmp_path)
    assert changed(tmp_path, ("experiments.sft.from", "teacher")) == path
    assert read_study_file(path).values != read.values
    assert planned_study(path).values == read.values
    assert Graph.of(planned_study(path)).jobs == before.jobs
    monkeypatch.delenv(PLANNED)
    assert Graph.of(planned_study(path)).jobs["models/sft"].reads != before.jobs["models/sft"].reads
