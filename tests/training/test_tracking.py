"""The figures of a run reach wandb where it is wanted, and wandb is left alone where it is not."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tiny import job_of

from gradus.training.tracking import Tracker


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What a stand-in for the wandb package was asked to do."""
    seen: list[tuple[str, dict[str, Any]]] = []

    class Run:
        def log(self, row: dict[str, Any], step: int) -> None:
            seen.append(("log", {"row": row, "step": step}))

        def finish(self) -> None:
            seen.append(("finish", {}))

    def init(**arguments: Any) -> Run:
        seen.append(("init", arguments))
        return Run()

    monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init, Settings=lambda **settings: settings))
    monkeypatch.setitem(sys.modules, "wandb.errors", SimpleNamespace(Error=LostRun))
    return seen


class LostRun(Exception):
    """As wandb's own."""


def test_rows_are_logged_offline(
    calls: list[tuple[str, dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_MODE")
    job = job_of(tmp_path / "results" / "small", "direct_rl")
    tracker = Tracker(job)
    tracker.log({"step": 3, "reward": 0.5})
    tracker.close()
    (first, begun), *rest = calls
    assert first == "init"
    assert (begun["mode"], begun["project"], begun["name"]) == ("offline", "small", "direct_rl")
    assert begun["config"] == job.settings.model_dump(mode="json")
    assert Path(begun["dir"]) == tmp_path / "results" / "small" / ".wandb"
    assert rest == [("log", {"row": {"reward": 0.5}, "step": 3}), ("finish", {})]


def test_disabled_means_that_wandb_is_not_even_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)  # an import would fail
    tracker = Tracker(job_of(tmp_path, "direct_rl"))
    tracker.log({"step": 1, "loss": 1.0})
    tracker.close()
    assert not (tmp_path / ".wandb").exists()


@pytest.mark.parametrize("error", [ConnectionResetError("Connection lost"), LostRun("no run")])
def test_training_goes_on_where_the_process_of_wandb_is_gone(
    error: Exception, calls: list[tuple[str, dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_MODE")
    tracker = Tracker(job_of(tmp_path / "results" / "small", "direct_rl", {"log": [str(tmp_path / "log")]}))

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(tracker._run, "log", fail)
    for step in (1, 2):
        tracker.log({"step": step, "loss": 1.0})
    tracker.close()
    said = f"wandb has ended ({error}); from here on metrics are kept in metrics.jsonl alone\n"
    assert (tmp_path / "log").read_text(encoding="utf-8") == said
    assert [name for name, _ in calls] == ["init"]
