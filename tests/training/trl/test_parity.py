"""Both backends compute the same on the same batch: this is what makes their rows of a table comparable."""

import runpy
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from parity import compare_grpo, compare_sft
from tiny import traces

from gradus.study.settings.plugins import plugin_names
from gradus.training.algorithm import ALGORITHMS, load_algorithm
from gradus.training.surrogate import token_losses

TOLERANCE = 1e-4


@pytest.mark.parametrize(("method", "micro_batch"), [("lora", None), ("full", 2)])
@pytest.mark.parametrize("experiment", ["direct_rl", "dr_grpo", "dapo"])
def test_grpo_on_one_batch(experiment: str, method: str, micro_batch: int | None, model: Path, tmp_path: Path) -> None:
    settings = {"method": method, "micro_batch": micro_batch, "temperature": 0.8}
    rows = compare_grpo(model, tmp_path, experiment, **settings)
    names = ["logprobs", "loss", "grad_norm", "kl", "entropy", "clip_share"]
    if method == "full" and experiment != "direct_rl":
        names.remove("kl")  # neither a penalty nor a guard asks for it
    assert [row.quantity for row in rows] == names
    for row in rows:
        assert row.difference < TOLERANCE, row
        assert abs(row.torch) > 1e-2, row


@pytest.mark.parametrize("experiment", ["direct_rl", "dr_grpo", "dapo"])
@pytest.mark.parametrize("changes", [{"dynamic_sampling": True}, {"average_over": "informative_groups"}])
def test_grpo_on_a_batch_of_which_a_part_counts(
    experiment: str, changes: dict[str, Any], model: Path, tmp_path: Path
) -> None:
    """One group is learned from under dynamic sampling, which did not fill the batch; two by their rewards."""
    for row in compare_grpo(model, tmp_path, experiment, micro_batch=2, **changes):
        assert row.difference < TOLERANCE, row


@pytest.mark.parametrize("name", plugin_names(ALGORITHMS))
def test_every_algorithm_on_one_batch(name: str, model: Path, tmp_path: Path) -> None:
    """By its preset, whichever part of the loss is TRL's and whichever the algorithm's."""
    preset = asdict(load_algorithm(name).preset) | {"rewards": {"correct": {"weight": 1.0}}, "dynamic_sampling": False}
    for row in compare_grpo(model, tmp_path, "direct_rl", algorithm=name, micro_batch=2, **preset):
        # Where the ratio is a completion's, TRL's share of what is clipped is one of completions, ours one of tokens.
        if row.quantity != "clip_share" or load_algorithm(name).losses is token_losses:
            assert row.difference < TOLERANCE, row


@pytest.mark.parametrize("packing", [False, True])
@pytest.mark.parametrize("method", ["lora", "full"])
def test_sft_on_one_batch(method: str, packing: bool, model: Path, tmp_path: Path) -> None:
    settings = {"method": method, "packing": packing, "micro_batch": None if packing else 2}
    for row in compare_sft(model, tmp_path, traces(8), **settings):
        assert row.difference < TOLERANCE, row
        assert abs(row.torch) > 1e-2, row


@pytest.mark.slow
def test_the_command_prints_the_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    script = Path(__file__).parents[2] / "bench" / "parity_backends.py"
    monkeypatch.setattr(sys, "argv", [str(script)])
    monkeypatch.syspath_prepend(script.parent)
    runpy.run_path(str(script), run_name="__main__")
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head.split(" | ")[-1] == "difference |"
    assert len(rows) == 40
    assert all(float(row.split("|")[-2]) < TOLERANCE for row in rows)
