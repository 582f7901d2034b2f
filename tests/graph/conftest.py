"""The test study, built once; every test gets a copy of its own."""

import shutil
from pathlib import Path

import pytest

from graph.project import build, copy_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with the test study built. Tests read it; those that change something take `project`."""
    folder = copy_project(tmp_path_factory.mktemp("finished"))
    build(folder)
    return folder


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished project, time stamps and Snakemake's records included."""
    return Path(shutil.copytree(finished, tmp_path / "project", symlinks=True))
