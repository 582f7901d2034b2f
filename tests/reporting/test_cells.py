"""What a cell counted: questions, samples of each, training runs."""

from typing import Any

import pytest

from gradus.reporting.cells import answers, counted, runs_line, trained_once

CELL: Any = {"accuracy": 181 / 480, "ci95": [0.3, 0.5], "ci95_normal": [0.3, 0.5], "correct": 181, "n": 30}
RUNS = [{"run": f"rl.seed-{seed}", "accuracy": share} for seed, share in enumerate((0.593, 0.493, 0.553))]


@pytest.mark.parametrize(
    ("more", "total", "said"),
    [
        ({}, 30, "181 of 30 right: 37.7%"),
        ({"samples": 16}, 480, "181 of 480 right (30 questions × 16 samples): 37.7%"),
        ({"runs": RUNS}, 90, "181 of 90 right (30 questions × 3 training runs): 37.7%"),
        (
            {"samples": 16, "runs": RUNS},
            1440,
            "181 of 1,440 right (30 questions × 16 samples × 3 training runs): 37.7%",
        ),
    ],
)
def test_answers_are_counted_over_samples_and_training_runs(more: dict[str, Any], total: int, said: str) -> None:
    assert answers(CELL | more) == total
    assert counted(CELL | more) == said


def test_training_runs_are_listed_where_there_are_several() -> None:
    assert runs_line(CELL | {"runs": RUNS}) == ["Training runs: 59.3%, 49.3%, 55.3%"]
    assert runs_line(CELL | {"runs": RUNS[:1]}) == runs_line(CELL) == []


@pytest.mark.parametrize(
    ("entry", "runs", "once"),
    [
        ({"stage": "grpo"}, RUNS[:1], True),
        ({"stage": "grpo"}, RUNS, False),
        ({"stage": "none"}, RUNS[:1], False),
        # a checkpoint of a trained experiment
        ({"stage": "none", "trained": True}, RUNS[:1], True),
    ],
)
def test_who_was_trained_once(entry: Any, runs: list[dict[str, Any]], once: bool) -> None:
    assert trained_once(entry, CELL | {"runs": runs}) == once
