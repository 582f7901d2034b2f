"""One study on disk for all tests of the room that do not change it."""

from pathlib import Path

import pytest

from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.report import build_report
from reporting.study_files import files_of, write_study

TITLE = "Does reinforcement learning need SFT?"


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def inputs(results: Path) -> ReportInputs:
    return load_inputs(files_of(results), {"torch": "2.13.0"}, seed=7, title=TITLE)


@pytest.fixture(scope="session")
def page(inputs: ReportInputs) -> str:
    return build_report(inputs)
