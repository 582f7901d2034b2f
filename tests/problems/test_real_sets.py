"""The real files: counts that are known, and one result whichever format a set comes in."""

import json
from pathlib import Path

import pytest

from gradus.problems.filters import filtered
from gradus.problems.sources.math import last_box
from gradus.problems.summary import summary
from gradus.problems.table import write_problems
from gradus.study.settings.problems import Filters
from problems.published_sets import read, shared, write_jsonl


@pytest.mark.parametrize(
    ("source", "name", "settings", "rows", "levels_4_5"),
    [
        ("gsm8k", "gsm8k_train.jsonl", {"split": "train"}, 7473, 0),
        ("gsm8k", "gsm8k_test.jsonl", {"split": "test"}, 1319, 0),
        ("math", "math_train.jsonl", {"split": "train"}, 7500, 3994),
        ("math", "math_test.jsonl", {"split": "test"}, 5000, 2538),
        ("math500", "math500.jsonl", {}, 500, 262),
        ("aime2024", "aime2024.jsonl", {}, 30, 0),
        ("aime2025", "aime2025.jsonl", {}, 30, 0),
        ("amc2023", "amc23.jsonl", {}, 40, 0),
        ("olympiadbench", "olympiadbench_en_maths_comp.jsonl", {}, 675, 0),
        ("olympiadbench", "olympiadbench_en_maths_comp.jsonl", {"answer_types": ["numerical"]}, 572, 0),
        ("hellaswag", "hellaswag_val.jsonl", {}, 10042, 0),
    ],
)
def test_known_counts(source, name, settings, rows, levels_4_5):
    problems = read(source, shared(name), **settings).problems
    assert len(problems) == rows == len({problem.id for problem in problems})
    assert sum(problem.level in (4, 5) for problem in problems) == levels_4_5
    if levels_4_5:
        hard = filtered("hard", problems, Filters.model_validate({"levels": [4, 5]}), seed=0)
        assert hard == [problem for problem in problems if problem.level in (4, 5)]
    assert summary(name, problems, {})["not_latin"] == 0


@pytest.mark.parametrize(
    ("source", "ours", "theirs", "settings"),
    [
        ("gsm8k", "gsm8k_train.jsonl", ["gsm8k_train.jsonl"], {"split": "train"}),
        ("gsm8k", "gsm8k_test.jsonl", ["gsm8k_test.jsonl"], {"split": "test"}),
        ("math500", "math500.jsonl", ["math500.jsonl"], {}),
        ("aime2024", "aime2024.jsonl", ["aime2024_aime-preview.jsonl"], {}),
        ("aime2025", "aime2025.jsonl", ["aime2025-I.jsonl", "aime2025-II.jsonl"], {}),
        ("olympiadbench", "olympiadbench_en_maths_comp.jsonl", ["OE_TO_maths_en_COMP.json"], {}),
        (
            "olympiadbench",
            "olympiadbench_en_maths_comp.jsonl",
            ["OE_TO_maths_en_COMP.json"],
            {"answer_types": ["numerical"]},
        ),
    ],
)
def test_the_publishers_format_gives_identical_parquet(tmp_path, source, ours, theirs, settings):
    folder = tmp_path / "raw"
    folder.mkdir()
    for name in theirs:
        (folder / name).symlink_to(shared(f"raw/{name}").resolve())
    path = folder if len(theirs) > 1 else folder / theirs[0]
    write_problems(tmp_path / "ours.parquet", read(source, shared(ours), **settings).problems)
    write_problems(tmp_path / "theirs.parquet", read(source, path, **settings).problems)
    assert (tmp_path / "ours.parquet").read_bytes() == (tmp_path / "theirs.parquet").read_bytes()


@pytest.mark.parametrize("split", ["train", "test"])
def test_math_as_its_publisher_has_it(tmp_path, split):
    """Levels in words, the answer in the solution; of the archive's one file a problem, a part is enough here."""
    path = shared(f"math_{split}.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    ours = read("math", path, split=split).problems
    assert [last_box(row["solution"]) for row in rows] == [row["answer"] for row in rows]
    some = [row for index, row in enumerate(rows) if index % 25 == 0 or row["level"] is None or not row["answer"]]
    for row in some:
        write_original(tmp_path / "MATH" / row["id"], row)
    wanted = {row["id"] for row in some}
    for folder in (tmp_path / "MATH", tmp_path / "MATH" / split):
        theirs = read("math", folder, split=split, expect_rows=len(some))
        assert theirs.problems == [problem for problem in ours if problem.id in wanted]
        assert {fix.id for fix in theirs.fixes} == (
            set()
            if split == "test"
            else {
                *(f"train/geometry/{n}.json" for n in (377, 471)),
                *(f"train/number_theory/{n}.json" for n in (7115, 7117)),
            }
        )


def test_known_faults_are_mended_and_told():
    math = read("math", shared("math_train.jsonl"))
    answers = {problem.id: problem.answer for problem in math.problems}
    assert [(fix.id, fix.field, fix.was, fix.now) for fix in math.fixes] == [
        ("train/geometry/377.json", "level", 0, 0),
        ("train/geometry/471.json", "level", 0, 0),
        ("train/number_theory/7115.json", "answer", "", "0"),
        ("train/number_theory/7117.json", "answer", "", "0"),
    ]
    assert answers["train/number_theory/7115.json"] == answers["train/number_theory/7117.json"] == "0"
    olympiad = read("olympiadbench", shared("olympiadbench_en_maths_comp.jsonl"))
    assert [(fix.id, fix.was, fix.now) for fix in olympiad.fixes] == [
        ("OE_TO_maths_en_COMP/2349", "$221,$8$", "$221,8$")
    ]
    assert summary("train", math.problems, {})["duplicates"] == [
        ["train/algebra/2463.json", "train/algebra/24377.json"]
    ]


def test_a_copy_without_ids_has_the_same_problems_and_faults(tmp_path):
    """As on the hub, where MATH's paths are lost: ids come from the texts, in whatever order the rows stand."""
    rows = [json.loads(line) for line in shared("math_train.jsonl").read_text(encoding="utf-8").splitlines()]
    flat = [original(row) for row in rows if "number_theory" in row["id"]]
    one = read("math", write_jsonl(tmp_path / "one" / "train.jsonl", flat), expect_rows=len(flat))
    other = read("math", write_jsonl(tmp_path / "two" / "train.jsonl", flat[::-1]), expect_rows=len(flat))
    assert one.problems == other.problems
    assert [fix.now for fix in one.fixes] == ["0", "0"]
    ours = read("math", shared("math_train.jsonl")).problems
    assert {(p.problem, p.answer, p.level) for p in one.problems} == {
        (p.problem, p.answer, p.level) for p in ours if p.subject == "Number Theory"
    }


@pytest.mark.parametrize(("year", "name"), [(2024, "aime24_qwq.jsonl"), (2025, "aime25_qwq.jsonl")])
def test_copies_of_aime_in_another_wording_have_the_same_answers(year, name):
    ours = read(f"aime{year}", shared(f"aime{year}.jsonl")).problems
    theirs = read(f"aime{year}", shared(f"raw/{name}")).problems
    assert sorted(p.answer for p in ours) == sorted(p.answer for p in theirs)
    assert not any("Please reason" in p.problem for p in theirs)


def original(row):
    level = "Level ?" if row["level"] is None else f"Level {row['level']}"
    return {"problem": row["problem"], "level": level, "type": row["subject"], "solution": row["solution"]}


def write_original(path: Path, row) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(original(row), indent=4), encoding="utf-8")
