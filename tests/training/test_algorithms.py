"""Algorithms are found in their folder, load without torch, and any backend's loop calls the one that is named."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import torch

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.study.settings.grpo import Grpo
from gradus.study.settings.plugins import plugin_names
from gradus.training.algorithm import ALGORITHMS, Preset, load_algorithm
from gradus.training.surrogate import Surrogate, sequence_losses, token_losses

PROJECT = Path(__file__).resolve().parents[2]
PPO = Surrogate("ppo", 0.2, 0.2)


def test_planning_reads_every_preset_without_torch() -> None:
    code = (
        "import sys; sys.path.insert(0, 'scripts'); "
        "from gradus.study.settings.plugins import plugin_names; "
        "from gradus.training.algorithm import ALGORITHMS, load_algorithm; "
        "print(*(load_algorithm(name).preset.normalisation for name in plugin_names(ALGORITHMS))); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\nFalse\n")


def test_a_preset_has_the_settings_that_a_study_may_leave_to_the_algorithm() -> None:
    of_preset = {field.name for field in fields(Preset)}
    left_open = {name for name, field in Grpo.model_fields.items() if field.default is None}
    others = {"clip_dual", "checkpoint", "held_out", "inherits", "prompt", "sampler", "optimizer", "network"}
    others |= {"seed", "seeds", "show"}
    others |= {"micro_batch", "micro_batch_tokens"}
    others |= {"benchmarks", "epochs", "min_p", "reference_costs", "reference_model", "steps"}
    others |= {"teacher", "top_k", "train"}
    assert left_open - others == of_preset


def test_a_name_that_is_no_algorithm_is_one_line_with_the_nearest() -> None:
    with pytest.raises(
        GradusError, match=r"direct_rl.algorithm: expected 'cispo'.*, not 'dr-grpo'; did you mean dr_grpo\?"
    ):
        Graph.read(PROJECT / "config" / "pocket.yaml", {"experiments": {"direct_rl": {"algorithm": "dr-grpo"}}})


@pytest.mark.parametrize("name", plugin_names(ALGORITHMS))
def test_groups_without_a_signal_have_advantages_of_zero_by_every_algorithm(name: str) -> None:
    rewards = torch.tensor([[0.3, 0.3, 0.3], [1.0, 0.0, 0.0]])
    for scale in (False, True):
        advantages = load_algorithm(name).advantages(rewards, scale)
        assert advantages.shape == rewards.shape
        assert advantages[0].abs().max() == 0
        assert advantages[1].sum().item() == pytest.approx(0.0, abs=1e-6)
        assert advantages[1][0] > 0 > advantages[1][1]


def test_the_ratio_of_a_token_and_that_of_a_completion() -> None:
    """Ratios 2 and 1/2 in a completion of two tokens: each is clipped alone, together they are 1."""
    now, old = torch.tensor([[2.0, 0.5, 9.0]]).log(), torch.zeros(1, 3)
    mask, advantages = torch.tensor([[1.0, 1.0, 0.0]]), torch.tensor([[1.0]])
    losses, clipped = token_losses(now, old, advantages, mask, PPO)
    assert losses[0, :2].tolist() == pytest.approx([-1.2, -0.5])
    assert clipped[0, :2].tolist() == [True, False]
    losses, clipped = sequence_losses(now, old, advantages, mask, PPO)
    assert losses.tolist() == [[pytest.approx(-1.0)]]
    assert clipped.tolist() == [[False]]
