"""docs/commands.md has every target of Snakemake and of make, and no other."""

import re

import pytest

from documentation.pages import text_of
from gradus.graph.command import COMMANDS
from linked_project import PROJECT

PAGE = text_of("docs/commands.md")


def listed(heading: str) -> set[str]:
    """Names in the first column of a section's table."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_what_builds_is_what_the_snakefile_offers() -> None:
    rules = re.findall(r"^rule (\w+):", (PROJECT / "Snakefile").read_text(encoding="utf-8"), re.MULTILINE)
    patterns = {name for name in listed("What to build") if "<" in name or "/" in name}
    assert listed("What to build") - patterns == set(rules)


def test_what_builds_nothing() -> None:
    assert listed("What builds nothing") == COMMANDS


@pytest.mark.parametrize("target", ["export", "profile", "sweep"])
def test_what_is_asked_for_by_an_experiment(target: str) -> None:
    assert any(f"{target}/<experiment>" in name for name in listed("What to build"))


def test_targets_of_make() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert listed("`make`") == set(targets)
