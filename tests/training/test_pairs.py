"""Pairs of right and wrong solutions: which there are, and that both texts begin with the prompt that rollouts have."""

from pathlib import Path
from typing import Any

import pytest
from judged_solutions import dpo_job, judged
from tiny import problems

from gradus.prompts.encoding import encode_prompts
from gradus.prompts.messages import messages_for
from gradus.provenance.errors import GradusError
from gradus.training.pairs import paired, training_pairs
from gradus.training.torch.embedded import Start
from model_folders import model_of


def with_messages(traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [trace | {"messages": [{"role": "user", "content": trace["problem"]}]} for trace in traces]


def test_each_solution_is_in_one_pair_at_most_with_one_of_the_other_kind() -> None:
    traces = with_messages(judged(size=5, right=3, wrong=2))
    pairs = paired(traces, seed=1)
    assert len(pairs) == 5 * 2
    assert all(right["right"] and not wrong["right"] and right["id"] == wrong["id"] for right, wrong in pairs)
    used = [(one["id"], one["solution"]) for pair in pairs for one in pair]
    assert len(set(used)) == len(used)
    assert paired(traces, seed=1) == pairs
    assert paired(traces, seed=2) != pairs


def test_a_problem_whose_solutions_are_all_alike_has_no_pair() -> None:
    assert paired(with_messages(judged(size=3, right=2, wrong=0)), seed=0) == []


def test_texts_are_prompt_and_answer_as_the_model_reads_them(model: Path, tmp_path: Path) -> None:
    start, job = Start(model_of(model)), dpo_job(tmp_path, held_out_share=0.0)
    pairs, held_out = training_pairs(job, judged(size=4, right=1, wrong=1), start)
    assert (len(pairs), held_out) == (4, [])
    for pair, problem in zip(pairs, problems(4), strict=True):
        (prompt,) = encode_prompts(
            start.template, start.tokenizer, [messages_for(problem.problem, job.settings.prompt)]
        )
        assert pair.prompt == prompt.ids
        said = [start.tokenizer.decode(ids, skip_special_tokens=False) for ids in (pair.right, pair.wrong)]
        end = start.template.special_tokens["eos_token"]
        answers = [int(problem.answer), int(problem.answer) + 1]
        assert [text.replace(" ", "") for text in said] == [f"\\boxed{{{answer}}}{end}" for answer in answers]


def test_what_was_cut_or_is_too_long_is_left_out_and_problems_are_held_out_whole(model: Path, tmp_path: Path) -> None:
    traces = judged(size=10)
    for trace in traces:
        trace["cut"] = trace["id"] == traces[0]["id"] and trace["right"]
    start = Start(model_of(model))
    every, _ = training_pairs(dpo_job(tmp_path / "all", held_out_share=0.0), traces, start)
    assert len(every) == 9 * 2
    limit = sorted(pair.longest for pair in every)[5]
    log = tmp_path / "log.txt"
    job = dpo_job(tmp_path, {"log": [log]}, held_out_share=0.3, max_length=limit)
    pairs, held_out = training_pairs(job, traces, start)
    assert {tuple(pair.prompt) for pair in pairs}.isdisjoint(tuple(pair.prompt) for pair in held_out)
    assert held_out
    assert all(pair.longest <= limit for pair in [*pairs, *held_out])
    left = len(every) - sum(pair.longest > limit for pair in every)
    assert len(pairs) + len(held_out) == left
    said = f"of 40 solutions; left out: 2 solutions that were cut, {len(every) - left} pairs longer than max_length"
    assert said in log.read_text(encoding="utf-8")


def test_no_pair_at_all_is_told_with_the_remedies(model: Path, tmp_path: Path) -> None:
    job = dpo_job(tmp_path, max_length=8)
    with pytest.raises(GradusError, match=r"dpo\.json: no pair is left to train on; raise max_length \(8\), lower"):
        training_pairs(job, judged(), Start(model_of(model)))
