"""Published values on the page, beside the measured ones and where nothing is measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gradus.reporting import accuracy, formats, passes, published_costs, results, stages, votes
from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.plots.marks import marks_of
from gradus.reporting.report import build_report
from gradus.reporting.words import report_text
from gradus.study.settings.published import PublishedLosses, PublishedNumber
from reporting.chromium import BINARY, browser
from reporting.made_ablation import MadeStudy
from reporting.study_files import files_of, write_study

PUBLISHED = {"baseline": {"math500": 0.05}, "grpo_v2": {"math500": 0.794, "aime2024": 0.433}}
VOTES = {"grpo_v2": {"math500": {"maj@16": 0.902, "pass@16": 0.956}}}

LOSSES = {"sft": PublishedLosses(train=0.5, eval=0.58)}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> ReportInputs:
    results = write_study(
        tmp_path_factory.mktemp("published"),
        MadeStudy(published=PUBLISHED, published_votes=VOTES, published_losses=LOSSES),
    )
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


def test_the_stages_have_losses_beside_the_published_ones(shown: ReportInputs) -> None:
    (row,) = stages.section(shown, marks_of(shown))
    train, held_out = row["losses"]
    losses = [float(text) for line in shown.metrics["sft"] if (text := line.get("loss")) is not None]  # ty: ignore
    assert train["text"] == f"{sum(losses) / len(losses):.4f}"
    assert (held_out["text"], held_out["published"]) == ("0.5700", "0.5800 (−0.0100)")
    assert (row["title"], row["start"], row["stage"], row["steps"]) == ("SFT (custom traces)", "Baseline", 1, 119)
    page = build_report(shown)
    assert "publ. 0.5800 (−0.0100)" in page
    assert "publ.: as Someone &amp; others 2025 published it, in brackets what is measured less that" in page
    assert "| published               |" in report_text(shown).partition("## Stages of fine-tuning")[2]


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
    math, aime = accuracy.section(shown, marks_of(shown))["plots"]
    assert [plot.picture.__html__().count('class="published"') for plot in (math, aime)] == [2, 1]


def test_votes_have_theirs(shown: ReportInputs) -> None:
    section = votes.section(shown, [], marks_of(shown))
    assert section is not None
    row = next(r for r in section["rows"] if (r["benchmark"], r["mark"].name) == ("MATH-500", "grpo_v2"))
    *_, first, most, greedy, _, _ = row["cells"]
    assert (first["published"], most["published"], greedy["published"]) == ("", "90.2%", "79.4%")
    assert "Published: 90.2%, " in most["tip"]


def test_pass_at_k_has_its_own(shown: ReportInputs) -> None:
    section = passes.section(shown, [], marks_of(shown))
    assert section is not None
    assert section["columns"][2:] == ["pass@16", "Gap"]
    row = next(r for r in section["rows"] if (r["benchmark"], r["mark"].name) == ("MATH-500", "grpo_v2"))
    assert [cell["published"] for cell in row["cells"]] == ["", "", "95.6%", ""]
    assert "Published: 95.6%, " in row["cells"][2]["tip"]


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


def test_costs_are_beside_what_was_published_of_them(shown: ReportInputs) -> None:
    (name, seconds, memory) = next(
        (row.name.removeprefix("models/"), row.wall_seconds, row.peak_gpu_memory)
        for row in shown.ledger
        if row.name in {f"models/{entry['name']}" for entry in shown.experiments}
    )
    known = {
        name: {"hours": PublishedNumber(low=13, high=13), "gpu_memory_gb": PublishedNumber(low=22, high=24)},
        "baseline": {"dollars": PublishedNumber(low=2, high=2, error=0.5)},
    }
    given = replace(shown, published_costs=known)
    here = [formats.number(seconds / 3600), formats.number(memory / 1e9) if memory else "–"]
    assert [[pair["here"] for pair in row["pairs"]] for row in published_costs.rows(given)] == [here, ["–"]]
    assert [[pair["published"] for pair in row["pairs"]] for row in published_costs.rows(given)] == [
        ["13", "22–24"],
        ["2 ± 0.5"],
    ]
    assert '<td class="number">22–24</td>' in build_report(given)


def test_a_published_range_is_a_bracket_in_the_plot(shown: ReportInputs) -> None:
    ablation = json.loads(json.dumps(shown.ablation))
    ablation["experiments"][4]["published"]["math500"] |= {"low": 0.75, "high": 0.8}
    given = replace(shown, ablation=ablation)
    math = accuracy.section(given, marks_of(given))["plots"][0]
    assert math.picture.__html__().count('class="published"') == 1 + 3
    assert "publ. 75.0–80.0%" in build_report(given)
