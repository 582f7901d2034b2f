"""Parts of a reward that are own code, where completions are graded."""

from pathlib import Path

import pytest

from gradus.provenance.errors import GradusError
from gradus.rewards.compose import part_values, reward_modules, weighted_sum
from gradus.study.settings.own_modules import use_folders
from rewards.made_completion import completion

CODE = """\
import numpy as np

def given(completion):
    return {given}

def short(completion):
    return len(completion.words) < 3
"""


def values(folder: Path, given: str) -> dict[str, float]:
    (folder / "mine.py").write_text(CODE.format(given=given), encoding="utf-8")
    use_folders([str(folder)])
    return part_values(completion("so \\boxed{4}"), {"correct": {"weight": 1.0}, "mine:given": {"weight": 0.5}})


@pytest.mark.parametrize("given", ["2", "2.0", "True + True", "np.float32(2)", "np.int64(2)"])
def test_any_finite_number_is_a_value(tmp_path: Path, given: str) -> None:
    found = values(tmp_path, given)
    assert found == {"correct": 1.0, "mine:given": 2.0}
    assert {type(value) for value in found.values()} == {float}
    assert weighted_sum(found, {"correct": {"weight": 1.0}, "mine:given": {"weight": 0.5}}) == 2.0


@pytest.mark.parametrize(
    ("given", "said"),
    [("float('nan')", "nan"), ("-float('inf')", "-inf"), ("None",) * 2, ("'1'",) * 2, ("[1.0]",) * 2, ("1j",) * 2],
)
def test_what_is_no_finite_number_is_refused_with_the_completion(tmp_path: Path, given: str, said: str) -> None:
    with pytest.raises(GradusError) as caught:
        values(tmp_path, given)
    message = f"rewards.mine:given: gave {said} for the completion 'so \\\\boxed{{4}}'; return a finite number"
    assert str(caught.value) == message


def test_an_exception_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=rf"^{tmp_path}/mine.py:4: mine:given: IndexError: list index out of range; "):
        values(tmp_path, "[][0]")


def test_two_parts_of_one_file_are_one_module() -> None:
    assert reward_modules(["mine:short", "correct", "mine:given"]) == (
        "gradus.rewards.parts.correct",
        "gradus.own.mine",
    )
