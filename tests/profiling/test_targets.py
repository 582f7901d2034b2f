"""`snakemake profile/<experiment>` and its kin, as a dry run answers them."""

from pathlib import Path

import pytest

from linked_project import linked_project
from study.dry_run import ask


@pytest.mark.parametrize("target", ["profile", "sweep"])
def test_a_target_plans_the_start_and_the_data_and_no_training(target: str, tmp_path: Path) -> None:
    answer = ask(linked_project(tmp_path), f"{target}/dr_grpo", "--quiet", "host")
    assert answer.code == 0
    rules = {line.split()[0] for line in answer.lines if line and line.split()[-1].isdecimal()}
    assert {"pretrain", "make_problems", f"{target}_training"} <= rules
    assert not {"grpo", "sft"} & rules


def test_a_wrong_name_is_told_with_what_was_meant(tmp_path: Path) -> None:
    answer = ask(linked_project(tmp_path), "profile/dr_gpro")
    assert answer.code != 0
    assert answer.lines[-1] == "there is no target 'profile/dr_gpro'; did you mean profile/dr_grpo?"


def test_the_whole_study_measures_nothing(tmp_path: Path) -> None:
    answer = ask(linked_project(tmp_path), "all")
    assert answer.code == 0
    assert not [line for line in answer.lines if "_training" in line and "judge" not in line]
