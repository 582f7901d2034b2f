"""The page by keyboard, by touch, on a phone, on paper and read aloud, in a real browser."""

import json
from pathlib import Path

import pytest

from reporting.chromium import BINARY, Browser

pytestmark = pytest.mark.skipif(BINARY is None, reason="no chromium on the PATH")

AXE = Path(__file__).parents[2] / ".axe/node_modules/axe-core/axe.min.js"
"""It finds what people with disabilities cannot use of a page."""
TIP = "document.getElementById('tip')"
OPEN_ALL = "document.querySelectorAll('details').forEach(part => { part.open = true; })"


@pytest.mark.parametrize(("width", "dark"), [(1360, False), (1360, True), (390, False), (390, True)])
def test_axe_finds_no_violation(chromium: Browser, file: Path, width: int, dark: bool) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not there: make axe")
    chromium.open(file, width=width, dark=dark)
    chromium.ask(OPEN_ALL)
    chromium.ask(f"{AXE.read_text(encoding='utf-8')}; 1")
    text = "JSON.stringify(found.violations.map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)]))"
    assert json.loads(chromium.ask(f"axe.run().then(found => {text})")) == []


@pytest.mark.parametrize("section", ["accuracy", "comparisons", "outcomes", "lengths", "traces"])
def test_rows_of_a_plot_are_one_stop_of_the_tab_key_and_arrows_move_on(
    chromium: Browser, file: Path, section: str
) -> None:
    chromium.open(file)
    rows = f"[...[...document.querySelectorAll('#{section} .plot.rows')].at(-1).querySelectorAll('.row')]"
    assert chromium.ask(f"{rows}.filter(row => row.tabIndex === 0).length") == 1
    labels = chromium.ask(f"{rows}.map(row => row.getAttribute('aria-label'))")
    assert len(labels) > 1
    chromium.ask(f"{rows}[0].focus()")
    for key, place in (("ArrowDown", 1), ("ArrowUp", 0), ("End", -1), ("Home", 0)):
        chromium.press(key)
        said = chromium.ask(f"{TIP}.textContent")
        assert said.replace("\n", "; ") == labels[place]
        assert not chromium.ask(f"{TIP}.hidden")
    assert chromium.ask("document.activeElement.getAttribute('aria-describedby')") == "tip"


def test_everything_that_says_more_can_be_reached_without_a_mouse(chromium: Browser, file: Path) -> None:
    chromium.open(file)
    assert (
        chromium.ask("[...document.querySelectorAll('[data-tip]')].filter(e => !e.hasAttribute('tabindex')).length")
        == 0
    )


def test_a_finger_reads_what_a_mouse_does(chromium: Browser, file: Path) -> None:
    chromium.open(file, width=390)
    for selector, start in (
        ("#outcomes .row", "Baseline\nright: "),
        (".ablation td[data-tip]", "Baseline on MATH-500\n"),
        ("[data-chart=curve-reward]", "step "),
    ):
        chromium.touch(selector)
        assert chromium.ask(f"{TIP}.hidden") is False, selector
        assert chromium.ask(f"{TIP}.textContent").startswith(start), selector


def test_on_a_phone_numbers_keep_the_name_of_their_row(chromium: Browser, file: Path) -> None:
    chromium.open(file, width=390)
    chromium.ask(OPEN_ALL)
    # every wide table, scrolled to its end: the row's name is still in the window, and no text runs out of it
    lost = """[...document.querySelectorAll('.scroll')].flatMap(frame => {
        frame.scrollLeft = 1e6;
        const head = frame.querySelector('tbody tr > :first-child');
        if (!frame.scrollLeft || !head) return [];
        const [box, within] = [head.getBoundingClientRect(), frame.getBoundingClientRect()];
        const kept = box.left >= within.left - 1 && box.right <= within.right && head.tagName === 'TH';
        return kept && head.scrollWidth <= head.clientWidth + 1 ? [] : [frame.getAttribute('aria-label')];
    })"""
    assert chromium.ask(lost) == []
    tables = ", ".join(f"#{section} tbody th" for section in ("comparisons", "outcomes", "lengths", "scaling"))
    named = f"""[...document.querySelectorAll('{tables}')].filter(head => !(
        /MATH-500|AIME 2024/.test(head.innerText) && /Baseline|SFT|RL|GRPO/.test(head.innerText))).length"""
    assert chromium.ask(named) == 0


def test_on_paper_everything_that_matters_is_open_and_nothing_is_cut(chromium: Browser, file: Path) -> None:
    chromium.open(file, dark=True)
    chromium.call("Emulation.setEmulatedMedia", media="print")
    chromium.ask("dispatchEvent(new Event('beforeprint'))")
    closed = "[...document.querySelectorAll('details[data-print]:not([open])')].length"
    assert chromium.ask(closed) == 0
    # what scrolls in a window is as wide as it needs on paper
    chromium.call("Emulation.setDeviceMetricsOverride", width=718, height=1000, deviceScaleFactor=1, mobile=False)
    cut = """[...document.querySelectorAll('details[data-print] table, section > .scroll table')]
        .filter(table => table.getBoundingClientRect().right > 719)
        .map(table => table.closest('.scroll').getAttribute('aria-label'))"""
    assert chromium.ask(cut) == []
    assert chromium.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    chromium.ask("dispatchEvent(new Event('afterprint'))")
    assert chromium.ask("document.querySelectorAll('details[open]').length") == 0
    chromium.call("Emulation.setEmulatedMedia", media="")
