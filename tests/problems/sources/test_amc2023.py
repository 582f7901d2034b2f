from problems.published_sets import read, write_jsonl


def test_amc_with_answers_as_floats(tmp_path):
    rows = [{"id": n, "question": f"{n}?", "answer": n + 0.5 * (n == 3)} for n in (1.0, 3.0)]
    rows = [row | {"id": int(row["id"])} for row in rows]
    problems = read("amc2023", write_jsonl(tmp_path / "amc.jsonl", rows), expect_rows=2).problems
    assert [(p.id, p.answer) for p in problems] == [("amc23/1", "1"), ("amc23/3", "3.5")]
