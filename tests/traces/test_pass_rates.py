"""From a model's answers to the problems that it solves now and then."""

import csv
from io import StringIO
from pathlib import Path

import pytest

from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.errors import GradusError
from gradus.sampling.samples import Sample, write_samples
from gradus.specs.problems import KeepProblemsSpec
from gradus.study.settings.evaluation import Grading
from gradus.study.settings.problems import SubsetProblems
from gradus.traces.pass_rates import Chosen, choose_files

RIGHT = {"never": 0, "once": 1, "half": 2, "often": 3, "always": 4}
PROBLEMS = [Problem(name, f"What is {name}?", "7", level, "", "") for level, name in enumerate(RIGHT, start=1)]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """The problems, and four answers to each: right ones, a wrong one, one without an answer."""
    problems, completions = tmp_path / "of.parquet", tmp_path / "kept.completions.parquet"
    write_problems(problems, PROBLEMS)
    texts = {name: [*["\\boxed{7}"] * right, "\\boxed{8}", "7", "8", "8"][:4] for name, right in RIGHT.items()}
    write_samples(completions, [Sample(i, n, text, 3, "stop", 0) for i in RIGHT for n, text in enumerate(texts[i])])
    return problems, completions


def choose(files: tuple[Path, Path], low: float, high: float, **filters: object) -> Chosen:
    settings = KeepProblemsSpec(
        set="kept",
        seed=3,
        problems=SubsetProblems.model_validate({"of": "all"} | filters),
        pass_rate=[low, high],
        by="base",
        grading=Grading(),
    )
    return choose_files(*files, settings)


@pytest.mark.parametrize(
    ("low", "high", "kept"),
    [
        (0.1, 0.9, ["once", "half", "often"]),
        (0.25, 0.75, ["once", "half", "often"]),
        (0.26, 1, ["half", "often", "always"]),
        (0, 0, ["never"]),
    ],
)
def test_both_bounds_are_kept(files: tuple[Path, Path], low: float, high: float, kept: list[str]) -> None:
    assert [problem.id for problem in choose(files, low, high).problems] == kept


def test_rates_of_all_that_were_asked_are_beside_the_set(files: tuple[Path, Path]) -> None:
    chosen = choose(files, 0.5, 0.75)
    rows = list(csv.DictReader(StringIO(chosen.rates_text)))
    assert [(row["id"], row["right"], row["samples"], row["pass_rate"], row["kept"]) for row in rows] == [
        ("never", "0", "4", "0", "false"),
        ("once", "1", "4", "0.25", "false"),
        ("half", "2", "4", "0.5", "true"),
        ("often", "3", "4", "0.75", "true"),
        ("always", "4", "4", "1", "false"),
    ]
    assert chosen.summary["pass_rate"] == {
        **{"by": "base", "bounds": [0.5, 0.75], "samples": 4, "asked": 5, "never": 1, "always": 1},
        **{"below": 2, "above": 1, "within": 2, "mean": 0.5},
    }
    assert (chosen.summary["rows"], chosen.summary["of"]) == (2, "all")


def test_size_draws_among_those_that_are_kept_and_the_other_filters_come_first(tmp_path: Path) -> None:
    problems, completions = tmp_path / "of.parquet", tmp_path / "kept.completions.parquet"
    write_problems(problems, PROBLEMS)
    texts = {"once": "\\boxed{7}", "half": "\\boxed{7}", "often": "\\boxed{8}"}
    write_samples(completions, [Sample(i, 0, text, 3, "stop", 0) for i, text in texts.items()])
    filters = {"levels": [2, 3, 4], "size": 1}
    chosen = choose((problems, completions), 1, 1, **filters)
    assert [rate.id for rate in chosen.rates] == list(texts), "no other is asked"
    assert len(chosen.problems) == 1
    assert chosen.problems[0].id in ("once", "half")


def test_no_problem_within_the_bounds_and_fewer_than_wanted_are_one_line(files: tuple[Path, Path]) -> None:
    with pytest.raises(GradusError, match=r"'kept': base solves none of 5 .*0.3 to 0.4 .*\(1 never, 1 always\); widen"):
        choose(files, 0.3, 0.4)
    with pytest.raises(GradusError, match="'kept': size 9 is more than the 3 problems there are"):
        choose(files, 0.1, 0.9, size=9)
