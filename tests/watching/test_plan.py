"""What a dry-run shows in place of Snakemake's listing."""

import logging
from types import SimpleNamespace

import pytest
from snakemake.logging import ColorizingTextHandler, logger
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent

from gradus.provenance.errors import GradusError
from gradus.watching.begin import VARIABLE
from gradus.watching.plan import PlanHandler, show_plan
from watching.records import event


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_the_plan_takes_the_place_of_tables_and_listing(capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept()
    handler = PlanHandler(kept, lambda: ["the plan"])
    handler.emit(event(LogEvent.WORKFLOW_STARTED, "SNAKEMAKE"))
    handler.emit(event(None, "Building DAG of jobs..."))
    assert capsys.readouterr().out == ""
    for kind in (LogEvent.RUN_INFO, LogEvent.JOB_INFO, None, LogEvent.RUN_INFO):
        handler.emit(event(kind, "listing"))
    handler.emit(event(None, "beware", logging.WARNING))
    assert capsys.readouterr().out == "the plan\n"
    assert kept.lines == ["Building DAG of jobs...", "beware"]


def shows(monkeypatch: pytest.MonkeyPatch, quiet: set[Quietness] = frozenset(), **asked: bool) -> bool:
    monkeypatch.setattr(logger, "handlers", [ColorizingTextHandler()])
    settings = SimpleNamespace(**{"quiet": quiet, "printshellcmds": False, "verbose": False} | asked)
    return show_plan(SimpleNamespace(output_settings=settings), lambda: ["the plan"])


def handlers() -> list[type[logging.Handler]]:
    return [type(handler) for handler in logger.handlers]


def test_the_listing_is_there_if_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert shows(monkeypatch)
    assert shows(monkeypatch, {Quietness.RULES})
    assert handlers() == [PlanHandler]
    assert not shows(monkeypatch, printshellcmds=True)
    assert handlers() == [ColorizingTextHandler]
    assert not shows(monkeypatch, verbose=True)
    monkeypatch.setenv(VARIABLE, "page")
    assert shows(monkeypatch)
    monkeypatch.setenv(VARIABLE, "lines")
    assert not shows(monkeypatch)
    monkeypatch.setenv(VARIABLE, "windows")
    with pytest.raises(GradusError, match="GRADUS_VIEW is 'windows'"):
        shows(monkeypatch)


def test_quiet_shows_neither(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not shows(monkeypatch, {Quietness.RULES, Quietness.PROGRESS})
    assert handlers() == [PlanHandler]
    logger.handlers[0].emit(event(LogEvent.RUN_INFO, "listing"))
    logger.handlers[0].emit(event(LogEvent.JOB_INFO, "listing"))
    assert capsys.readouterr().out == ""
