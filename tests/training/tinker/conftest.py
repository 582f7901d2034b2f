"""An exact service in this process, for the loops of the service."""

from pathlib import Path

import pytest
from policy_runs import Training


@pytest.fixture
def training(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Training:
    return Training(tmp_path, model, monkeypatch)
