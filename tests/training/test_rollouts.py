"""Groups of completions: which draws they depend on, and what their rewards are made of."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny import answering, job_of, problems

from gradus.grading.verdict import Verdict, grade
from gradus.training import groups as made_groups
from gradus.training.groups import Group
from gradus.training.rollouts.sampler import GroupSampler
from gradus.training.torch import grpo
from gradus.training.torch.embedded import Start
from model_folders import model_of

SHORT = {"steps": 2, "batch_size": 3, "group_size": 4, "max_tokens": 8, "checkpoint_every": 2}


def engine(model: Path, root: Path, wrong: bool = False, **settings: Any) -> tuple[GroupSampler, Start]:
    start = Start(model_of(model))
    asked = [replace(p, answer="-1") for p in problems()] if wrong else problems()
    return GroupSampler(start, asked, job_of(root, "direct_rl", **SHORT | settings).settings), start


def tokens(groups: list[Group]) -> list[list[int]]:
    return [c.token_ids for group in groups for c in group.completions]


def test_a_batch_is_drawn_again_alike_and_the_next_one_is_not(model: Path, tmp_path: Path) -> None:
    draw, start = engine(model, tmp_path)
    first = draw.draw(answering(start), [0, 1, 0], 0)
    assert [len(group.completions) for group in first] == [4, 4, 4]
    assert tokens(draw.draw(answering(start), [0, 1, 0], 0)) == tokens(first)
    assert tokens(draw.draw(answering(start), [0, 1, 0], 1)) != tokens(first)
    # One problem twice in a batch: equal prompts, other completions.
    assert first[0].prompt_ids == first[2].prompt_ids
    assert tokens(first[:1]) != tokens(first[2:])
    assert start.tokenizer.decode(first[1].prompt_ids, skip_special_tokens=False) == (
        f"<|im_start|>user\n{problems()[1].problem}<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_reward_is_the_weighted_sum_of_its_parts(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Any]] = []

    def made(texts: list[str], references: list[str], methods: list[str]) -> list[Verdict]:
        asked.extend((reference, methods) for reference in references)
        return [
            replace(
                grade(text, reference),
                answer=None if n % 4 == 3 else "1",
                correct=(True, False, None, False)[n % 4],
            )
            for n, (text, reference) in enumerate(zip(texts, references, strict=True), start=1)
        ]

    monkeypatch.setattr(made_groups, "grade_completions", made)
    weights = {"format_penalty": {"weight": 2.0}, "overlong": {"weight": 0.25}}
    draw, start = engine(model, tmp_path, rewards=weights)
    groups = draw.draw(answering(start), [0, 2], 0)
    assert asked == [(problems()[i].answer, ["boxed"]) for i in (0, 0, 0, 0, 2, 2, 2, 2)]
    assert "length" in {c.finish_reason for group in groups for c in group.completions}
    for group in groups:
        assert [v.correct for v in group.verdicts] == [False, None, False, True]
        cut = [-float(c.finish_reason == "length") for c in group.completions]
        assert group.parts == {"format_penalty": [0.0, 0.0, -1.0, 1.0], "overlong": cut}
        assert group.rewards == [2 * x + 0.25 * y for x, y in zip([0.0, 0.0, -1.0, 1.0], cut, strict=True)]


def test_the_random_reward_is_blind_to_the_answers(model: Path, tmp_path: Path) -> None:
    rewards = []
    for wrong in (False, True):
        draw, start = engine(model, tmp_path, wrong=wrong, rewards={"random": {"weight": 1.0}})
        rewards.append([group.rewards for group in draw.draw(answering(start), [0, 1, 2], 0)])
    assert rewards[0] == rewards[1]
    assert {x for row in rewards[0] for x in row} == {0.0, 1.0}


def test_each_part_of_the_reward_is_in_the_metrics(model: Path, tmp_path: Path) -> None:
    rewards = {"random": {"weight": 1.0}, "format_penalty": {"weight": 0.5}, "correct": {"weight": 0.0}}
    job = job_of(tmp_path, "direct_rl", **SHORT, rewards=rewards)
    (tmp_path / "state").mkdir()
    rows = grpo.train(job, model_of(model), problems(), tmp_path / "state", tmp_path / "out")
    for row in rows:
        total = row["reward_random"] + 0.5 * row["reward_format_penalty"]
        assert row["reward"] == pytest.approx(total, abs=1e-5)
        assert row["reward_format_penalty"] == -1.0  # an untrained model boxes nothing
        assert row["reward_correct"] == 0.0
        assert (row["no_answer"], row["unknown"]) == (1.0, 0.0)
        assert row["groups"] == 3
        assert row["tokens"] == pytest.approx(12 * row["completion_tokens"], abs=0.01)
        assert 0 < row["truncated"] <= 1
    assert job.tokens_out == sum(row["tokens"] for row in rows)


def test_unknown_verdicts_are_counted(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = replace(grade("", "4"), answer="1", correct=None)
    monkeypatch.setattr(made_groups, "grade_completions", lambda texts, references, methods: [unknown] * len(texts))
    job = job_of(tmp_path, "direct_rl", **SHORT)
    (tmp_path / "state").mkdir()
    rows = grpo.train(job, model_of(model), problems(), tmp_path / "state", tmp_path / "out")
    assert [(row["unknown"], row["no_answer"], row["reward"]) for row in rows] == [(1.0, 0.0, 0.0)] * 2
