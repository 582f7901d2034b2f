"""docs/problem-sets.md: its files are read by its studies as it says, and its packs are those that are there."""

import re
import shutil
from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.problems.problem import Problem
from gradus.problems.published import read_published
from gradus.study.problem_sets import SOURCES

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "problem-sets.md").read_text(encoding="utf-8")
PACKS = sorted(path.stem for path in (PROJECT / "config" / "packs").glob("*.yaml"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


TABLE, QUIZ, HUB, RACE = blocks("yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the files of the page."""
    shutil.copytree(PROJECT / "config", tmp_path / "config")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/table.csv").write_text(blocks("csv")[0], encoding="utf-8")
    (tmp_path / "data/quiz.jsonl").write_text(blocks("json")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planned(folder: Path, text: str) -> Graph:
    """The study; of a part of one, laid over the pocket study."""
    whole = text if "study:" in text else f"extends: pocket.yaml\nstudy: part\n{text}"
    (folder / "config/mine.yaml").write_text(whole, encoding="utf-8")
    return Graph.read(folder / "config/mine.yaml")


def read(graph: Graph, name: str) -> list[Problem]:
    settings = graph.study.problems[name]
    return read_published(SOURCES["file"], Path(settings.path), settings).problems


def test_the_table_is_read(folder: Path) -> None:
    graph = planned(folder, TABLE)
    assert read(graph, "mine") == [
        Problem("7", "What is 40 + 2?", "42", 1, "sums", "file"),
        Problem("9", "How many seconds are in 1,000 minutes?", "60000", 2, "time", "file"),
    ]
    assert "eval/baseline/mine" in graph.jobs


def test_the_quiz_is_read_with_its_options_and_clusters(folder: Path) -> None:
    graph = planned(folder, QUIZ)
    first, second = read(graph, "quiz")
    assert first.problem == "Which is prime?\n\nA) 9\nB) 15\nC) 13\nD) 21"
    assert (first.answer, second.answer) == ("C", "B")
    assert (first.cluster, second.cluster) == ("p1", "p1")


def test_a_data_set_of_the_hub_is_planned_without_the_network(folder: Path) -> None:
    graph = planned(folder, HUB)
    assert graph.study.problems["hard"].repo == "someone/hard-problems"
    assert any("someone/hard-problems has no revision" in line for line in graph.unpinned)


def test_the_race_takes_in_its_packs(folder: Path) -> None:
    study = planned(folder, RACE).study
    assert list(study.benchmarks) == ["aime2026", "hmmt_feb2025"]
    assert (study.benchmarks["aime2026"].samples, study.benchmarks["aime2026"].max_tokens) == (4, 32768)
    assert study.problems["dapo_math"].repeated_rows == "leave_out"


def test_the_page_lists_the_packs_that_are_there() -> None:
    rows = re.findall(r"^\| (`[a-z0-9_]+`(?:, `[a-z0-9_]+`)*) \| `[\w-]+/", PAGE, re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`([^`]+)`", row)) == PACKS
