"""docs/algorithms.md has every algorithm as it is, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from gradus.study.algorithm_docs import algorithms_page
from gradus.study.documentation import config_readme
from gradus.study.settings.plugins import plugin_names
from gradus.training.algorithm import ALGORITHMS, load_algorithm

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = algorithms_page()


def section(name: str) -> str:
    """What the page says of an algorithm."""
    return PAGE.split(f"\n### `{name}`\n")[1].split("\n### ")[0]


def test_the_file_is_up_to_date() -> None:
    remedy = "out of date; run: python scripts/write_config_docs.py"
    assert (DOCS / "algorithms.md").read_text(encoding="utf-8") == PAGE, remedy


@pytest.mark.parametrize("name", plugin_names(ALGORITHMS))
def test_every_algorithm_has_its_advantage_its_loss_and_their_average(name: str) -> None:
    of, algorithm = section(name), load_algorithm(name)
    equations = re.findall(r"```math\n(.*?)```", of, re.DOTALL)
    assert [equation.split(" = ")[0] for equation in equations] == [
        r"\hat A_{i,t}" if algorithm.distills else r"\hat A_i",  # a teacher judges tokens
        r"\ell_{i,t}",
        "L",
    ]
    assert all(equation.count("{") == equation.count("}") for equation in equations)
    assert (r"\beta" in of) == (algorithm.preset.kl_coef > 0)
    average = {"sequence": r"\frac{1}{N} \sum_i", "token": r"\frac{1}{\sum_i |o_i|}", "constant": r"\frac{1}{N T}"}
    assert average[algorithm.preset.normalisation] in equations[2]


def test_backends_are_those_that_plan_the_preset() -> None:
    assert "Backends that take the preset as it is: torch, trl, tinker." in section("grpo")
    assert "Backends that take the preset as it is: torch, trl." in section("gspo")
    assert "What trl answers to the preset: `kl_estimator`: backend: trl has" in section("reinforce_pp")
    assert "Backends that take the preset as it is: torch, tinker." in section("reinforce_pp")


def test_links_lead_to_files_and_to_sections() -> None:
    links = re.findall(r"\]\((?!http)([^)]+)\)", PAGE)
    assert len(links) > 2 * len(plugin_names(ALGORITHMS))
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in config_readme().splitlines() if line[:1] == "#"}
    for link in links:
        path, _, anchor = link.partition("#")
        assert (DOCS / path).is_file(), link
        assert not anchor or anchor in headings, link
