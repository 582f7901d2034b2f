"""Bad input: one line with file, row and remedy, and nothing written."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import make_problems
from gradus.problems.problem import Problem
from gradus.problems.raw.row import Row
from gradus.problems.table import read_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.specs.problems import MakeProblemsSpec
from problems.published_sets import PUBLISHED, settings_of, write_jsonl

GOOD = [{"question": f"What is {n}+1?", "answer": f"{n}+1={n + 1}\n#### {n + 1}"} for n in range(4)]


def build(folder, raw, source="gsm8k", **changes):
    """The job that reads a set, as the graph runs it; the paths of what it writes."""
    own = settings_of(source, **changes).model_dump(mode="json")
    spec = {"stage": "make_problems", "name": "problems/mine", "modules": [f"gradus.problems.sources.{source}"]}
    write_json(folder / "spec.json", spec | {"settings": {"set": "mine", "seed": 0, "problems": own}})
    out = {"out": folder / "out" / "mine.parquet", "summary": folder / "out" / "mine.summary.json"}
    paths = {"raw": [str(raw)]} | {role: [str(path)] for role, path in out.items()}
    make_problems.build(Job(str(folder / "spec.json"), paths, MakeProblemsSpec))
    return out


def refusal(folder, raw, source="gsm8k", **changes):
    with pytest.raises(GradusError) as caught:
        build(folder, raw, source, **changes)
    assert not (folder / "out").exists()
    (line,) = str(caught.value).splitlines()
    return line.replace(f"{folder}/", "")


def test_a_good_set_is_written_with_its_summary(tmp_path):
    raw = write_jsonl(tmp_path / "train.jsonl", GOOD)
    out = build(tmp_path, raw, expect_rows=4, drop=["gsm8k/train/2"])
    assert [problem.answer for problem in read_problems(out["out"])] == ["1", "2", "4"]
    notes = json.loads(out["summary"].read_text())
    assert (notes["rows"], notes["rows_read"], notes["licence"]) == (3, 4, "MIT")
    assert notes["problem_characters"] == {"median": 12, "p95": 12, "largest": 12}
    assert len(notes["sha256"]) == 64
    assert notes["path"] == str(raw)


def test_truncated_json_lines(tmp_path):
    raw = write_jsonl(tmp_path / "train.jsonl", GOOD)
    raw.write_bytes(raw.read_bytes()[:-9])
    assert refusal(tmp_path, raw) == (
        "train.jsonl:4: not valid JSON: Unterminated string starting at (the file ends in the middle of a row); "
        "fetch the file again, or correct it"
    )


def test_wrong_columns(tmp_path):
    raw = write_jsonl(tmp_path / "train.jsonl", [*GOOD, {"prompt": "1+1", "response": "2"}])
    assert refusal(tmp_path, raw) == (
        "train.jsonl:5: no question or problem; the row has prompt, response; give `path` this set's file, in its "
        "publisher's format"
    )


def test_mixed_encodings(tmp_path):
    raw = write_jsonl(tmp_path / "train.jsonl", GOOD)
    raw.write_bytes(raw.read_bytes() + '{"question": "Zwölf?", "answer": "#### 12"}\n'.encode("latin-1"))
    assert refusal(tmp_path, raw) == (
        "train.jsonl:5: not UTF-8 text (byte 0xf6 at position 17); save the whole file as UTF-8"
    )
    raw.write_text("".join(json.dumps(row) + "\n" for row in GOOD), encoding="utf-16")
    assert refusal(tmp_path, raw).startswith("train.jsonl:1: not UTF-8 text (byte 0xff at position 1); ")


def test_an_empty_file_and_an_empty_folder(tmp_path):
    for name, content in (("a.jsonl", ""), ("b.jsonl", "\n \n"), ("c.json", ""), ("d.json", "[]")):
        (tmp_path / name).write_text(content)
        assert (
            refusal(tmp_path, tmp_path / name) == f"{name}: the file holds no rows; fetch it again, or correct `path`"
        )
    (tmp_path / "folder").mkdir()
    assert refusal(tmp_path, tmp_path / "folder").startswith("folder: the folder holds no .jsonl, .json, .csv, .tsv, ")
    assert refusal(tmp_path, tmp_path / "nowhere.jsonl").startswith("nowhere.jsonl: no such file or folder; ")
    (tmp_path / "set.xlsx").write_text("question,answer\n")
    assert refusal(tmp_path, tmp_path / "set.xlsx").startswith("set.xlsx: unknown kind of file; expected .jsonl, ")


def test_a_problem_of_a_megabyte(tmp_path):
    raw = write_jsonl(tmp_path / "train.jsonl", [*GOOD, {"question": "x" * 1_000_000, "answer": "#### 1"}])
    assert refusal(tmp_path, raw) == (
        "train.jsonl:5: the problem of 'gsm8k/train/4' has 1,000,000 characters, more than 20,000; correct the row, or "
        "remove it from the file and set `expect_rows`"
    )


def test_duplicate_ids(tmp_path):
    rows = [{"id": f"test/algebra/{n}.json", "problem": "1+1?", "answer": "2", "subject": "Algebra"} for n in (1, 2, 1)]
    raw = write_jsonl(tmp_path / "math500.jsonl", rows)
    assert refusal(tmp_path, raw, "math500") == (
        f"math500.jsonl:3: the id 'test/algebra/1.json' is at {tmp_path}/math500.jsonl:1 already; remove one, or "
        "make ids unique"
    ).replace(f"{tmp_path}/", "")


def test_a_wrong_count(tmp_path):
    raw = write_jsonl(tmp_path / "train.jsonl", GOOD)
    assert refusal(tmp_path, raw) == (
        "train.jsonl: expected 7,473 rows (train), found 4; fetch the file again, correct `path`, or set "
        "`expect_rows: 4` if this copy is right"
    )
    assert "expected 5 rows (train), found 4" in refusal(tmp_path, raw, expect_rows=5)
    rows = write_jsonl(tmp_path / "all.jsonl", GOOD[:1] * 1319)
    assert "found 1,319, as 'test' has; fetch" in refusal(tmp_path, rows)


def test_bad_answers(tmp_path):
    def one(source, **row):
        return refusal(tmp_path, write_jsonl(tmp_path / "set.jsonl", [row]), source, expect_rows=1)

    assert one("gsm8k", question="1+1?", answer="2").startswith("set.jsonl:1: the answer has no line `#### number`; ")
    assert one("gsm8k", question="1+1?", answer="#### two").startswith("set.jsonl:1: the answer 'two' is no number; ")
    math = {"problem": "1+1?", "type": "Algebra", "level": "Level 1"}
    assert one("math", **math, solution=r"It is \boxed{}.") == (
        "set.jsonl:1: 'train/algebra/cfe29f43bcc2' has an empty answer; correct the row, or list its id under `drop`"
    )
    assert one("math", **math, solution="It is 2.").startswith(r"set.jsonl:1: the solution has no \boxed answer; ")
    math["level"] = "Level 9"
    assert one("math", **math, solution=r"\boxed{2}").startswith("set.jsonl:1: the level 'Level 9' is none of 1 to 5; ")
    aime = {"id": "I-1", "problem": "1+1?"}
    assert "answer '1200' of 'AIME2025-I-1' is not of this set" in one("aime2025", **aime, answer=1200)
    assert "a problem of 2024, not 2025; correct `source`" in one("aime2025", **aime | {"id": "2024-I-1"}, answer=1)
    hella = {"activity_label": "a", "ctx": "b", "endings": ["c", "d", "e", "f"]}
    assert "the label '' is none of 0 to 3" in one("hellaswag", **hella, label="")
    assert "2 endings, not 4" in one("hellaswag", **hella | {"endings": ["c", "d"]}, label="1")


def test_another_split_or_language(tmp_path):
    rows = [{"id": f"gsm8k/test/{n}", "problem": "1+1?", "answer": "2"} for n in range(3)]
    raw = write_jsonl(tmp_path / "set.jsonl", rows)
    assert refusal(tmp_path, raw).startswith("set.jsonl:1: 'gsm8k/test/0' is of the split 'test', not 'train'; ")
    folder = tmp_path / "folder"
    write_jsonl(folder / "main" / "test.jsonl", GOOD)
    assert refusal(tmp_path, folder).startswith("folder: no file of the split 'train', only of test; ")
    chinese = [row | {"question": "计算 $1+1$ 的值。"} for row in GOOD]
    raw = write_jsonl(tmp_path / "set.jsonl", chinese)
    assert refusal(tmp_path, raw, expect_rows=4) == (
        "set.jsonl: 4 of 4 problems are not in Latin letters, the first 'gsm8k/train/0'; give `path` the English set, "
        "or set `foreign: keep` or `leave_out` with `source: file`"
    )


def test_other_broken_files(tmp_path):
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.Table.from_pylist(GOOD), whole)
    (tmp_path / "cut.parquet").write_bytes(whole.read_bytes()[:-20])
    assert refusal(tmp_path, tmp_path / "cut.parquet").startswith("cut.parquet: not a whole parquet file (")
    (tmp_path / "no.arrow").write_bytes(b"no arrow at all, and long enough")
    assert refusal(tmp_path, tmp_path / "no.arrow").startswith("no.arrow: not a whole Arrow file (")
    pq.write_table(pa.Table.from_pylist([{"question": 3, "answer": "#### 1"}]), whole)
    assert refusal(tmp_path, whole).startswith("whole.parquet: row 1: question is 3, not text; ")
    text = json.dumps(GOOD, indent=1)
    (tmp_path / "cut.json").write_text(text[:-30])
    assert refusal(tmp_path, tmp_path / "cut.json").startswith("cut.json:14: not valid JSON: ")
    (tmp_path / "open.json").write_text(text[: text.rindex("}") + 1])
    assert refusal(tmp_path, tmp_path / "open.json").startswith("open.json:14: the list ends or breaks after this ")
    (tmp_path / "deep.jsonl").write_text("[" * 100_000 + "\n")
    assert refusal(tmp_path, tmp_path / "deep.jsonl").startswith("deep.jsonl:1: not valid JSON: ")
    (tmp_path / "list.jsonl").write_text("[1, 2]\n")
    assert refusal(tmp_path, tmp_path / "list.jsonl").startswith("list.jsonl:1: expected an object with the row's ")
    raw = write_jsonl(tmp_path / "half.jsonl", GOOD[:1])
    raw.write_text(raw.read_text() + '{"question": "What is \\ud835?", "answer": "#### 1"}\n')
    assert refusal(tmp_path, raw).startswith("half.jsonl:2: 'gsm8k/train/1' holds half a character (a lone ")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
COLUMNS = """
    id unique_id uuid ID problem question prompt answer Answer solution level type subject subfield context final_answer
    answers answer_type url problem_idx activity_label ctx endings label generations is_reasoning_complete problem_type
    correctness_math_verify correctness_llama question_type
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", PUBLISHED)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(row=st.dictionaries(st.sampled_from(COLUMNS), VALUES))
def test_any_row_is_a_problem_or_a_refusal_with_its_place(name, row, tmp_path_factory):
    source, chosen = PUBLISHED[name], settings_of(name)
    place = Row(row, "set.jsonl:1", tmp_path_factory.getbasetemp() / "set.jsonl", 0)
    for ask in (source.problem, source.left_out):
        try:
            told = ask(place, chosen)
        except GradusError as error:
            told = str(error).startswith("set.jsonl:1: ") or error
        assert told in (None, True) or isinstance(told, (Problem, str))
