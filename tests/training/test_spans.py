"""Ranges of a training step: which there are, what they surround, and what they cost where nobody looks."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import job_of, problems, traces
from torch.profiler import ProfilerActivity, profile

from gradus.training import groups, spans
from gradus.training.spans import span
from gradus.training.torch import grpo, sft
from model_folders import model_of

SHORT = {"steps": 1, "batch_size": 2, "group_size": 4, "max_tokens": 4, "rewards": {"random": {"weight": 1.0}}}


def events_of(train: Any, job: Any, model: Path, data: Any, out: Path) -> list[Any]:
    with profile(activities=[ProfilerActivity.CPU]) as recorded:
        train(job, model_of(model), data, out / "state", out / "out")
    return list(recorded.events())


def test_a_step_of_grpo_has_the_ranges_that_the_seed_names(model: Path, tmp_path: Path) -> None:
    job = job_of(tmp_path, "direct_rl", **SHORT)
    events = events_of(grpo.train, job, model, problems(), tmp_path)
    found = {event.name: event for event in events}
    inside = ("policy_loss_backward", "optimizer_step")
    before = ("rollout_generation", "reward_computation", "advantage_computation")
    for name in (*before, "policy_update", "forward", "backward", *inside):
        assert name in found
    update = found["policy_update"].time_range
    for name in inside:
        within = found[name].time_range
        assert update.start <= within.start <= within.end <= update.end


def test_a_step_of_sft_has_the_ranges_that_the_seed_names(model: Path, tmp_path: Path) -> None:
    job = job_of(tmp_path, "sft_custom", epochs=1, batch_size=12, held_out_share=0.0)
    counts: dict[str, int] = {}
    for event in events_of(sft.train, job, model, traces(12), tmp_path):
        counts[event.name] = counts.get(event.name, 0) + 1
    assert counts["forward"] == counts["backward"] >= 1
    assert counts["optimizer_step"] == 1


def test_where_nobody_looks_nothing_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    monkeypatch.setattr(spans, "_recorded", refuse)
    with span("forward"):
        pass


def test_on_a_gpu_a_range_is_one_of_nvtx_too_however_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda.nvtx, "range_push", told.append)
    monkeypatch.setattr(torch.cuda.nvtx, "range_pop", lambda: told.append("pop"))
    with pytest.raises(ValueError, match="out of memory"), span("forward"), span("backward"):
        raise ValueError("out of memory")
    assert told == ["forward", "backward", "pop", "pop"]


def test_rewards_are_computed_within_their_range(monkeypatch: pytest.MonkeyPatch, model: Path, tmp_path: Path) -> None:
    graded = groups.grade_completions

    def watched(*arguments: Any) -> Any:
        with span("forward"):
            return graded(*arguments)

    monkeypatch.setattr(groups, "grade_completions", watched)
    events = events_of(grpo.train, job_of(tmp_path, "direct_rl", **SHORT), model, problems(), tmp_path)
    reward = next(event for event in events if event.name == "reward_computation")
    assert "forward" in {child.name for child in reward.cpu_children}
