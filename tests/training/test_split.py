"""Which traces are held out: whole problems, however their sets name and write them."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny import job_of

from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, write_json
from gradus.training.examples import training_rows
from gradus.training.split import problems_of, split_by_problem
from gradus.training.torch.embedded import Start
from model_folders import model_of


def trace(named: str, question: str, answer: str = "3") -> dict[str, Any]:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": f"\\boxed{{{answer}}}"}]
    return {"id": named, "messages": turns}


def asked(traces: Sequence[dict[str, Any]]) -> set[str]:
    return {t["messages"][0]["content"] for t in traces}


def many(problems: int, each: int) -> list[dict[str, Any]]:
    """Several traces of each problem, one set after another, as `keep: all` and mixes give them."""
    return [trace(f"set{n}/{p}", f"How much is {p} plus 1?", str(n)) for n in range(each) for p in range(problems)]


def test_all_traces_of_a_problem_are_on_one_side() -> None:
    traces = many(10, each=12)
    train, held_out = split_by_problem(traces, 0.2, seed=0)
    assert (len(train), len(held_out)) == (96, 24)
    assert not asked(train) & asked(held_out)
    assert [t for t in traces if t in train] == train  # each part in its order
    assert split_by_problem(traces, 0.2, seed=0) == (train, held_out)
    assert asked(split_by_problem(traces, 0.2, seed=1)[1]) != asked(held_out)


def test_a_problem_is_known_by_its_id_or_by_what_it_asks() -> None:
    traces = [
        trace("a", "What is 1+1?"),
        trace("b", "What is 2+2?"),
        trace("a", "What is 1+1?\nWrite your answer in a box."),  # the same id under another prompt
        trace("c", "what is  $2 + 2$ ?"),  # the same question, otherwise set
        trace("d", "What is 2+3?"),
        trace("c", "What is 1+1?"),  # joins the first two
    ]
    assert problems_of(traces) == [0, 0, 0, 0, 1, 0]
    assert problems_of(traces[:5]) == [0, 1, 0, 1, 2]


def test_the_whole_conversation_before_the_answer_is_what_it_asks() -> None:
    first, second = trace("a", "How much is 2 plus 2?"), trace("b", "How much is 3 plus 3?")
    for each in (first, second):
        each["messages"] = [*each["messages"], {"role": "user", "content": "Are you sure?"}, each["messages"][-1]]
    assert problems_of([first, second]) == [0, 1]


@pytest.mark.parametrize(
    ("problems", "share", "held_out"),
    [(1, 0.05, 0), (1, 0.9, 0), (2, 0.05, 1), (2, 0.95, 1), (10, 0.05, 1), (40, 0.05, 2), (10, 0.0, 0), (3, 1.0, 3)],
)
def test_with_two_problems_or_more_one_is_held_out_and_one_trained_on(
    problems: int, share: float, held_out: int
) -> None:
    _, found = split_by_problem(many(problems, each=3), share, seed=0)
    assert len(asked(found)) == held_out
    assert len(found) == 3 * held_out


def test_no_problem_of_the_held_out_examples_is_trained_on(model: Path, tmp_path: Path) -> None:
    traces = many(12, each=10)
    start = Start(model_of(model))
    job = job_of(tmp_path, "sft_custom", packing=True, held_out_share=0.25)
    rows, held_out = training_rows(job, traces, start)

    def prompts(examples: list[tuple[list[int], list[bool]]]) -> set[tuple[int, ...]]:
        return {tuple(ids[: mask.index(True)]) for ids, mask in examples}

    trained = prompts([example for row in rows for example in row])
    assert (len(trained), len(prompts(held_out)), len(held_out)) == (9, 3, 30)
    assert not trained & prompts(held_out)


def test_traces_of_one_problem_are_trained_on_and_the_log_says_so(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, held_out = training_rows(job_of(tmp_path, "sft_custom"), many(1, each=5), Start(model_of(model)))
    assert (len(rows), held_out) == (5, [])
    assert "all 5 traces are of one problem: none is held out" in capsys.readouterr().err


def test_texts_beyond_the_positions_are_refused(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "short"
    shutil.copytree(model.parent, folder)
    write_json(folder / "config.json", read_json(folder / "config.json") | {"max_position_embeddings": 12})
    start = Start(model_of(folder / model.name))
    with pytest.raises(GradusError, match=r"has \d+ tokens, and short takes 12 .*: set max_length to 12 or less"):
        training_rows(job_of(tmp_path, "sft_custom"), many(10, each=1), start)


def test_traces_that_were_cut_are_counted_on_both_sides(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = job_of(tmp_path, "sft_custom", held_out_share=0.3, max_length=8)
    with pytest.raises(GradusError, match="no trace is left to train on"):
        training_rows(job, many(10, each=1), Start(model_of(model)))
    assert "10 of 10 traces are longer than max_length = 8 and were cut, 10 of them" in capsys.readouterr().err
