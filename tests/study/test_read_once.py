"""A command reads its study file once, though the profile looks at it before Snakemake does."""

from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.study.command_line import before_snakemake, read_once


def test_what_the_profile_has_read_is_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("mine.yaml")
    path.write_text("study: mine\n", encoding="utf-8")
    before_snakemake(["all", "--configfile", "mine.yaml"])
    path.unlink()
    assert read_once(path).values == {"study": "mine"}
    with pytest.raises(GradusError, match="no such study file"):
        read_once(path)  # a later command in this process reads anew
