"""Importance weights of a sampler that is not quite the model: those of TRL on the same batch, and by hand."""

import math
from pathlib import Path
from typing import get_args

import pytest
import torch
from parity import compare_grpo

from gradus.study.settings.grpo import Rollouts
from gradus.training.rollouts.importance import Weighed, importance_weights
from gradus.training.trl import grpo_trainer

CORRECTIONS = get_args(Rollouts.model_fields["correction"].annotation)
TRAINERS = torch.tensor([[-1.0, -1.0, -1.0], [-2.0, -2.0, 0.0]])
SAMPLERS = torch.tensor([[-1.5, -0.9, -2.5], [-2.5, -1.0, -9.0]])
MASK = torch.tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])


@pytest.mark.parametrize(
    ("correction", "expected"),
    [
        ("token_truncate", [[math.exp(0.5), math.exp(-0.1), 2.0], [math.exp(0.5), math.exp(-1.0), 1.0]]),
        ("token_mask", [[math.exp(0.5), math.exp(-0.1), 0.0], [math.exp(0.5), math.exp(-1.0), 1.0]]),
        ("sequence_truncate", [[2.0], [math.exp(-0.5)]]),
        ("sequence_mask", [[0.0], [math.exp(-0.5)]]),
    ],
)
def test_weights_by_hand(correction: str, expected: list[list[float]]) -> None:
    found = importance_weights(TRAINERS, SAMPLERS, MASK, correction, 2.0)
    torch.testing.assert_close(found, torch.tensor(expected))
    weighed = Weighed()
    weighed.add(found, MASK)
    real = [w for row in expected for w in row]
    real = real[:-1] if correction.startswith("token") else real  # the last token is padding
    expected_metrics = {"importance_weight": sum(real) / len(real), "importance_weight_max": max(real)}
    assert weighed.metrics() == pytest.approx(expected_metrics)


@pytest.mark.parametrize("algorithm", ["grpo", "gspo"])
@pytest.mark.parametrize("correction", CORRECTIONS)
def test_a_step_is_that_of_trl(
    correction: str, algorithm: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grpo_trainer, "open_engine", lambda *_: None)  # the batch is made by hand
    cap = 1.5 if correction.startswith("token") else 2.0
    rollouts = {"engine": "vllm_colocate", "correction": correction, "correction_cap": cap}
    rows = compare_grpo(model, tmp_path, "direct_rl", rollouts=rollouts, algorithm=algorithm, temperature=0.8)
    found = {row.quantity: row for row in rows}
    for name, row in found.items():
        # Where the ratio is a completion's, TRL's share of what is clipped is one of completions, ours one of tokens.
        if name != "clip_share" or algorithm == "grpo":
            assert row.difference < 1e-4, row
    assert ("importance_weight" in found) == (correction != "none")
    if correction != "none":
        assert abs(found["importance_weight"].torch - 1) > 1e-2
        assert found["importance_weight_max"].torch <= cap
