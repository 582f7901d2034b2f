"""The report of a finished study, and what `snakemake --report` shows of it in a real browser."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from graph.project import RESULTS, STUDY, copy_project, environment, plan, snakemake
from reporting.chromium import BINARY, Browser, browser

pytestmark = pytest.mark.slow

TABLES = {
    "Ablation": "ablation",
    "Contamination": "contamination",
    "Costs by job": "ledger",
    "Lengths of completions": "lengths",
    "Disagreements between graders": "second_opinion",
    "Paired comparisons": "comparisons",
    "Problem sets": "problems",
    "Pass@k": "pass_at_k",
    "Stages of fine-tuning": "stages",
    "Votes": "votes",
}
PLOTS = [
    "accuracy",
    "comparisons",
    "costs",
    "learning",
    "lengths",
    "levels",
    "lineage",
    "losses",
    "outcomes",
    "pass_at_k",
    "votes",
]
LONGEST_WAIT_SECONDS = 120.0


def _open_menu(chromium: Browser, *names: str) -> list[str]:
    """Click through the menu from its start; the names of what is listed there."""
    chromium.ask("app.setView({navbarMode: 'menu'})")
    for name in names:
        item = f"[...document.querySelectorAll('#app li span')].find(e => e.textContent === {json.dumps(name)})"
        chromium.until(item)
        chromium.ask(f"{item}.click()")
    chromium.until("document.querySelector('#app tbody tr')")
    return chromium.ask("[...document.querySelectorAll('#app tbody tr')].map(row => row.innerText.trim())")


def _view(chromium: Browser, row: int) -> None:
    """Click a row's eye."""
    chromium.ask(f"document.querySelectorAll('#app tbody tr')[{row}].querySelector('a').click()")


def _in_frame(chromium: Browser, expression: str, expected: str) -> None:
    """Wait until the frame that was opened last has loaded: until the expression has the expected value in it."""
    limit = time.monotonic() + LONGEST_WAIT_SECONDS
    while (found := chromium.ask_frame(expression)) != expected and time.monotonic() < limit:
        time.sleep(0.02)
    assert found == expected


@pytest.mark.skipif(BINARY is None, reason="no chromium on the PATH")
def test_the_report_shows_tables_plots_and_the_page(project: Path, tmp_path: Path) -> None:
    snakemake(project, "--report", "study.html", "--configfile", STUDY)
    assert plan(project) == set()
    with browser(tmp_path / "profile") as chromium:
        chromium.open(project / "study.html")
        heading = "document.querySelector('.prose h1')"
        chromium.until(heading)
        assert chromium.ask(f"{heading}.innerText") == "The pocket study, shrunk for tests"
        assert chromium.ask("Object.values(results).filter(result => !result.caption.trim()).length") == 0
        assert chromium.ask("Object.keys(categories).sort()") == ["Data", "Plots", "Report", "Tables"]
        assert chromium.ask("Object.keys(categories.Plots).sort()") == PLOTS

        assert _open_menu(chromium, "Tables") == sorted(TABLES)
        for row, title in enumerate(sorted(TABLES)):
            _view(chromium, row)
            _in_frame(chromium, "document.querySelector('h1')?.innerText", title)
            assert chromium.ask_frame("document.querySelectorAll('th').length") > 1, title
        written = (project / RESULTS / "tables/ablation.html").read_text(encoding="utf-8")
        _view(chromium, sorted(TABLES).index("Ablation"))
        _in_frame(chromium, "document.querySelector('h1')?.innerText", "Ablation")
        assert chromium.ask_frame("document.querySelectorAll('td').length") == written.count("<td")

        for section in PLOTS:
            files = sorted((project / RESULTS / "plots" / section).glob("*.svg"), key=lambda path: path.stem)
            assert _open_menu(chromium, "Plots", section) == [path.stem for path in files]
            for row, path in enumerate(files):
                _view(chromium, row)
                chromium.until(f"document.querySelector('img[src*=\"filename={path.name}\"]')?.naturalWidth > 600")

        assert _open_menu(chromium, "Report") == ["The study on one page"]
        _view(chromium, 0)
        _in_frame(chromium, "document.documentElement.dataset.ready", "1")
        assert chromium.ask_frame("document.querySelectorAll('.ablation tbody tr').length") == 9

        assert _open_menu(chromium, "Data") == sorted(f"{name}.csv" for name in set(TABLES.values()) - {"problems"})
        assert chromium.complaints() == []


def test_the_report_reads_what_its_rule_declares_and_nothing_else(project: Path, tmp_path: Path) -> None:
    """Its command gives the same page in a folder that holds the declared inputs alone."""
    page = RESULTS / "report.html"
    said = snakemake(project, str(page), "--configfile", STUDY, "--dry-run", "--force", "-p")
    declared = re.search(r"^(?:local)?rule make_report:\n {4}input: ([^\n]*)\n", said, re.MULTILINE)
    command = re.search(r"Shell command: (python scripts/make_report\.py .*)", said)
    assert declared is not None, said
    assert command is not None, said
    alone = copy_project(tmp_path / "alone")
    for name in declared[1].split(", "):
        (alone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(project / name, alone / name)
    (alone / RESULTS / "logs").mkdir()
    subprocess.run(command[1], shell=True, cwd=alone, env=environment(), check=True)
    assert (alone / page).read_bytes() == (project / page).read_bytes()
    plots = {path.relative_to(project): path.read_bytes() for path in (project / RESULTS / "plots").rglob("*.svg")}
    assert {path.relative_to(alone): path.read_bytes() for path in (alone / RESULTS / "plots").rglob("*.svg")} == plots
