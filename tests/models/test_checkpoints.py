"""Which checkpoint is taken, and what of its folder."""

from pathlib import Path

import pytest

from gradus.models.checkpoints import choose_checkpoint, copy_model
from gradus.models.manifest import MANIFEST
from gradus.provenance.errors import GradusError


@pytest.fixture
def end(tmp_path: Path) -> Path:
    for step in (20, 40, 60):
        (tmp_path / f"checkpoints/step-{step:04d}").mkdir(parents=True)
    return tmp_path / MANIFEST


def rows(metric: str, *values: float) -> list[dict[str, float]]:
    training = [{"step": step, "loss": 1.0} for step in range(1, 61)]
    return training + [{"step": 20 * (at + 1), metric: value} for at, value in enumerate(values)]


def test_by_step(end: Path) -> None:
    assert choose_checkpoint(end, [], 40, "held_out_loss").name == "step-0040"
    with pytest.raises(GradusError, match=r"no checkpoint after step 50 \(kept: 20, 40, 60\)"):
        choose_checkpoint(end, [], 50, "held_out_loss")


@pytest.mark.parametrize(
    ("metric", "values", "step"),
    [
        ("held_out_loss", (0.5, 0.2, 0.3), "step-0040"),
        ("held_out_reward", (0.5, 0.2, 0.3), "step-0020"),
        ("held_out_reward", (0.1, 0.7, 0.7), "step-0040"),
        ("held_out_reward", (0.1, 0.2, 0.3, 0.9), "step-0060"),  # there is no checkpoint after step 80
    ],
)
def test_the_best(end: Path, metric: str, values: tuple[float, ...], step: str) -> None:
    assert choose_checkpoint(end, rows(metric, *values), "best", metric).name == step


def test_without_metrics_there_is_no_best(end: Path) -> None:
    with pytest.raises(GradusError, match=r"no checkpoint has a held_out_reward.*remove \S+/model.json and run again"):
        choose_checkpoint(end, rows("held_out_loss", 0.1), "best", "held_out_reward")


def test_a_copy_is_the_model_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "checkpoints").mkdir(parents=True)
    (tmp_path / "cached").write_bytes(b"weights")
    (source / "model.safetensors").symlink_to(tmp_path / "cached")
    for name in ("config.json", "tokenizer.json", "metrics.jsonl", ".config.json.1.tmp"):
        (source / name).write_text(name, encoding="utf-8")
    copy_model(source, tmp_path / "out")
    out = {path.name: path for path in (tmp_path / "out").iterdir()}
    assert sorted(out) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert not out["model.safetensors"].is_symlink()
    assert out["model.safetensors"].read_bytes() == b"weights"
