"""Both backends compute the same on the same batch: this is what makes their rows of a table comparable."""

import runpy
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from parity import compare_grpo, compare_sft, groups_by_hand
from tiny import traces

from gradus.study.settings.plugins import plugin_names
from gradus.training.algorithm import ALGORITHMS, load_algorithm
from gradus.training.groups import Group
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
    preset["kl_estimator"] = "k3"  # the only one of TRL
    preset |= {"kl_guard": None} if load_algorithm(name).distills else {}
    for row in compare_grpo(model, tmp_path, "direct_rl", algorithm=name, micro_batch=2, **preset):
        # See `GrpoTrainer.step_metrics`.
        own_share = load_algorithm(name).losses is not token_losses or preset["loss"] == "cispo"
        if row.quantity != "clip_share" or not own_share:
            assert row.difference < TOLERANCE, row


@pytest.mark.parametrize("normalisation", ["sequence", "token", "constant"])
@pytest.mark.parametrize("kl_coef", [0.0, 0.04])
def test_what_was_cut_is_learned_from_by_neither(
    normalisation: str, kl_coef: float, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one group a completion is cut, of another both: groups have unlike sizes, and one is left out."""

    def with_cut(vocabulary: int) -> list[Group]:
        groups = groups_by_hand(vocabulary)
        for group, place in ((groups[0], 1), (groups[1], 0), (groups[1], 1)):
            group.completions[place] = replace(group.completions[place], finish_reason="length")
        return groups

    monkeypatch.setattr("parity.groups_by_hand", with_cut)
    settings = {"normalisation": normalisation, "kl_coef": kl_coef, "mask_truncated": True}
    for row in compare_grpo(model, tmp_path, "direct_rl", micro_batch=2, **settings):
        assert row.difference < TOLERANCE, row


@pytest.mark.parametrize("experiment", ["direct_rl", "dr_grpo", "dapo"])
@pytest.mark.parametrize("method", ["lora", "full"])
def test_what_an_environment_said_is_learned_by_neither(
    experiment: str, method: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_turns(vocabulary: int) -> list[Group]:
        groups = groups_by_hand(vocabulary)
        for group, place, given in ((groups[0], 1, (1, 3)), (groups[1], 1, (1, 2)), (groups[2], 0, (2, 5))):
            group.completions[place] = replace(group.completions[place], given=(given,))
        return groups

    monkeypatch.setattr("parity.groups_by_hand", with_turns)
    for row in compare_grpo(model, tmp_path, experiment, method=method, micro_batch=2):
        assert row.difference < TOLERANCE, row
        assert abs(row.torch) > 1e-2, row


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
