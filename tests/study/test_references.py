"""Published figures: in the tables' specs and in no other, and refused where the study has nothing beside them."""

from pathlib import Path
from typing import Any

import pytest

from gradus.study.settings.published import PublishedNumber
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
    assert {name: (n["low"], n["high"]) for name, n in rows["rl"]["published"].items()} == {
        "easy": (0.902, 0.902),
        "hard": (0.07, 0.07),
    }
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


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (90.2, PublishedNumber(low=90.2, high=90.2)),
        (7, PublishedNumber(low=7, high=7)),
        ("85-90", PublishedNumber(low=85, high=90)),
        ("85 – 90.5", PublishedNumber(low=85, high=90.5)),
        ("79.4 ± 3.5", PublishedNumber(low=79.4, high=79.4, error=3.5)),
        ("79.4 +- 3.5", PublishedNumber(low=79.4, high=79.4, error=3.5)),
        ("330/1320", PublishedNumber(low=25, high=25, correct=330, of=1320)),
    ],
)
def test_how_a_published_number_is_written(tmp_path: Path, written: Any, expected: PublishedNumber) -> None:
    found = study(tmp_path, SOURCE, ("experiments.rl.reference", {"easy": written})).experiments["rl"]
    assert found.reference["easy"] == expected


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("90-85", "expected a percentage such as 90.2, a range (85-90), an error (79.4 ± 3.5) or counts (601/1319)"),
        ("about 90", "expected a percentage such as 90.2, a range"),
        (True, "expected a percentage such as 90.2, a range"),
        ("95-105", "has to be at most 100"),
        (-1, "has to be at least 0"),
        ("1320/1319", "expected no more right answers than questions"),
    ],
)
def test_what_is_no_percentage_is_refused(tmp_path: Path, written: Any, said: str) -> None:
    (line,) = refusal(tmp_path, SOURCE, ("experiments.rl.reference", {"easy": written}))
    assert line.startswith(f"experiments.rl.reference.easy: {said}")


def test_costs_are_in_the_report_alone(tmp_path: Path) -> None:
    costs = ("experiments.rl.reference_costs", {"hours": 13, "gpu_memory_gb": "22-24"})
    without, given = specs(tmp_path), specs(tmp_path, SOURCE, costs)
    # the ablation has the source
    assert sorted(name for name in without if without[name] != given[name]) == ["ablation", "report"]
    found = given["report"]["settings"]["published_costs"]["rl"]
    assert {name: (number["low"], number["high"]) for name, number in found.items()} == {
        "hours": (13, 13),
        "gpu_memory_gb": (22, 24),
    }
    assert refusal(tmp_path, costs) == ["reference_source: say who published the reference values of the experiments"]
    (line,) = refusal(tmp_path, SOURCE, ("experiments.rl.reference_costs", {"hours": "13 h"}))
    assert line.startswith("experiments.rl.reference_costs.hours: expected a number such as 90.2, a range (85-90)")


LOSSES = ("experiments.sft.reference_losses", {"train": 1.5432, "eval": 1.5652})


def test_losses_are_in_the_table_of_stages_alone(tmp_path: Path) -> None:
    without, given = specs(tmp_path), specs(tmp_path, SOURCE, LOSSES)
    # the ablation and the report have the source
    assert sorted(name for name in without if without[name] != given[name]) == ["ablation", "report", "stages"]
    settings = given["stages"]["settings"]
    assert [(stage["experiment"], stage["published"]) for stage in settings["stages"]] == [
        ("sft", {"train": 1.5432, "eval": 1.5652})
    ]
    assert settings["published_from"] == "Someone 2025"
    assert refusal(tmp_path, LOSSES) == ["reference_source: say who published the reference values of the experiments"]
    assert refusal(tmp_path, SOURCE, LOSSES, ("experiments.sft.held_out_share", 0)) == [
        "experiments.sft.reference_losses.eval: nothing is held out to measure a loss on; set a held_out_share above "
        "0, or remove this reference"
    ]
    assert refusal(tmp_path, SOURCE, ("experiments.rl.reference_losses", {"train": 1.5})) != []


def test_the_stages_are_counted_from_the_model(tmp_path: Path) -> None:
    """Two stages, RL between them and a third, which is no row; what was published of one is not inherited."""
    further = {"from": "sft", "inherits": "sft", "traces": ["public"], "seeds": 2}
    last = {"from": "sft_2_rl", "inherits": "sft_2", "show": False}
    changes = (
        *(SOURCE, LOSSES, ("experiments.sft_2", further), ("experiments.sft_3", last)),
        ("experiments.sft_2_rl", {"from": "sft_2", "inherits": "rl"}),
    )
    settings = specs(tmp_path, *changes)["stages"]["settings"]
    keys = ("experiment", "parent", "number", "traces", "runs")
    assert [tuple(stage[key] for key in keys) for stage in settings["stages"]] == [
        ("sft", "base", 1, ["custom"], ["sft"]),
        ("sft_2", "sft", 2, ["public"], ["sft_2", "sft_2.seed-1"]),
        ("sft_3", "sft_2_rl", 3, ["public"], ["sft_3", "sft_3.seed-1"]),
    ]
    assert {stage["published"]["train"] for stage in settings["stages"][1:]} == {None}
    assert settings["titles"].keys() == {"base", "sft", "sft_2_rl"}
