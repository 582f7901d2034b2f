"""One study on disk for all tests of the room that do not change it."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.report import build_report
from reporting.chromium import BINARY, Browser, browser
from reporting.study_files import files_of, write_study

TITLE = "Does reinforcement learning need SFT?"


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def loaded(results: Path) -> ReportInputs:
    return load_inputs(files_of(results), {"torch": "2.13.0"}, seed=7, title=TITLE)


@pytest.fixture
def inputs(loaded: ReportInputs) -> ReportInputs:
    """A copy for each test, which may change it."""
    return deepcopy(loaded)


@pytest.fixture(scope="session")
def page(loaded: ReportInputs) -> str:
    return build_report(loaded)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if BINARY is None:
        pytest.skip("no chromium on the PATH")
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, page: str) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path
