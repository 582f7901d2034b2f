"""Made files of packs: rows that are made up, in the layouts of the cards and pages that the packs name."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gradus.problems.problem import Problem
from problems.published_sets import write_jsonl

DAPO = """\
Solve the following math problem step by step. The last line of your response should be of the form Answer: $Answer \
(without quotes) where $Answer is the answer to the problem.

{}

Remember to put your answer on its own line after "Answer:"."""

Row = dict[str, Any]


def parquet(path: Path, rows: list[Row]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


def comma(path: Path, rows: list[Row]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def listed(path: Path, rows: list[Row]) -> None:
    path.write_text(json.dumps(rows), encoding="utf-8")


def arena(*answers: str | int, types: bool = True) -> list[Row]:
    rows = [{"problem_idx": n, "problem": f"Problem {n}?", "answer": a} for n, a in enumerate(answers, start=1)]
    return [row | {"problem_type": ["Algebra", "Geometry"]} for row in rows] if types else rows


def verl(question: str, truth: str, extra: Any, source: str) -> Row:
    prompt, reward = [{"content": question, "role": "user"}], {"ground_truth": truth, "style": "rule"}
    return {"data_source": source, "prompt": prompt, "ability": "math", "reward_model": reward, "extra_info": extra}


def gpqa(number: int) -> Row:
    wrong = {f"Incorrect Answer {n}": f"{number + n} eV" for n in (1, 2, 3)}
    row = {"Pre-Revision Question": "old", "Question": f"Which energy, {number}?", "Correct Answer": f"{number} eV\n"}
    return (
        row
        | wrong
        | {"Explanation": "e", "Subdomain": "Optics", "High-level domain": "Physics", "Record ID": f"r{number}"}
    )


def mmlu(number: int, category: str) -> Row:
    options = [str(number + n) for n in range(10 - number % 2)]
    row = {"question_id": number, "question": f"{number} + 2?", "options": options, "answer": "C", "answer_index": 2}
    return row | {"cot_content": "", "category": category, "src": "made up"}


@dataclass(frozen=True)
class Made:
    """A made file: its name in the repository, who writes it, its rows, and what comes of the first of them.

    expect_rows and expect_problems: the publisher's numbers; None where they are not known.
    """

    file: str
    write: Callable[[Path, list[Row]], Any]
    rows: list[Row]
    first: Problem
    expect_rows: int | None
    left: int
    left_out: dict[str, int]
    expect_problems: int | list[int] | None = None


TRAIN = "data/train-00000-of-00001.parquet"
BOTH = "Algebra, Geometry"
SKYWORK = {"index": 7, "model_difficulty": {f"DeepSeek-R1-Distill-Qwen-{size}": 12 for size in ("1.5B", "7B", "32B")}}


def of_arena(rows: int, *answers: str) -> Made:
    return Made(TRAIN, parquet, arena(*answers), Problem("1", "Problem 1?", answers[0], 0, BOTH, "file"), rows, 2, {})


MADE = {
    "aime2026": Made(
        TRAIN, parquet, arena(70, 588, types=False), Problem("1", "Problem 1?", "70", 0, "", "file"), 30, 2, {}
    ),
    "hmmt_feb2025": of_arena(30, "103", r"\frac{2}{3}"),
    "hmmt_nov2025": of_arena(30, r"\sqrt{7}", "1, 2"),
    "brumo2025": of_arena(30, r"2^{99}", "7"),
    "cmimc2025": of_arena(40, r"\frac{1}{2}", "5"),
    "smt2025": of_arena(53, r"3\pi", "5"),
    "minerva": Made(
        "test.jsonl",
        write_jsonl,
        [{"question": "Speed?", "answer": "7.25"}, {"question": "Which x?", "answer": r"x^{2}+1"}],
        Problem("0", "Speed?", "7.25", 0, "", "file"),
        272,
        2,
        {},
    ),
    "omni_math": Made(
        "test.jsonl",
        write_jsonl,
        [
            {
                "domain": ["Mathematics -> Algebra"],
                "difficulty": 8.5,
                "problem": "Find x.",
                "solution": "s",
                "answer": a,
            }
            | {"source": "made up"}
            for a in ("3", "", r"\frac{1}{2")
        ],
        Problem("0", "Find x.", "3", 8, "Mathematics -> Algebra", "file"),
        4428,
        1,
        {"bad": 2},
    ),
    "amc": Made(
        TRAIN,
        parquet,
        [{"id": n, "problem": f"AMC {n}?", "answer": 142.0 + n, "url": "https://example.org"} for n in range(2)],
        Problem("0", "AMC 0?", "142", 0, "", "file"),
        83,
        2,
        {},
    ),
    "gpqa_diamond": Made(
        "gpqa_diamond.csv",
        comma,
        [gpqa(1), gpqa(2)],
        Problem(
            "r1",
            "Which energy, 1?\n\nA) 2 eV\nB) 4 eV\nC) 3 eV\nD) 1 eV",
            "D",
            0,
            "Physics",
            "file",
            "choice",
            ("2 eV", "4 eV", "3 eV", "1 eV"),
            "Which energy, 1?",
        ),
        198,
        2,
        {},
    ),
    "mmlu_pro_math": Made(
        "data/test-00000-of-00001.parquet",
        parquet,
        [mmlu(8, "math"), mmlu(9, "math"), mmlu(1, "law")],
        Problem(
            "8",
            "8 + 2?\n\n" + "\n".join(f"{letter}) {8 + n}" for n, letter in enumerate("ABCDEFGHIJ")),
            "C",
            0,
            "math",
            "file",
            "choice",
            tuple(str(8 + n) for n in range(10)),
            "8 + 2?",
        ),
        12032,
        2,
        {},
        expect_problems=1351,
    ),
    "dapo_math": Made(
        "data/dapo-math-17k.parquet",
        parquet,
        [
            verl(DAPO.format("Is {x} even?"), "34", {"index": "a"}, "math_dapo"),
            verl(DAPO.format("Is {x} even?"), "34", {"index": "a"}, "math_dapo"),
            verl(DAPO.format("Is {x} even?"), "35", {"index": "b"}, "math_dapo"),
            verl(DAPO.format("计算下面这个式子的值是多少"), "3", {"index": "c"}, "math_dapo"),
            verl("Without the prompt?", "3", {"index": "d"}, "math_dapo"),
        ],
        Problem("0", "Is {x} even?", "34", 0, "", "file"),
        1_791_700,
        1,
        {"repeated": 1, "repeated with another answer": 1, "not in Latin letters": 1, "bad": 1},
        expect_problems=[12_000, 17_398],
    ),
    "deepmath": Made(
        "data/train-00000-of-00010.parquet",
        parquet,
        [
            {"question": q, "final_answer": "0", "difficulty": d, "topic": "Mathematics -> Calculus"}
            | {f"r1_solution_{n}": f"Solution {n}" for n in (1, 2, 3)}
            for q, d in (("Limit?", 5.5), ("Integral?", -1.0), ("Limit?", 4.0))
        ],
        Problem("0", "Limit?", "0", 5, "Mathematics -> Calculus", "file"),
        None,
        2,
        {"repeated": 1},
    ),
    "deepscaler": Made(
        "deepscaler.json",
        listed,
        [{"problem": f"Find {n}.", "answer": a, "solution": "s"} for n, a in enumerate([r"\frac{1}{2}", "", "4"])],
        Problem("0", "Find 0.", r"\frac{1}{2}", 0, "", "file"),
        40_315,
        2,
        {"bad": 1},
    ),
    "skywork_math": Made(
        "data/math-00000-of-00001.parquet",
        parquet,
        [
            verl("Find y.", json.dumps([r"\frac{3}{4}"]), SKYWORK, "train-math-numinamath1.5_olympiads"),
            verl("Find z.", "['5', '6']", SKYWORK, "train-math-deepscaler"),
        ],
        Problem("0", "Find y.", r"\frac{3}{4}", 12, "", "file"),
        105_055,
        2,
        {},
    ),
}
