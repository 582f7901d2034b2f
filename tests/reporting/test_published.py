"""Published values on the page, beside the measured ones and where nothing is measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gradus.reporting import accuracy, formats, results, votes
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.marks import marks_of
from gradus.reporting.report import build_report
from reporting.chromium import BINARY, browser
from reporting.study_files import MadeStudy, files_of, write_study

PUBLISHED = {"baseline": {"math500": 0.05}, "grpo_v2": {"math500": 0.794, "aime2024": 0.433}}
VOTES = {"grpo_v2": {"math500": {"maj@16": 0.902, "pass@16": 0.956}}}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> ReportInputs:
    results = write_study(tmp_path_factory.mktemp("published"), MadeStudy(published=PUBLISHED, published_votes=VOTES))
    return load_inputs(files_of(results))


def test_a_cell_has_the_published_figure(shown: ReportInputs) -> None:
    section = results.section(shown, marks_of(shown))
    baseline, best = section["rows"][0]["cells"][0], section["rows"][4]["cells"][0]
    measured = shown.experiments[0]["cells"]["math500"]
    assert measured["ci95"][0] > 0.05
    assert (baseline["published"], baseline["outside"]) == ("5.0%", True)
    points = formats.points(measured["accuracy"] - 0.05)
    assert baseline["tip"].endswith(
        f"Published: 5.0%, outside the 95% interval (measured less published: {points} points)"
    )
    low, high = shown.experiments[4]["cells"]["math500"]["ci95"]
    assert low < 0.794 < high
    assert (best["published"], best["outside"]) == ("79.4%", False)
    assert "Published: 79.4%, inside the 95% interval" in best["tip"]
    assert section["rows"][1]["cells"][0]["published"] == ""
    assert section["published"] == "Someone & others 2025"


def test_a_figure_stands_alone_where_nothing_is_measured(shown: ReportInputs) -> None:
    ablation = json.loads(json.dumps(shown.ablation))
    row = ablation["experiments"][4]
    del row["cells"]["aime2024"]
    row["published"]["aime2024"] |= {"delta": None, "inside": None}
    alone = replace(shown, ablation=ablation)
    cell = results.section(alone, marks_of(alone))["rows"][4]["cells"][1]
    assert (cell["accuracy"], cell["published"], cell["sort"]) == ("", "43.3%", -1)
    assert cell["tip"] == "GRPO v2 (hard problems) on AIME 2024\nNot measured\nPublished: 43.3%"
    assert '<span class="value">–</span>' in build_report(alone)


def test_the_plot_has_a_stroke_for_it(shown: ReportInputs) -> None:
    math, aime = accuracy.section(shown, marks_of(shown))
    assert [plot.picture.__html__().count('class="published"') for plot in (math, aime)] == [2, 1]


def test_votes_have_theirs(shown: ReportInputs) -> None:
    section = votes.section(shown, [], marks_of(shown))
    assert section is not None
    assert votes.weightings(shown.votes) == ["length", "inverse_length"]
    row = next(r for r in section["rows"] if (r["benchmark"], r["mark"].name) == ("MATH-500", "grpo_v2"))
    assert (row["greedy_published"], row["maj"][-1]["published"], row["passed"][-1]["published"]) == (
        *("79.4%", "90.2%", "95.6%"),
    )
    assert "Published: 90.2%, inside the 95% interval" in row["maj"][-1]["tip"]
    assert row["maj"][0]["published"] == ""


def test_a_study_without_any_says_nothing_of_them(page: str) -> None:
    main = page[page.index("<main") :]
    assert "publ." not in main
    assert "Published" not in main


@pytest.mark.skipif(BINARY is None, reason="no chromium on the PATH")
def test_the_page_holds_them_in_a_browser(shown: ReportInputs, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(build_report(shown), encoding="utf-8")
    with browser(tmp_path / "profile") as chromium:
        for width in (1360, 390):
            chromium.open(path, width=width)
            assert chromium.complaints() == []
            assert chromium.ask("document.documentElement.scrollWidth") == width
            value = "document.querySelector('.ablation tbody tr:last-child td .published')"
            assert chromium.ask(f"{value}.textContent") == "publ. 79.4%"
            # below the difference from the baseline, within its cell and on one line
            box = f"{value}.getBoundingClientRect()"
            assert chromium.ask(f"{box}.top >= {value}.previousElementSibling.getBoundingClientRect().bottom - 1")
            assert chromium.ask(f"{box}.right <= {value}.parentElement.getBoundingClientRect().right + 1")
            assert chromium.ask(f"{box}.height < 20")
        assert "Someone & others 2025" in chromium.ask("document.querySelector('#results .caption').textContent")
        stroke = chromium.ask("getComputedStyle(document.querySelector('#accuracy .published')).stroke")
        assert stroke.startswith("rgb(")
