"""The page that follows a build: what it is told, and what a browser makes of it."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from gradus.provenance.errors import GradusError
from gradus.provenance.progress_line import ProgressLine
from gradus.watching.page import serve
from reporting.chromium import BINARY, browser
from watching.records import Clock, event, state

STEPS = [1, 2, 3, 4, 5]


def follow(folder: Path) -> str:
    """The address of the page of a build that runs, with a training that has ended and one that runs."""
    ended = folder / "models/sft/metrics.jsonl"
    ended.parent.mkdir(parents=True)
    ended.write_text("".join(json.dumps({"step": step, "loss": 1 / step}) + "\n" for step in STEPS))
    log = folder / "a.log"
    log.write_text(f"{ProgressLine('models/<b>', 3, 8, 'steps', 0.5, 10.0, {'reward': 0.25})}\n")
    found = state(Clock())
    found.note(event(LogEvent.JOB_INFO, jobid=0, rule_name="grpo", log=[str(log)]))
    found.note(event(LogEvent.JOB_STARTED, jobs=[0]))
    found.note(event(LogEvent.PROGRESS, done=1, total=4))
    return serve(found, folder, 0)


def test_it_is_told_what_runs_and_the_curves(tmp_path: Path) -> None:
    address = follow(tmp_path)
    with urllib.request.urlopen(f"{address}build.json") as answer:
        told = json.load(answer)
    assert (told["build"]["done"], told["build"]["total"]) == (1, 4)
    assert told["build"]["running"][0]["line"]["metrics"] == {"reward": 0.25}
    assert told["curves"] == [
        {"run": "a", "metric": "reward", "steps": [3], "values": [0.25], "running": True},
        {"run": "sft", "metric": "loss", "steps": STEPS, "values": [1 / step for step in STEPS], "running": False},
    ]  # fmt: skip
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{address}../models")


def test_what_is_no_number_or_not_whole_breaks_no_page(tmp_path: Path) -> None:
    address = follow(tmp_path)
    for name, text in (
        ("diverged", '{"step": 1, "loss": 2.5}\n{"step": 2, "loss": NaN}\n'),
        ("torn", '{"step": 1, "lo'),
    ):
        path = tmp_path / "models" / name / "metrics.jsonl"
        path.parent.mkdir()
        path.write_text(text)
    with urllib.request.urlopen(f"{address}build.json") as answer:
        told = json.load(answer, parse_constant=pytest.fail)
    diverged = {"run": "diverged", "metric": "loss", "steps": [1], "values": [2.5], "running": False}
    assert [curve for curve in told["curves"] if curve["run"] in ("diverged", "torn")] == [diverged]


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    port = int(follow(tmp_path).rstrip("/").rpartition(":")[2])
    with pytest.raises(GradusError, match=f"port {port} cannot be used for the page"):
        serve(state(Clock()), tmp_path, port)


@pytest.mark.skipif(BINARY is None, reason="needs Chromium")
def test_a_browser_shows_it(tmp_path: Path) -> None:
    address = follow(tmp_path / "study")
    with browser(tmp_path / "profile") as opened:
        opened.call("Page.navigate", url=address)
        shown = """new Promise(go => { const look = () => document.querySelector("figure") ? go([
            document.title, document.querySelector("#counts").textContent,
            [...document.querySelectorAll("#running td")].map(cell => cell.textContent),
            [...document.querySelectorAll("figcaption")].map(caption => caption.textContent),
        ]) : setTimeout(look, 50); look(); })"""
        title, counts, cells, captions = opened.ask(shown)
    assert title == "1/4 made"
    assert counts.startswith("1 of 4 jobs · ")
    assert cells == ["a", "", "3/8 steps", "0.5/s", "10 s left", "reward 0.25"]
    assert captions == ["sftloss 0.200"]
    assert [entry for entry in opened.events if entry["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")] == []
