"""What `snakemake -n` prints of a built study: by experiment, each with its reason, once."""

import re
from pathlib import Path

from graph.project import RESULTS, STUDY, snakemake, study_with

ROW = re.compile(r"^(\S.*?)  +(\d+)  +([\d-]+)  +([\d-]+)  +([\d-]+)  (.*)$", re.MULTILINE)


def dry_run(folder: Path, study: str, *arguments: str) -> str:
    return snakemake(folder, *(arguments or ("all",)), "-n", "--cores", "2", "--configfile", study, GRADUS_VIEW="")


def rows(said: str) -> dict[str, list[str]]:
    """By what runs, the cells of its row: jobs, trainings, samplings, scores and why."""
    return {name: cells for name, *cells in ROW.findall(said)}


def test_a_changed_setting_is_told_with_what_follows(project: Path) -> None:
    changed = study_with(project, experiments={"grpo_hard": {"learning_rate": 1e-3}})
    said = dry_run(project, changed)
    assert {name: why for name, (*_, why) in rows(said).items()} == {
        "grpo_hard": "learning_rate changed from 0.0003 to 0.001",
        "grpo_hard_continued": "follows from grpo_hard",
        "tables": "follows",
    }
    assert rows(said)["grpo_hard_continued"][1] == "1"
    assert said.count("grpo_hard  ") == 1
    assert "Job stats" not in said
    assert "rule grpo" not in said
    assert len(re.findall("^time: about .* for ", said, re.MULTILINE)) == 1


def test_what_is_gone_or_forced(project: Path) -> None:
    (project / RESULTS / "eval/dapo/pocket30.json").unlink()
    said = dry_run(project, STUDY, f"{RESULTS}/eval/dapo/pocket30.json")
    assert rows(said) == {"dapo": ["1", "-", "-", "1", "output missing: eval/dapo/pocket30.json"]}
    said = rows(dry_run(project, STUDY, f"{RESULTS}/models/grpo_hard_continued/model.json", "--forcerun", "grpo"))
    assert [said[name][-1] for name in ("grpo_hard", "grpo_hard_continued")] == ["forced", "follows from grpo_hard"]
