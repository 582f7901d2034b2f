"""A tiny model, and a process as it was before."""

from pathlib import Path

import pytest
import torch
from tiny import save_tiny_model

from gradus.training.torch import embedded


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a training sets for its whole process."""
    monkeypatch.setenv("WANDB_MODE", "disabled")
    monkeypatch.setattr(embedded, "use_one_fast_thread", lambda: torch.set_num_threads(1))


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model")).with_name("model.json")
