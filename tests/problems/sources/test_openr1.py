import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gradus.problems.raw.files import read_rows
from gradus.problems.sources.openr1 import kept_generations
from gradus.provenance.errors import GradusError
from problems.published_sets import read, write_jsonl

OPENR1 = {
    "uuid": "a-1",
    "problem": "What is 1+1?",
    "answer": "2",
    "problem_type": "Algebra",
    "question_type": "math-word-problem",
    "generations": ["short, right", "short, wrong", "a long one, right", "right, but cut"],
    "is_reasoning_complete": [True, True, True, False],
    "correctness_math_verify": [True, False, False, True],
    "correctness_llama": [False, False, True, True],
}


def test_filters_of_openr1(tmp_path):
    (row,) = read_rows(write_jsonl(tmp_path / "one.jsonl", [OPENR1]))
    assert kept_generations(row, "math_verify", None) == ["short, right"]
    assert kept_generations(row, "llama", None) == ["a long one, right"]
    assert kept_generations(row, "either", None) == ["short, right", "a long one, right"]
    assert kept_generations(row, "either", 12) == ["short, right"]
    assert kept_generations(row, "nobody", None) == ["short, right", "short, wrong", "a long one, right"]
    rows = [
        OPENR1,
        OPENR1 | {"uuid": "a-2", "correctness_math_verify": [False] * 4},
        OPENR1 | {"uuid": "a-3", "question_type": "proof"},
        OPENR1 | {"uuid": "a-4", "answer": ""},
        OPENR1 | {"uuid": "a-5", "correctness_llama": None},
    ]
    path = tmp_path / "openr1" / "data" / "train-00000-of-00001.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
    both = read("openr1", tmp_path / "openr1", expect_rows=5)
    assert [p.id for p in both.problems] == ["a-1", "a-5"]
    assert both.left_out == {"no generation passes the filters": 1, "no answer to check": 2}
    pq.write_table(pa.Table.from_pylist([OPENR1 | {"correctness_llama": [True]}]), path)
    with pytest.raises(GradusError, match=r"row 1: correctness_llama is not one verdict for each of 4 generations"):
        read("openr1", path, verified_by="llama", expect_rows=1)
