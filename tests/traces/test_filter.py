"""From completions to traces: what is kept, and every reason why the rest is not."""

import pytest

from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.errors import GradusError
from gradus.sampling.samples import Sample, write_samples
from gradus.specs.prompts import PromptSpec
from gradus.specs.traces import FilterTracesSpec
from gradus.study.settings.evaluation import Grading
from gradus.study.settings.traces import TraceFilter
from gradus.traces.filter import filter_completions, filter_files
from gradus.traces.table import length_summary, read_traces, write_traces

PROBLEMS = [Problem("a", "1 + 1?", "2", 1, "", ""), Problem("b", "2 + 2?", "4", 1, "", "")]
RULES = {"min_steps": 1, "min_tokens": 3, "max_tokens": 20, "keep": "shortest"}


def settings(**rules):
    return FilterTracesSpec(
        teacher="t",
        prompt=PromptSpec(system=None, few_shot=[], suffix=""),
        sets=["mine"],
        filter=TraceFilter(**RULES | rules),
        grading=Grading(),
    )


def sample(identifier, number, text, tokens, finish="stop"):
    return Sample(identifier, number, text, tokens, finish, 0)


SAMPLES = [
    sample("a", 0, "1+1=2\nso\n\\boxed{2}", 9),
    sample("a", 1, "1+1=2\n\\boxed{2}", 6),
    sample("a", 2, "1+1=3\n\\boxed{3}", 6),
    sample("a", 3, "\\boxed{2}", 4),
    sample("b", 0, "2+2=4", 5),
    sample("b", 1, "2+2=4\n\\boxed{4}", 2),
    sample("b", 2, "2+2=4\n\\boxed{4}", 30),
    sample("b", 3, "2+2=4\n\\boxed{4", 20, "length"),
]


def test_every_reason_is_counted_and_the_shortest_is_kept():
    traces, dropped = filter_completions(PROBLEMS, SAMPLES, settings())
    assert [(t["id"], t["tokens"]) for t in traces] == [("a", 6)]
    assert traces[0]["messages"][-1] == {"role": "assistant", "content": "1+1=2\n\\boxed{2}"}
    reasons = {"wrong": 1, "not_step_by_step": 1, "no_answer": 1, "too_short": 1, "too_long": 1, "truncated": 1}
    assert dict(dropped) == reasons | {"not_chosen": 1}
    assert sum(dropped.values()) + len(traces) == len(SAMPLES)


def test_a_completion_is_rendered_as_the_set_says():
    thinking = sample("b", 0, "<think>2+2=4</think>\n\\boxed{4}\n", 9)
    asked = settings().model_copy(update={"think": "wrap", "answer": "bold"})
    traces, _ = filter_completions(PROBLEMS, [*SAMPLES[:4], thinking], asked)
    assert [t["messages"][-1]["content"] for t in traces] == [
        "<think>\n1+1=2\n</think>\n\nThe answer is **2**.",
        "<think>\n2+2=4\n</think>\n\nThe answer is **4**.",
    ]
    as_it_is = filter_completions(PROBLEMS, [thinking], settings())[0]
    assert [t["messages"][-1]["content"] for t in as_it_is] == ["<think>2+2=4</think>\n\\boxed{4}\n"]


@pytest.mark.parametrize(("keep", "tokens"), [("shortest", [6]), ("first", [9]), ("all", [9, 6])])
def test_which_to_keep(keep, tokens):
    assert [t["tokens"] for t in filter_completions(PROBLEMS, SAMPLES, settings(keep=keep))[0]] == tokens


def test_the_bounds_of_the_rules_are_within():
    answers = [sample("a", n, "1+1=2\n\\boxed{2}", tokens) for n, tokens in enumerate((2, 3, 20, 21))]
    traces, dropped = filter_completions(PROBLEMS, answers, settings(keep="all"))
    assert [t["tokens"] for t in traces] == [3, 20]
    assert dict(dropped) == {"too_short": 1, "too_long": 1}


def test_files_round_trip_and_name_what_is_wrong(tmp_path):
    traces, _ = filter_completions(PROBLEMS, SAMPLES, settings())
    write_traces(tmp_path / "t.jsonl", traces)
    assert read_traces(tmp_path / "t.jsonl") == traces
    (tmp_path / "bad.jsonl").write_text((tmp_path / "t.jsonl").read_text() + '{"id": "b"}\n', encoding="utf-8")
    with pytest.raises(GradusError, match=r"bad\.jsonl:2: key messages is missing"):
        read_traces(tmp_path / "bad.jsonl")
    (tmp_path / "bad.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(GradusError, match=r"bad\.jsonl:1: not JSON"):
        read_traces(tmp_path / "bad.jsonl")
    with pytest.raises(GradusError, match="no trace was left"):
        write_traces(tmp_path / "none.jsonl", [])


def test_files_of_which_nothing_is_kept_are_named(tmp_path):
    problems, completions = tmp_path / "problems.parquet", tmp_path / "completions.parquet"
    write_problems(problems, PROBLEMS)
    write_samples(completions, SAMPLES)
    traces, summary = filter_files([problems], completions, settings())
    assert (len(traces), summary["kept"], summary["yield"]) == (1, 1, 0.5)
    with pytest.raises(GradusError, match=r"completions\.parquet: no trace was left"):
        filter_files([problems], completions, settings(min_steps=9))


def test_length_summary_by_hand():
    assert length_summary(list(range(1, 21))) == {"median": 10.5, "p95": 19, "max": 20}
