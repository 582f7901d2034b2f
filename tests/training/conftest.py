"""Every test of the training loops: no wandb, and torch as the tests after it expect it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tiny import save_tiny_model

from gradus.training.torch import embedded, pretrain


@pytest.fixture(scope="module", autouse=True)
def _alone() -> Iterator[None]:
    """Of modules, so that it covers runs that a module's tests share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "disabled")
        for module in (embedded, pretrain):
            # Settings of the whole process, which would slow transformers down in the tests after these.
            patch.setattr(module, "use_one_fast_thread", lambda: torch.set_num_threads(1))
        yield


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weight file of a tiny untrained model."""
    return save_tiny_model(tmp_path_factory.mktemp("model"))
