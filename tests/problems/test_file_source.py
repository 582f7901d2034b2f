"""A user's own problems: any columns, any format, any form of answers; ids and order are kept."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gradus.problems.filters import filtered
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from problems.published_sets import PUBLISHED, read, settings_of, write_jsonl
from problems.test_study_paths import plan, refusal

ROWS = [
    {"uid": "z9", "frage": "What is 40 + 2?", "ergebnis": 42, "grade": "Level 3", "topic": "sums"},
    {"uid": "a1", "frage": 'Say "7, or 8" without the 8.', "ergebnis": "1,007", "grade": 1, "topic": "words"},
]
COLUMNS = {"id": "uid", "problem": "frage", "answer": "ergebnis", "level": "grade", "subject": "topic"}
PROBLEMS = [
    Problem("z9", ROWS[0]["frage"], "42", 3, "sums", "file"),
    Problem("a1", ROWS[1]["frage"], "1007", 1, "words", "file"),
]
QUOTED = '"Say ""7, or 8"" without the 8."'
CSV = f'uid,frage,ergebnis,grade,topic\nz9,What is 40 + 2?,42,Level 3,sums\na1,{QUOTED},"1,007",1,words\n'


def files(folder: Path) -> list[Path]:
    lines, table, sheet, tabs = (folder / f"set.{kind}" for kind in ("jsonl", "parquet", "csv", "tsv"))
    write_jsonl(lines, ROWS)
    pq.write_table(pa.Table.from_pylist([{k: str(v) for k, v in row.items()} for row in ROWS]), table)
    sheet.write_text(CSV, encoding="utf-8-sig")  # as Excel saves it
    tabs.write_text(CSV.replace(",", "\t").replace("1\t007", "1,007").replace("7\t or", "7, or"), encoding="utf-8")
    return [lines, table, sheet, tabs]


def test_every_format_gives_the_same_problems_in_the_order_of_the_file(tmp_path: Path) -> None:
    for path in files(tmp_path):
        assert read("file", path, columns=COLUMNS, answers="number").problems == PROBLEMS, path.suffix


def test_without_ids_rows_are_numbered_and_without_levels_there_are_none(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "set.jsonl", [{"problem": f"What is {n}?", "answer": n} for n in range(12)])
    problems = read("file", path).problems
    assert [problem.id for problem in problems] == [str(n) for n in range(12)]
    assert {(problem.level, problem.subject) for problem in problems} == {(0, "")}


@pytest.mark.parametrize(
    ("form", "given", "kept"),
    [
        ("number", "-3.50", "-3.50"),
        ("number", "$1,234,567$", "1234567"),
        ("number", "3/4", "3/4"),
        ("number", "12%", "12%"),
        ("number", 72.0, "72"),
        ("several", [1, "2/3"], "1, 2/3"),
        ("several", "-1; 4", "-1, 4"),
        ("expression", r"\frac{1}{2}", r"\frac{1}{2}"),
        ("text", "Tuesday", "Tuesday"),
        ("text", "$5 {each", "$5 {each"),
    ],
)
def test_answers_of_the_form_that_is_stated(tmp_path: Path, form: str, given: object, kept: str) -> None:
    path = write_jsonl(tmp_path / "set.jsonl", [{"problem": "?", "answer": given}])
    assert read("file", path, answers=form).problems[0].answer == kept


@pytest.mark.parametrize(
    ("row", "settings", "told"),
    [
        ({"answer": "x + 1"}, {"answers": "number"}, "set.jsonl:1: the answer 'x + 1' is no number; correct the row"),
        ({"answer": "1,00"}, {"answers": "number"}, "the answer '1,00' is no number"),
        ({"answer": "AB"}, {"answers": "choice"}, "the answer 'AB' is no letter"),
        ({"answer": ["1", None]}, {"answers": "several"}, "the answers ['1', None] are no list"),
        ({"answer": "2", "level": "hard"}, {}, "the level 'hard' is no number from 0 to 99"),
        ({"answer": "2", "level": 100}, {}, "the level 100 is no number from 0 to 99"),
        ({"answer": "2", "level": True}, {}, "the level True is no number"),
        ({"answer": "2", "c": ""}, {"columns": {"cluster": "c"}}, "the cluster is empty; fill it in"),
        ({"answer": "2", "c": None}, {"columns": {"cluster": "c"}}, "no cluster; the row has problem, answer, c"),
        (
            {"r": {"a": [1]}},
            {"columns": {"answer": "r.a.1"}},
            "no '1' in `r.a`, which is [1]; correct `columns.answer`",
        ),
        ({"r": "[1"}, {"columns": {"answer": "r.0"}}, "no '0' in `r`, which is '[1'"),
        ({"answer": "2"}, {"wrapper": "Q: {problem} A:"}, "the problem '?' is not in the wrapper; correct `wrapper`"),
        ({"answer": "2", "id": 1.5}, {}, "the id 1.5 is neither text nor a whole number"),
        ({"gold": "2"}, {}, "no answer; the row has problem, gold; name its column under `columns`"),
        ({"gold": "2"}, {"columns": {"answer": "golf"}}, "no column 'golf'; the row has problem, gold; correct"),
    ],
)
def test_wrong_rows_are_refused(tmp_path: Path, row: dict, settings: dict, told: str) -> None:
    path = write_jsonl(tmp_path / "set.jsonl", [{"problem": "?"} | row])
    with pytest.raises(GradusError) as error:
        read("file", path, **settings)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("problem,answer\na,b,c\n", "set.csv:2: 3 fields where the header names 2; put text that holds ',' in double"),
        ('problem,answer\n"a,1\n', "set.csv:2: not valid CSV: a quoted text has no end"),
        ("problem,problem\na,1\n", "set.csv:1: the column 'problem' is there twice"),
        ("\n", "set.csv:1: no header"),
        ("problem,answer\n", "the file holds no rows"),
        ("problem,answer\na,\n", "no answer; the row has problem, answer"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "set.csv").write_text(text, encoding="utf-8")
    with pytest.raises(GradusError) as error:
        read("file", tmp_path / "set.csv")
    assert told in str(error.value)


def test_levels_lose_their_fractions_and_lists_of_subjects_are_one(tmp_path: Path) -> None:
    rows = [{"level": level, "subject": ["Algebra", "Geometry"]} for level in (5.5, -1.0, 16, "Level 3", "7.0", None)]
    path = write_jsonl(tmp_path / "set.jsonl", [{"problem": f"{n}?", "answer": n} | row for n, row in enumerate(rows)])
    problems = read("file", path).problems
    assert [problem.level for problem in problems] == [5, 0, 16, 3, 7, 0]
    assert {problem.subject for problem in problems} == {"Algebra, Geometry"}


def test_columns_may_be_paths_into_objects_lists_and_texts_that_hold_lists(tmp_path: Path) -> None:
    row = {"prompt": [{"role": "user", "content": "1+1?"}], "reward": {"truth": "['2', '3']"}, "a.b": "x", "c": None}
    path = write_jsonl(tmp_path / "set.jsonl", [row])
    columns = {"problem": "prompt.0.content", "answer": "reward.truth.1", "id": "a.b", "level": "c.d"}
    assert read("file", path, columns=columns).problems == [Problem("x", "1+1?", "3", 0, "", "file")]


def test_a_wrapper_is_taken_away(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "set.jsonl", [{"problem": "Solve.\n\nIs {x} = 1?\n\nBox it. ", "answer": "2"}])
    for wrapper in ("Solve.\n\n{problem}\n\nBox it.", "Solve. {problem} Box it."):
        assert read("file", path, wrapper=wrapper).problems[0].problem == "Is {x} = 1?"


def test_rows_of_no_use_are_left_out_where_the_study_says_so_and_counted(tmp_path: Path) -> None:
    texts = ["a", "a", "a", "b", "计算下式的值", "c"]
    rows = [{"problem": text, "answer": answer} for text, answer in zip(texts, ["1", "1", "2", "x", "5", ""])]
    path = write_jsonl(tmp_path / "set.jsonl", rows)
    found = read("file", path, answers="number", bad_rows="leave_out", repeated_rows="leave_out", foreign="leave_out")
    assert [problem.problem for problem in found.problems] == ["a"]
    assert found.left_out == {
        "bad": 2,
        "repeated": 1,
        "repeated with another answer": 1,
        "not in Latin letters": 1,
    }
    assert found.first_bad == f"{path}:4: the answer 'x' is no number; correct the row, or set `answers: expression`"
    assert found.rows == 6
    with pytest.raises(GradusError, match="1 of 4 problems are not in Latin letters"):
        read("file", path, answers="number", bad_rows="leave_out")
    kept = read("file", path, answers="number", bad_rows="leave_out", foreign="keep")
    assert [problem.problem for problem in kept.problems] == ["a", "a", "a", "计算下式的值"]


@pytest.mark.parametrize(
    ("expected", "most", "told"),
    [
        (4, 4, ""),
        ([2, 6], 6, ""),
        (5, 5, "expected 5 problems, found 4; look at `left_out` in the summary of a set without"),
        ([5, 1000], 1000, "expected 5 to 1,000 problems, found 4"),
    ],
)
def test_the_number_of_problems_that_are_left_is_checked_before_size(
    tmp_path: Path, expected: int | list[int], most: int, told: str
) -> None:
    path = write_jsonl(tmp_path / "set.jsonl", [{"problem": f"{n}?", "answer": n, "level": n % 2} for n in range(8)])
    source, problems = PUBLISHED["file"], read("file", path).problems
    chosen = settings_of("file", levels=[1], size=2, expect_problems=expected)
    assert source.count(chosen) == most
    if told:
        with pytest.raises(GradusError, match=told):
            filtered("mine", problems, chosen, 0, source.expected_of(chosen))
    else:
        assert len(filtered("mine", problems, chosen, 0, source.expected_of(chosen))) == 2


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("wrapper: 'Solve {x}'", "problems.train.wrapper: expected a text with {problem}, once"),
        ("option_line: '{option}'", "problems.train.option_line: expected a text with {letter} and {option}, once"),
        ("choice_by: index", "problems.train.choice_by: this is for choices, and answers: expression are none; set"),
        (
            "columns: {options: o}, answers: text",
            "problems.train.columns.options: this is for choices, and answers: text",
        ),
        ("expect_problems: 0", "problems.train.expect_problems: has to be at least 1, not 0"),
        ("expect_problems: [5], size: 3", "problems.train.expect_problems"),
        ("expect_problems: [5, 7], size: 8", "problems.train.size: 8 are more than the 7 problems that there are"),
    ],
)
def test_impossible_settings_are_told_while_planning(tmp_path: Path, keys: str, told: str) -> None:
    assert told in refusal(tmp_path, f"  train: {{source: file, repo: me/mine, {keys}}}\n")


def test_a_mistyped_column_is_told_before_anything_runs(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "set.jsonl", ROWS)
    line = f"  train: {{source: file, path: {path}, columns: {json.dumps(COLUMNS)}}}\n"
    plan(tmp_path, line)
    told = refusal(tmp_path, line.replace("frage", "fragen"))
    assert told.startswith("small.yaml:6: problems.train.path: ")
    assert "no column 'fragen'; the row has uid, frage, ergebnis, grade, topic; correct `columns.problem`" in told


def test_a_set_has_a_file_or_a_repository(tmp_path: Path) -> None:
    assert "problems.train.repo: '' is not the name of a repository" in refusal(tmp_path, "  train: {source: file}\n")
