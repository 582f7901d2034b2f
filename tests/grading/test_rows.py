"""Grading of files: scripts/grade.py as a command, and the rows that it reads and writes."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradus.grading.extraction import ANY
from gradus.grading.rows import CHUNK, grade_rows, read_rows
from gradus.provenance.errors import GradusError

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/grade.py"

ROWS = [
    {"gold": "1/2", "prediction": "0.5", "id": "né", "n": 3},
    {"gold": "12", "prediction": "13"},
    {"gold": "12", "prediction_text": "<think>\\boxed{1}</think>It is $x$, so the answer is 12."},
    {"gold": "12", "prediction_text": "I cannot tell."},
    {"gold": "12", "prediction": ""},
    {"gold": "12", "prediction": None},
    {"gold": "So $x = \\boxed{12}$ is the end of a long solution.", "prediction": "$\\boxed{12}$"},
    {"gold": "1, 2", "prediction": "\\boxed{1} and \\boxed{2}"},
    {"gold": "12", "prediction": "9" * 300_000},
    {"gold": "12", "prediction": "\ud800 12", "correct": "an old verdict"},
]


def write(path: Path, rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def test_rows_are_written_with_their_verdicts(tmp_path):
    done = run(write(tmp_path / "in.jsonl", ROWS), tmp_path / "new/out.jsonl")
    assert done.returncode == 0, done.stderr
    graded = [json.loads(line) for line in (tmp_path / "new/out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(graded) == len(ROWS)
    for row, verdict in zip(ROWS, graded):
        kept = {key: value for key, value in row.items() if key != "correct"}
        assert {key: verdict[key] for key in kept} == kept
        assert set(verdict) - set(kept) == {"correct", "layer", "reason"} | (
            {"answer"} if "prediction_text" in row else set()
        )
    assert [row["correct"] for row in graded[:8]] == [True, False, True, False, False, False, True, True]
    assert [row.get("answer") for row in graded[2:4]] == ["12", None]
    assert [(row["layer"], row["reason"]) for row in graded[3:6]] == [("extraction", "no_answer")] * 3
    assert (graded[8]["correct"], graded[8]["reason"]) == (None, "too_long")
    assert "né" in (tmp_path / "new/out.jsonl").read_text(encoding="utf-8")
    assert "wrong (3 without an answer)" in done.stdout
    assert "10 rows in" in done.stdout
    assert "1 too_long" in done.stdout
    assert "grade  10/10 rows" in done.stderr


def test_the_same_bytes_with_any_number_of_processes(tmp_path):
    rows = [{"gold": str(n), "prediction": f"\\frac{{{2 * n + n % 2}}}{{2}}"} for n in range(2 * CHUNK + 50)]
    source = write(tmp_path / "in.jsonl", rows)
    for jobs in (1, 3):
        assert run(source, tmp_path / f"{jobs}.jsonl", "--jobs", jobs).returncode == 0
    one = (tmp_path / "1.jsonl").read_bytes()
    assert one == (tmp_path / "3.jsonl").read_bytes()
    assert [json.loads(line)["correct"] for line in one.splitlines()] == [n % 2 == 0 for n in range(len(rows))]


def test_a_file_may_be_graded_in_place(tmp_path):
    source = write(tmp_path / "in.jsonl", ROWS[:3])
    assert run(source, source).returncode == 0
    assert [json.loads(line)["correct"] for line in source.read_text(encoding="utf-8").splitlines()] == [1, 0, 1]


BAD = [
    (b"{", "not JSON"),
    (b"[" * 100_000, "not JSON"),
    (b'{"gold": "1", "prediction": ' + b"9" * 10_000 + b"}", "not JSON"),
    (b'{"gold": "\xff", "prediction": "1"}', "not UTF-8; save the file in this encoding"),
    (b'["1", "2"]', 'not an object; write {"gold": "...", "prediction": "..."} instead of ["1", "2"]'),
    (b'{"prediction": "1"}', "no `gold`; add the reference answer as a string"),
    (b'{"gold": "1", "answer": "1"}', "neither `prediction` nor `prediction_text`"),
    (b'{"gold": 1, "prediction": "1"}', '`gold` is 1, not a string; write it in quotes, such as "gold": "42"'),
    (b'{"gold": null, "prediction": "1"}', "`gold` is null, not a string"),
    (b'{"gold": "1", "prediction": {"a": "' + b"x" * 99 + b'"}}', '`prediction` is {"a": "xxxx'),
    (b'{"gold": "1", "prediction_text": null}', "`prediction_text` is null, not a string"),
]


@pytest.mark.parametrize(("line", "says"), BAD)
def test_a_bad_row_is_named_by_its_line(tmp_path, line, says):
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"gold": "1", "prediction": "1"}\n\n' + line + b"\n")
    with pytest.raises(GradusError) as refusal:
        read_rows(path)
    assert str(refusal.value).startswith(f"{path}, line 3: ")
    assert says in str(refusal.value)
    assert len(str(refusal.value)) < 400


def test_all_bad_rows_are_told_and_nothing_is_written(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text('{"gold": "1", "prediction": "1"}\n' + '{"gold": 1}\n' * 30, encoding="utf-8")
    done = run(source, tmp_path / "out.jsonl")
    assert done.returncode == 1
    assert "line 2: " in done.stderr
    assert "line 21: " in done.stderr
    assert "... and 10 more bad rows" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl"]
    assert "no.jsonl: cannot be read" in run(tmp_path / "no.jsonl", tmp_path / "out.jsonl").stderr
    assert run(source, tmp_path / "out.jsonl", "--jobs", "0").returncode == 2


def test_a_file_without_rows_gives_one(tmp_path):
    done = run(write(tmp_path / "in.jsonl", []), tmp_path / "out.jsonl", "--expected")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    assert "0 of 0 rows as expected" in done.stdout


def test_agreement_with_what_is_expected(tmp_path):
    rows = [
        {"gold": "1", "prediction": "1.0", "expected": True},
        {"gold": "1", "prediction": "2", "expected": True, "id": "apart"},
        {"gold": "1", "prediction": "2", "expected": True, "dubious": True},
        {"gold": "1", "prediction": "2", "expected": False},
        {"gold": "1", "prediction": "2"},
    ]
    done = run(write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl", "--expected")
    assert "2 of 3 rows as expected (66.67%)" in done.stdout
    assert done.stdout.count('"apart"') == 1


def test_methods_choose_what_is_found():
    rows = [{"gold": "1", "prediction_text": "\\boxed{1} #### 2"}]
    for methods, answer in ((["boxed"], "1"), (["hash"], "2"), (["answer_tag"], None), (ANY, "1")):
        [[row]] = grade_rows(rows, methods)
        assert (row["answer"], row["correct"]) == (answer, answer == "1")


def test_no_process_is_left_when_it_is_killed(tmp_path):
    rows = [{"gold": f"(x+{n})^2", "prediction": f"x^2+{2 * n}x+{n * n}"} for n in range(40 * CHUNK)]
    command = [sys.executable, str(SCRIPT), str(write(tmp_path / "in.jsonl", rows)), str(tmp_path / "out.jsonl")]
    with subprocess.Popen([*command, "--jobs", "2"], stderr=subprocess.DEVNULL) as grading:
        file = Path(f"/proc/{grading.pid}/task/{grading.pid}/children")
        while len(workers := file.read_text(encoding="utf-8").split()) < 2:
            assert grading.poll() is None
            time.sleep(0.02)
        grading.kill()
    deadline = time.monotonic() + 120
    while any(Path("/proc", worker).exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)
