"""Plots as files: each is a document of its own that a browser draws, with the numbers of the page."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from gradus.reporting.inputs import ReportInputs
from gradus.reporting.plots.files import plot_files, write_plots
from reporting.chromium import BINARY, Browser

SVG = "{http://www.w3.org/2000/svg}"


def _texts(plot: str) -> list[str]:
    return [str(text.text) for text in ElementTree.fromstring(plot).iter(f"{SVG}text")]


def test_every_plot_that_compares_experiments_has_a_file(inputs: ReportInputs) -> None:
    files = plot_files(inputs)
    benchmarks = ["math500", "aime2024"]
    assert [name for name in files if name.startswith("accuracy/")] == [f"accuracy/{name}" for name in benchmarks]
    for section in ("outcomes", "lengths", "votes", "pass_at_k"):
        assert {f"{section}/{name}" for name in benchmarks} <= files.keys()
    compared = [f"comparisons/{group}-{name}" for group in ("questions", "baseline") for name in benchmarks]
    assert [name for name in files if name.startswith("comparisons/")] == compared
    assert {"learning/reward", "learning/kl", "losses/sft", "losses/sft-held-out", "losses/pretraining"} <= files.keys()


def test_a_file_says_whose_lines_it_has(inputs: ReportInputs) -> None:
    files = plot_files(inputs)
    assert _texts(files["learning/reward"])[0] == "Reward"
    assert _texts(files["learning/reward"])[-3:] == ["Direct RL (GRPO v1)", "SFT → RL", "GRPO v2 (hard problems)"]
    assert _texts(files["outcomes/math500"])[-4:] == ["right", "wrong answer", "no answer", "truncated"]
    accuracy = inputs.experiments[0]["cells"]["math500"]["accuracy"]
    assert f"{100 * accuracy:.1f}%" in _texts(files["accuracy/math500"])


def test_without_runs_there_are_no_curves(inputs: ReportInputs) -> None:
    assert {name.partition("/")[0] for name in plot_files(ReportInputs(inputs.ablation))} == {"accuracy"}


@pytest.mark.skipif(BINARY is None, reason="no chromium on the PATH")
def test_a_browser_draws_a_file_in_colour_and_without_a_complaint(
    chromium: Browser, inputs: ReportInputs, tmp_path: Path
) -> None:
    write_plots(inputs, tmp_path)
    chromium.events.clear()
    chromium.open(tmp_path / "learning/reward.svg")
    colours = chromium.ask("[...document.querySelectorAll('g.run')].map(g => getComputedStyle(g).color)")
    assert len(colours) == len(set(colours)) == 3
    box = chromium.ask("(b => [b.width, b.height])(document.documentElement.getBoundingClientRect())")
    inside = "[...document.querySelectorAll('text')].every(t => t.getBoundingClientRect().bottom < {})"
    assert chromium.ask(inside.format(box[1]))
    assert chromium.complaints() == []
