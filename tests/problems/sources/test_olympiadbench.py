import pyarrow as pa
import pyarrow.parquet as pq

from problems.published_sets import PUBLISHED, read, settings_of


def test_olympiadbench_on_the_hub(tmp_path):
    row = {
        "id": 7,
        "question": "Find $x$ and $y$.",
        "context": "Let $x<y$.",
        "final_answer": ["1", "2"],
        "subfield": "Algebra",
        "subject": "Math",
        "answer_type": "Numerical",
    }
    config = "OE_TO_maths_en_COMP"
    (tmp_path / "OE_TO_maths_zh_COMP").mkdir()
    (tmp_path / config).mkdir()
    for name in (config, "OE_TO_maths_zh_COMP"):
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / name / f"{name}.parquet")
    (problem,) = read("olympiadbench", tmp_path, expect_rows=1).problems
    assert (problem.id, problem.answer, problem.subject) == (f"{config}/7", "1, 2", "Algebra")
    assert problem.problem == "Let $x<y$.\n\nFind $x$ and $y$."


def test_answer_types_are_kept_and_counted():
    source, unfiltered = PUBLISHED["olympiadbench"], settings_of("olympiadbench")
    assert source.count(unfiltered) == 675
    assert source.count(settings_of("olympiadbench", answer_types=["numerical", "tuple"])) == 572 + 33
    assert source.count(settings_of("olympiadbench", answer_types=["numerical"], expect_rows=100)) == 100
