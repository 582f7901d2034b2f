"""How a build is shown."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.logging import logger
from snakemake.settings.enums import Quietness

from gradus.provenance.errors import GradusError
from gradus.watching.begin import VARIABLE, begin
from gradus.watching.handler import StateHandler
from gradus.watching.lines import TimeLeft
from watching.records import NAMES, build


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the logger is told, which has no handlers of its own."""
    lines = list[str]()
    monkeypatch.setattr(logger, "info", lines.append)
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    return lines


def shown(folder: Path, quiet: set[Quietness], local: bool) -> list[type]:
    settings = SimpleNamespace(quiet=quiet)
    workflow = SimpleNamespace(output_settings=settings, local_exec=local)
    begin(workflow, "made", folder, build(), NAMES.get)
    return [type(handler) for handler in logger.handlers]


@pytest.mark.parametrize(
    ("quiet", "local", "told", "handlers"),
    [({Quietness.RULES}, True, 2, [TimeLeft]), (set(), True, 2, [TimeLeft]), ({Quietness.PROGRESS}, True, 0, []),
     ({Quietness.ALL}, True, 0, []), (set(), False, 2, [])],
)  # fmt: skip
def test_without_a_terminal_there_are_lines(
    quiet: set[Quietness], local: bool, told: int, handlers: list[type], said: list[str], tmp_path: Path
) -> None:
    assert shown(tmp_path, quiet, local) == handlers
    assert len(said) == told


def test_a_page_is_served_if_asked_for(said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "page")
    assert shown(tmp_path, set(), local=False) == [StateHandler]
    assert said[-1].startswith("page: http://127.0.0.1:")


@pytest.mark.parametrize("value", ["windows", "page:x", "lines:80"])
def test_another_view_is_refused(value: str, said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(GradusError, match=f"GRADUS_VIEW is '{value}'; set it to lines, terminal, page or page:PORT"):
        shown(tmp_path, set(), local=True)
