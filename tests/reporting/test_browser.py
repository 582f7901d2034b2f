"""The page in a real browser: its script runs without a complaint, and does what the page says it does."""

import json
from pathlib import Path

import pytest

from gradus.reporting.inputs import ReportInputs
from gradus.reporting.loading import load_inputs
from gradus.reporting.report import build_report
from reporting.chromium import BINARY, Browser
from reporting.made_ablation import EXPERIMENTS, MadeStudy
from reporting.study_files import files_of, write_study
from reporting.test_page import HOSTILE

pytestmark = pytest.mark.skipif(BINARY is None, reason="no chromium on the PATH")


def _state(chromium: Browser) -> dict[str, str]:
    return json.loads(chromium.ask("JSON.stringify({...document.documentElement.dataset})"))


@pytest.mark.parametrize(("width", "dark"), [(1360, False), (390, True)])
def test_the_script_runs_without_a_complaint(chromium: Browser, file: Path, width: int, dark: bool) -> None:
    chromium.events.clear()
    chromium.open(file, width=width, dark=dark)
    assert _state(chromium) == {"ready": "1"}
    assert chromium.complaints() == []
    assert chromium.ask("document.querySelectorAll('.ablation tbody tr').length") == len(EXPERIMENTS)
    # nothing but the tables' own frames scrolls sideways
    assert chromium.ask("document.documentElement.scrollWidth") == width
    paper = chromium.ask("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 200) == dark


def test_the_table_sorts_by_column_and_back(chromium: Browser, file: Path, inputs: ReportInputs) -> None:
    chromium.open(file)
    first = "document.querySelector('.ablation tbody th span').firstChild.textContent"
    press = "document.querySelectorAll('.ablation [data-sorter]')[1].click()"
    names = []
    for _ in range(3):
        chromium.ask(press)
        names.append(chromium.ask(first))
    by_accuracy = sorted(inputs.experiments, key=lambda entry: entry["cells"]["math500"]["accuracy"])
    assert names == [by_accuracy[-1]["title"], by_accuracy[0]["title"], inputs.experiments[0]["title"]]


def test_cells_can_be_read_with_the_keyboard(chromium: Browser, file: Path) -> None:
    chromium.open(file)
    chromium.ask("document.querySelector('.ablation td').focus()")
    chromium.press("ArrowRight")
    chromium.press("ArrowDown")
    tip = chromium.ask("document.getElementById('tip').innerText")
    assert tip.startswith("SFT (custom traces) on AIME 2024\n")
    assert "95% Wilson: " in tip
    assert "95% normal: " in tip
    assert " of 12 right" in tip
    chromium.press("Escape")
    assert chromium.ask("document.getElementById('tip').hidden")


def test_pointing_at_a_row_of_a_plot_says_its_numbers(chromium: Browser, file: Path) -> None:
    chromium.open(file)
    chromium.point("#comparisons .row")
    assert chromium.ask("document.getElementById('tip').innerText").startswith("SFT → RL − Direct RL (GRPO v1)\n")


def test_the_legend_hides_a_run_in_all_plots_and_from_the_cursor(chromium: Browser, file: Path) -> None:
    chromium.open(file)
    chart = "document.querySelector('[data-chart=curve-reward]')"
    chromium.ask(f"{chart}.focus()")
    chromium.press("ArrowRight")
    assert "SFT → RL: " in chromium.ask("document.getElementById('tip').innerText")
    box = "[...document.querySelectorAll('#learning .legend label')].find(l => l.textContent.includes('SFT → RL'))"
    chromium.ask(f"{box}.querySelector('input').click()")
    hidden = chromium.ask("document.querySelectorAll('#learning g.off').length")
    assert hidden == chromium.ask("document.querySelectorAll('#learning [data-chart]').length")
    chromium.ask(f"{chart}.focus()")
    chromium.press("ArrowRight")
    tip = chromium.ask("document.getElementById('tip').innerText")
    assert tip.startswith("step ")
    assert "SFT → RL: " not in tip


def test_the_browser_steps_through_completions(chromium: Browser, file: Path) -> None:
    chromium.open(file)
    place = "document.getElementById('browse-place').textContent"
    assert chromium.ask(place).startswith("1 of ")
    chromium.ask("document.querySelector('#browse-outcome input[value=wrong]').click()")
    chromium.ask("document.getElementById('browse-next').click()")
    assert chromium.ask(place).startswith("2 of ")
    assert chromium.ask("document.getElementById('browse-verdict').textContent") == "wrong answer"
    text = chromium.ask("document.getElementById('browse-text').textContent")
    box = chromium.ask("document.querySelector('#browse-text mark').textContent")
    answer = chromium.ask("document.getElementById('browse-answer').textContent")
    assert box == f"\\boxed{{{answer}}}"
    assert text.endswith(f"{box}.")
    assert answer != chromium.ask("document.getElementById('browse-reference').textContent")


def test_an_address_leads_back_to_a_completion(chromium: Browser, file: Path) -> None:
    chromium.open(file)
    chromium.ask("document.querySelector('#browse-outcome input[value=wrong]').click()")
    chromium.ask("document.querySelectorAll('#browse-others button:not([disabled])')[1].click()")
    shown = "document.getElementById('browse-text').textContent + document.getElementById('browse-id').textContent"
    before, address = chromium.ask(shown), chromium.ask("location.hash")
    assert address.startswith("#sample/sft/math500/")
    chromium.open(file, fragment=address)
    assert chromium.ask(shown) == before


def test_hostile_completions_become_no_elements(chromium: Browser, tmp_path: Path) -> None:
    study = MadeStudy(
        texts={("baseline", "math500", i): HOSTILE for i in range(60)},
        problems={("math500", i): HOSTILE for i in range(60)},
    )
    path = tmp_path / "hostile.html"
    path.write_text(build_report(load_inputs(files_of(write_study(tmp_path, study)), title=HOSTILE)), encoding="utf-8")
    chromium.events.clear()
    chromium.open(path)
    assert _state(chromium) == {"ready": "1"}
    assert chromium.complaints() == []
    assert chromium.ask("document.getElementById('browse-text').textContent") == HOSTILE
    assert chromium.ask("document.getElementById('browse-problem').textContent") == HOSTILE
    assert chromium.ask("document.querySelectorAll('img, main script').length") == 0
    assert chromium.ask("document.title") != "1"
