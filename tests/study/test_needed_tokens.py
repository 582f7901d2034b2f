"""Experiments that need domain tokens of their model, which are refused where it has none."""

from pathlib import Path
from typing import Any

import pytest

from gradus.provenance.errors import GradusError
from study.made_study import study

TOKENS = {"kind": "multiplication", "up_to": 5}
MODELS = (
    ("models.mul", {"of": "base", "tokens": TOKENS}),
    ("models.plain", {"of": "base", "tokens": {**TOKENS, "reserved": True}}),
)
INJECTED = ("traces.custom.inject", TOKENS)
USES = ("experiments.rl.rewards", {"correct": 1, "uses_tokens": 0.2})
OTHER = ("experiments.rl.rewards", {"correct": 1, "uses_tokens": {"weight": 0.2, "families": ["words"]}})
MIX = ("traces.mixed", {"kind": "mix", "parts": {"custom": 1, "public": 1}})


@pytest.mark.parametrize(
    "changes",
    [
        [INJECTED, ("experiments.sft.from", "mul")],
        [USES, ("experiments.rl.from", "mul")],
        [USES, ("experiments.rl.from", "plain")],  # the baseline, whose answers all get 0
        [USES, ("experiments.sft.from", "mul"), ("experiments.rl.from", "sft")],
    ],
)
def test_a_model_with_the_tokens(tmp_path: Path, changes: list[tuple[str, Any]]) -> None:
    # sft_rl inherits the reward of rl
    assert study(tmp_path, *MODELS, *changes, ("experiments.sft_rl", None))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        (
            [INJECTED],
            "experiments.sft.traces.0: 'custom' has domain tokens injected that 'base' would read in pieces",
        ),
        ([INJECTED, ("experiments.sft.from", "plain")], "experiments.sft.traces.0: 'custom' has domain tokens"),
        (
            [("traces.custom.inject", {"kind": "multiplication", "up_to": 6}), ("experiments.sft.from", "mul")],
            "experiments.sft.traces.0: 'custom' has domain tokens",
        ),
        ([INJECTED, MIX, ("experiments.sft.traces", ["mixed"])], "experiments.sft.traces.0: 'mixed' has domain tokens"),
        (
            [USES],
            "experiments.rl.rewards.uses_tokens: 'base' has no domain tokens, so that every answer gets 0; give the "
            "model `tokens`, or remove this part",
        ),
        (
            [OTHER, ("experiments.rl.from", "mul")],
            "rl.rewards.uses_tokens.families.0: 'mul' has no domain tokens 'words'; there are multiplication",
        ),
    ],
)
def test_a_model_without_them(tmp_path: Path, changes: list[tuple[str, Any]], what: str) -> None:
    with pytest.raises(GradusError) as error:
        study(tmp_path, *MODELS, *changes, ("experiments.sft_rl", None))
    assert what in str(error.value)
