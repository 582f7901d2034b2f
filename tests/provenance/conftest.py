import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradus.provenance import job as module
from gradus.provenance.files import write_json
from provenance.made_job import SPEC


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "fingerprint", lambda script, modules, without=None: "abc")
    path = Path("results/x/specs/models/sft.json")
    write_json(path, SPEC)
    return path


@pytest.fixture
def command(spec: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def give(*arguments: str) -> None:
        monkeypatch.setattr(sys, "argv", ["sft.py", str(spec), *arguments])

    return give
