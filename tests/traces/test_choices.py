"""Choices are graded by their options wherever completions and solutions are graded."""

from pathlib import Path

import check_references
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.files import read_json, write_json
from gradus.provenance.job import Job
from gradus.sampling.samples import Sample
from gradus.specs.problems import CheckReferencesSpec
from gradus.traces.filter import filter_completions
from gradus.traces.judged import judge_completions
from gradus.traces.pass_rates import pass_rates
from problems.published_sets import read as read_set
from problems.published_sets import write_jsonl
from traces.made_traces import read
from traces.test_filter import settings

ASKED = "Capital of Italy?\n\nA) Oslo\nB) Rome"
CHOICE = Problem("0", ASKED, "B", 0, "", "file", "choice", ("Oslo", "Rome"), "Capital of Italy?")
TEXT = Problem("1", "Half?", "1/2", 0, "", "file", "text")
SAID = {"0": [r"It is \boxed{\text{Rome}}", r"It is \boxed{B}", r"It is \boxed{Oslo}"], "1": [r"It is \boxed{0.5}"]}
SAMPLES = [Sample(i, n, f"Step.\n{text}", 9, "stop", 0) for i in SAID for n, text in enumerate(SAID[i])]


def test_pass_rates_verdicts_and_traces_know_the_options() -> None:
    rates = pass_rates([CHOICE, TEXT], SAMPLES, ["boxed"], 0, 1)
    assert [(rate.right, rate.samples) for rate in rates] == [(2, 3), (0, 1)]
    judged, _ = judge_completions([CHOICE, TEXT], SAMPLES, ["boxed"])
    assert [right for _, _, right in judged] == [True, True, False, False]
    traces, dropped = filter_completions([CHOICE, TEXT], SAMPLES, settings(keep="all"))
    assert [trace["messages"][-1]["content"] for trace in traces] == [sample.text for sample in SAMPLES[:2]]
    assert dropped["wrong"] == 2


def test_worked_solutions_of_a_file_of_choices(tmp_path: Path) -> None:
    rows = [{"problem": "Capital of Italy?", "options": ["Oslo", "Rome"], "answer": "B"}]
    rows = [row | {"solution": s} for row in rows for s in (r"\boxed{Rome}", r"\boxed{Rome}", r"\boxed{Oslo}")]
    rows[2]["problem"] += " Again?"
    path = write_jsonl(tmp_path / "set.jsonl", rows)
    of = {"source": "file", "answers": "choice", "repeated_rows": "leave_out"}
    problems = read_set("file", path, answers="choice", repeated_rows="leave_out").problems
    traces, summary = read(tmp_path, "solutions", path, problems, of=of, correct_only=True)
    assert [trace["messages"][0]["content"] for trace in traces] == [ASKED]
    assert summary["dropped"] == {"wrong": 1}


def test_reference_answers_are_checked_as_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    write_problems(path, [CHOICE, TEXT, Problem("2", "Who?", "Emmy Noether & co.", 0, "", "file", "text")])
    spec = {"stage": "check_references", "name": "references", "modules": [], "settings": {"sets": ["mine"]}}
    write_json(tmp_path / "spec.json", spec)
    job = Job(str(tmp_path / "spec.json"), {"problems": [str(path)], "out": [str(tmp_path / "o")]}, CheckReferencesSpec)
    check_references.build(job)
    assert read_json(tmp_path / "o") == {"mine": {"references": 3, "not_exact": 0, "examples": []}}
