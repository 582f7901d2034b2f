"""Settings in TRL's words: what the papers' presets become, and the words for a GPU."""

from pathlib import Path
from typing import Any

import pytest
import torch
from parity import trl_job

from gradus.provenance.errors import GradusError
from gradus.specs.training import SftSpec
from gradus.training.trl.arguments import grpo_arguments
from gradus.training.trl.schedule import LearningRateSchedule

VLLM = {"memory_share": 0.4, "sleep": True, "server": "http://gpu:8000", "correction": "token_mask"}


def arguments(root: Path, name: str = "direct_rl", **settings: Any) -> Any:
    job = trl_job(root, name, **settings)
    return grpo_arguments(job.settings, root, job.settings.steps)


@pytest.mark.parametrize(
    ("name", "loss_type", "scale", "beta", "clip"),
    [
        ("direct_rl", "grpo", "group", 0.04, (0.2, 0.2)),
        ("dr_grpo", "dr_grpo", "none", 0.0, (0.2, 0.2)),
        ("dapo", "dapo", "group", 0.0, (0.2, 0.28)),
    ],
)
def test_presets_mean_what_their_papers_say(
    name: str, loss_type: str, scale: str, beta: float, clip: tuple[float, float], tmp_path: Path
) -> None:
    made = arguments(tmp_path, name)
    assert (made.loss_type, made.scale_rewards, made.beta) == (loss_type, scale, beta)
    assert (made.epsilon, made.epsilon_high) == clip


def test_an_optimizer_step_sees_the_whole_batch(tmp_path: Path) -> None:
    made = arguments(tmp_path, batch_size=6, group_size=4, micro_batch=8, updates_per_batch=3, steps=10)
    assert made.per_device_train_batch_size * made.gradient_accumulation_steps == made.generation_batch_size == 24
    assert (made.num_generations, made.num_iterations, made.max_steps) == (4, 3, 30)


def test_adamw_is_told_all_of_its_settings(tmp_path: Path) -> None:
    made = arguments(tmp_path, betas=[0.8, 0.7], weight_decay=0.3, max_grad_norm=2.5, learning_rate=3e-4)
    assert (made.adam_beta1, made.adam_beta2, made.adam_epsilon, made.weight_decay) == (0.8, 0.7, 1e-8, 0.3)
    assert (made.max_grad_norm, made.learning_rate) == (2.5, 3e-4)


def test_trl_corrects_for_a_sampler_that_it_does_not_start(tmp_path: Path) -> None:
    rollouts = VLLM | {"engine": "vllm_colocate", "correction_cap": 3.0}
    made = arguments(tmp_path, rollouts=rollouts)
    assert (made.vllm_importance_sampling_mode, made.vllm_importance_sampling_clip_max) == ("token_mask", 3.0)
    assert made.vllm_importance_sampling_correction
    for others in ({"correction": "none"}, {"engine": "transformers"}):
        assert not arguments(tmp_path, rollouts=rollouts | others).vllm_importance_sampling_correction
    assert not made.use_vllm


def test_an_optimizer_is_its_kind_for_the_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradus.training.trl.arguments.GRPOConfig", lambda **words: words)
    found = {}
    for gpu in (False, True):
        monkeypatch.setattr(torch.cuda, "is_available", lambda gpu=gpu: gpu)
        found[gpu] = [arguments(tmp_path, optimizer=name)["optim"] for name in ("adamw", "paged_adamw")]
    assert found == {False: ["adamw_torch"] * 2, True: ["adamw_torch_fused", "paged_adamw_32bit"]}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"optimizer": "paged_adamw_8bit"}, "optimizer: paged_adamw_8bit needs a GPU"),
    ],
)
def test_what_needs_a_gpu_says_so(
    settings: dict[str, Any], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(GradusError, match=named):
        arguments(tmp_path, **settings)


def test_several_gpus_or_processes_all_the_same_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(GradusError, match=r"one GPU and sees 2: set CUDA_VISIBLE_DEVICES to one of them"):
        arguments(tmp_path)
    monkeypatch.undo()
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(GradusError, match="in one process, a launcher started 4"):
        arguments(tmp_path)


def test_the_schedule_counts_batches_and_keeps_its_guard() -> None:
    settings = SftSpec.model_construct(schedule="linear", warmup_share=0.25)
    schedule = LearningRateSchedule(settings, steps=8, per_batch=2)
    assert [schedule(step) for step in range(0, 16, 2)] == [schedule(step) for step in range(1, 17, 2)]
    assert [schedule(2 * batch) for batch in range(8)] == pytest.approx([0.5, 1, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6])
    scheduler = torch.optim.lr_scheduler.LambdaLR(torch.optim.SGD([torch.zeros(1)], lr=1.0), schedule)
    schedule.guard = 0.5
    again = LearningRateSchedule(settings, steps=8, per_batch=2)
    torch.optim.lr_scheduler.LambdaLR(torch.optim.SGD([torch.zeros(1)], lr=1.0), again).load_state_dict(
        scheduler.state_dict()
    )
    assert again.guard == 0.5
