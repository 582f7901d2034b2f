"""How `make` ends: the tables of a study and where its report is, or what to run first."""

from pathlib import Path

import pytest

from show_table import main

STUDY = str(Path(__file__).parents[2] / "config/ci.yaml")


def test_the_tables_of_a_study_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"results/ci/ablation\.md is not there yet: run snakemake all --configfile"):
        main(STUDY)
    (tmp_path / "results/ci").mkdir(parents=True)
    (tmp_path / "results/ci/ablation.md").write_text("| the table |\n", encoding="utf-8")
    main(STUDY)
    assert capsys.readouterr().out == "| the table |\n\nReport: results/ci/report.html\n"
    for name in ("votes", "pass_at_k"):
        (tmp_path / f"results/ci/{name}.md").write_text(f"| {name} |\n", encoding="utf-8")
    main(STUDY)
    assert capsys.readouterr().out.split() == [
        *["|", "the", "table", "|", "|", "votes", "|", "|", "pass_at_k", "|", "Report:", "results/ci/report.html"]
    ]
