"""The test study, built once; every test gets a copy of its own."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.killing import kill_all
from graph.project import STUDY, copy_project, snakemake


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the built study is slow, as minutes pass until it is there."""
    for item in items:
        if "finished" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with the test study built. Tests read it; those that change something take `project`."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # of all workers, of which the first builds and the others wait
    folder, done = root / "finished", root / "finished.done"
    with open(root / "finished.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            said = snakemake(copy_project(folder), "all", "--configfile", STUDY, "--verbose")
            log_of(folder).write_text(said, encoding="utf-8")
            done.touch()
    return folder


@pytest.fixture(scope="session")
def finished_log(finished: Path) -> str:
    """What Snakemake said while it built the test study, with its own debugging messages."""
    return log_of(finished).read_text(encoding="utf-8")


def log_of(folder: Path) -> Path:
    return folder.with_suffix(".log")


@pytest.fixture(autouse=True)
def _no_build_is_left() -> Iterator[None]:
    yield
    kill_all()


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished project, time stamps and Snakemake's records included."""
    return Path(shutil.copytree(finished, tmp_path / "project", symlinks=True))
