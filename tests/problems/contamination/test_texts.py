"""Which text of a problem is compared: of a choice the question, whatever its options and their order."""

from pathlib import Path

from gradus.problems.contamination.index import BenchmarkIndex
from gradus.problems.contamination.search import in_training
from gradus.problems.contamination.texts import all_texts, problem_texts
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems

QUESTION = "What is the least positive integer whose digits are only 0 and 1 and that is divisible by 225?"
SHORT = "Which of these is true?"
SHARES = {8: 0.9, 13: 0.8}


def made(path: Path, *problems: tuple[str, tuple[str, ...]]) -> Path:
    rows = []
    for number, (question, options) in enumerate(problems):
        text = "\n".join([question, "", *options]) if options else question
        rows.append(Problem(str(number), text, "1", 0, "", "", options=options, question=question if options else ""))
    write_problems(path, rows)
    return path


def test_a_question_is_found_without_its_options_and_with_others(tmp_path: Path) -> None:
    bench = made(tmp_path / "b.parquet", (QUESTION, ("1111", "10001")), (SHORT, ("cats fly", "dogs swim")))
    index = BenchmarkIndex({"b": all_texts(bench)}, SHARES, near=True)
    train = made(tmp_path / "t.parquet", (QUESTION, ()), (QUESTION, ("5", "6", "7")), (SHORT, ("1 > 2", "2 > 1")))
    rows, pairs = in_training("t", problem_texts(train), index)
    assert rows == 3
    assert [(pair["kind"], pair["id"], pair["other_id"]) for pair in pairs] == [
        ("exact", "0", "0"),
        ("exact", "0", "1"),
    ]
