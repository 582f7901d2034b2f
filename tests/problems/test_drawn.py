"""Problems that are drawn for votes: the same ones whoever asks, all where there are no more."""

from pathlib import Path

import pytest

import draw_problems
from gradus.graph.graph import Graph
from gradus.problems.problem import Problem
from gradus.problems.table import read_problems, write_problems
from gradus.specs.problems import DrawProblemsSpec
from study.made_study import spec_of, study
from typed_jobs import typed_job


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "test.parquet"
    write_problems(path, [Problem(f"p{i:03d}", f"{i} + 1?", str(i + 1), 1, "", "") for i in range(100)])
    return path


def drawn(whole: Path, size: int, seed: int = 0) -> list[str]:
    settings = DrawProblemsSpec(set="test", size=size, seed=seed)
    out = whole.with_name("out.parquet")
    files = {"of": [whole], "out": [out], "log": [whole.with_name("log")]}
    draw_problems.build(typed_job(whole.parent, "problems/test.votes", settings, files))
    return [problem.id for problem in read_problems(out)]


def test_the_draw_is_the_seeds_alone_and_in_the_order_of_the_set(whole: Path) -> None:
    first = drawn(whole, 20)
    assert first == drawn(whole, 20) == sorted(first)
    assert len(set(first)) == 20
    assert first != drawn(whole, 20, seed=1)


def test_a_smaller_set_is_taken_whole(whole: Path) -> None:
    assert drawn(whole, 200) == drawn(whole, 100) == [f"p{i:03d}" for i in range(100)]


def test_all_experiments_vote_on_the_same_problems(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, ("votes.problems", 7)))
    (draw,) = graph.of_stages("draw_problems")
    assert spec_of(graph, "problems/test.votes", DrawProblemsSpec).size == 7
    assert draw.reads["of"] == ["results/small/problems/test.parquet"]
    for experiment in ("baseline", "rl"):
        for job in (f"samples/{experiment}/easy.votes", f"votes/{experiment}/easy"):
            assert graph.jobs[job].reads["problems"] == [draw.result]
        assert graph.jobs[f"samples/{experiment}/easy"].reads["problems"] == ["results/small/problems/test.parquet"]
    assert Graph(study(tmp_path)).of_stages("draw_problems") == []
