"""A study with models and an empty hub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.double import HubDouble, running
from sharing.made_study import Project, make_models


@pytest.fixture
def hub() -> Iterator[HubDouble]:
    with running(HubDouble()) as hub:
        yield hub


@pytest.fixture
def project(hub: HubDouble, tmp_path: Path) -> Project:
    project = Project(tmp_path / "project", hub)
    make_models(project)
    return project
