"""On-policy distillation by TRL's loss: of another model, and of another adapter of the same base."""

from pathlib import Path
from typing import Any

import pytest
from parity import trl_job
from test_distillation import DISTILLATION
from tiny import problems, save_tiny_model

from gradus.models.describe import write_manifest
from gradus.models.manifest import MANIFEST
from gradus.training.trl import grpo
from model_folders import model_of


def run(root: Path, weights: Path, teacher: list[Path], **settings: Any) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True)
    job = trl_job(root, "direct_rl", {"reference": [str(path) for path in teacher]}, **DISTILLATION | settings)
    return grpo.train(job, model_of(weights), problems(), root / "state", root / "out")


@pytest.mark.parametrize(("method", "rate"), [("lora", 2e-2), ("full", 5e-3)])
def test_the_student_comes_nearer_to_its_teacher(method: str, rate: float, model: Path, tmp_path: Path) -> None:
    save_tiny_model(tmp_path / "teacher", std=0.15, hidden=48, inner=32)
    settings = {
        "steps": 24,
        "batch_size": 8,
        "group_size": 2,
        "micro_batch": 8,
        "method": method,
        "learning_rate": rate,
    }
    rows = run(tmp_path / "run", model, [tmp_path / "teacher" / MANIFEST], **settings)
    kls = [row["teacher_kl"] for row in rows]
    assert all(row["kl"] is None and row["clip_share"] == 0 for row in rows)
    assert sum(kls[-5:]) < 0.8 * sum(kls[:5])


def test_a_student_that_is_its_teacher_stays(model: Path, tmp_path: Path) -> None:
    """The base itself, which the adapter in training is switched off for: no advantage, and so no gradient at first."""
    write_manifest(model.parent)
    rows = run(tmp_path / "run", model, [model.parent / MANIFEST], steps=2, batch_size=4, group_size=2, method="lora")
    assert rows[0]["teacher_kl"] == pytest.approx(0, abs=1e-5)
    assert rows[0]["grad_norm"] == pytest.approx(0, abs=1e-4)
