"""On-policy distillation on the service: a teacher that is another of its models, and what the student is sent."""

from pathlib import Path
from typing import Any

import pytest
import torch
from policy_runs import SIZE, Training, completion_tokens
from tiny import job_of, problems

from gradus.models.manifest import MANIFEST
from gradus.training.tinker import grpo
from model_folders import model_of

SETTINGS: dict[str, Any] = {
    "service": {"model": "m"},
    "algorithm": "distillation",
    "loss": "importance_sampling",
    "normalisation": "token",
    "rewards": {"correct": {"weight": 0.0}},
    "reference": {"dense": "expert"},
    "reference_service": {"model": "expert"},
    "kl_coef": 0.0,
    "kl_guard": None,
    "overlap": 0,
    "scale_advantages": False,
    "dynamic_sampling": False,
    "steps": 12,
    "batch_size": 8,
    "group_size": 1,
    "max_tokens": 16,
    "checkpoint_every": 100,
    "learning_rate": 0.1,
    "schedule": "constant",
    "warmup_share": 0.0,
}


def run(training: Training, teacher: Path, **settings: Any) -> list[dict[str, Any]]:
    fake = training.fake
    fake.sessions["expert"] = torch.randn(fake.vocabulary, generator=torch.Generator().manual_seed(9))
    job = job_of(training.root, "direct_rl", {"reference": [str(teacher)]}, **SETTINGS | settings)
    return grpo.train(job, model_of(training.model), problems(SIZE), job.state_folder(), training.root / "out")


@pytest.mark.parametrize("temperature", [1.0, 0.8])
def test_each_token_is_sent_with_what_the_teacher_gives_it_over_the_student(
    training: Training, model: Path, temperature: float
) -> None:
    rows = run(training, model.parent / MANIFEST, temperature=temperature)
    teacher = training.fake.sessions["expert"].log_softmax(-1)
    for row, of in zip(rows, training.updates(), strict=True):
        assert (of.loss, of.config) == ("importance_sampling", None)
        real = completion_tokens(of)
        tokens, old = of.inputs("target_tokens")[real], of.inputs("logprobs")[real]
        assert torch.allclose(of.inputs("advantages")[real], (teacher[tokens] - old) / len(old), atol=1e-6)
        assert row["teacher_kl"] == pytest.approx(float((old - teacher[tokens]).mean()), rel=1e-4)
        assert row["kl"] is None
    scored = [question for session, question in training.fake.asked if session == "expert"]
    assert len(scored) == 12 * 8
    assert all(question.prompt_logprobs and question.max_tokens == 1 for question in scored)
    kls = [row["teacher_kl"] for row in rows]
    assert sum(kls[-3:]) < 0.7 * sum(kls[:3])
