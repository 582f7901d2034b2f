"""Published figures: in the tables' specs and in no other, and refused where the study has nothing beside them."""

from pathlib import Path
from typing import Any

from study.made_study import study
from study.planned import specs_of
from study.test_schema import refusal

SOURCE = ("reference_source", "Someone 2025")
FIGURES = ("experiments.rl.reference", {"easy": 90.2, "hard": 7})
VOTES = ("experiments.rl.reference_votes", {"easy": {"maj@8": 93.2, "pass@1": 88}})


def specs(folder: Path, *changes: tuple[str, Any]) -> dict[str, dict[str, Any]]:
    return specs_of(study(folder, *changes))


def test_they_are_in_the_specs_of_the_tables_alone(tmp_path: Path) -> None:
    without, given = specs(tmp_path), specs(tmp_path, SOURCE, FIGURES, VOTES)
    changed = [name for name in without if without[name] != given[name]]
    assert sorted(changed) == ["ablation", "report", "votes"]
    rows = {row["name"]: row for row in given["ablation"]["settings"]["experiments"]}
    assert rows["rl"]["published"] == {"easy": 0.902, "hard": 0.07}
    # sft_rl inherits from rl, but not what was published of it
    assert not any(row["published"] for name, row in rows.items() if name != "rl")
    assert given["ablation"]["settings"]["published_from"] == "Someone 2025"
    votes = given["votes"]["settings"]
    assert votes["published"] == {"rl": {"easy": {"alone": 0.902, "maj@8": 0.932, "pass@1": 0.88}}}
    assert votes["published_from"] == "Someone 2025"


def test_what_is_not_measured_has_no_reference(tmp_path: Path) -> None:
    assert refusal(tmp_path, SOURCE, ("experiments.rl.reference", {"easier": 9})) == [
        "experiments.rl.reference.easier: there is no benchmark 'easier'; there are easy, hard"
    ]
    assert refusal(tmp_path, SOURCE, ("experiments.sft.reference_votes", {"easy": {"maj@8": 9}})) == [
        "experiments.sft.reference_votes.easy: 'sft' does not vote on 'easy'; name both in `votes`, or remove this "
        "reference"
    ]
    assert refusal(tmp_path, SOURCE, ("experiments.rl.reference_votes", {"easy": {"maj@4": 9}})) == [
        "experiments.rl.reference_votes.easy.maj@4: votes.k has 1, 8; add this one, or remove the reference"
    ]
    assert refusal(tmp_path, ("experiments.ppo", {"reference": {"easy": 9}})) == [
        "experiments.ppo.stage: is required; see config/README.md"
    ]


def test_figures_are_percentages_of_somebodys(tmp_path: Path) -> None:
    assert refusal(tmp_path, FIGURES) == ["reference_source: say who published the reference values of the experiments"]
    assert refusal(tmp_path, SOURCE, ("experiments.rl.reference", {"easy": 100.5})) == [
        "experiments.rl.reference.easy: has to be at most 100, not 100.5"
    ]
    assert refusal(tmp_path, SOURCE, ("experiments.rl.reference_votes", {"easy": {"avg@8": 9}})) == [
        "experiments.rl.reference_votes.easy.avg@8: expected maj@ or pass@ and a number of samples, such as maj@16, "
        "not 'avg@8'"
    ]
