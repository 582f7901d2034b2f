"""What tests of estimates share."""

from pathlib import Path

import pytest

from gradus.graph import spec_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, in which plans are made whose jobs have one code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(spec_files, "fingerprint", lambda script, modules: "code")
    return tmp_path
