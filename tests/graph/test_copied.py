"""Results that were copied without time stamps and Snakemake's records: `snakemake adopt` keeps what is proven."""

import shutil
from pathlib import Path

import pytest

from graph.project import RESULTS, STUDY, plan, snakemake

REPORT = {"ledger", "report"}
"""They are of everything and keep no record of what, so they may be made again, in a second each."""


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    """The finished project as `cp -r` leaves it, one second a file: the last ones that were made are the oldest."""
    folder = tmp_path / "copied"
    forgotten = shutil.ignore_patterns(".snakemake")
    shutil.copytree(finished, folder, symlinks=True, ignore=forgotten, copy_function=shutil.copyfile)
    return folder


def adopt(folder: Path) -> str:
    return snakemake(folder, "adopt", "--configfile", STUDY)


def hint(folder: Path) -> list[str]:
    said = snakemake(folder, "all", "--configfile", STUDY, "--dry-run").splitlines()
    return [line for line in said if "snakemake adopt" in line]


def test_a_copy_is_told_of_adopt_and_keeps_everything(copied: Path) -> None:
    assert len(plan(copied) - REPORT) > 10
    (line,) = hint(copied)
    assert line.endswith(
        "would be made again for time stamps alone, as of results that were copied; to keep what is still as it was "
        f"made: snakemake adopt --configfile {STUDY}"
    )
    assert "files have the time stamps of their records again" in adopt(copied)
    assert plan(copied) <= REPORT
    assert hint(copied) == []


def test_what_is_not_as_it_was_made_is_made_again(copied: Path) -> None:
    traces = copied / RESULTS / "traces/custom.jsonl"
    rows = traces.read_bytes().splitlines(keepends=True)
    traces.write_bytes(b"".join(rows[::-1]))
    adopt(copied)
    planned = plan(copied)
    assert "models/sft_custom" in planned
    assert not {name for name in planned if name.startswith(("problems/", "models/base", "models/direct_rl"))}


def test_a_finished_study_is_told_nothing(finished: Path) -> None:
    assert hint(finished) == []
