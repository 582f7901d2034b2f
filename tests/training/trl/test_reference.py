"""TRL's KL against another model than the start: its value by hand, with a penalty and for the guard alone."""

from pathlib import Path
from typing import Any

import pytest
from parity import trl_job
from stopping import stopped_before
from test_loops import without_times
from test_reference import drawn, kl_by_hand, models, reference_job
from tiny import problems

from gradus.training.groups import Group
from gradus.training.trl import grpo
from model_folders import model_of

__all__ = ["drawn", "models"]


def run(root: Path, start: list[Path], reference: list[Path] | None, **settings: Any) -> list[dict[str, Any]]:
    (root / "state").mkdir(parents=True, exist_ok=True)
    job = reference_job(root, trl_job, start, reference, micro_batch=4, **settings)
    return grpo.train(job, model_of(*start), problems(), root / "state", root / "out")


@pytest.mark.parametrize(
    ("start", "reference", "settings"),
    [
        ("base", "other", {}),
        ("base", "other", {"method": "full"}),
        ("base", "first", {}),
        ("first", "second", {}),
        ("first", "base", {}),
        ("first", "second", {"method": "full"}),
        ("base", "other", {"kl_coef": 0.0}),
        ("first", "second", {"kl_coef": 0.0}),
        ("first", "base", {"kl_coef": 0.0}),
    ],
)
def test_the_kl_is_that_to_the_reference(
    start: str,
    reference: str,
    settings: dict[str, Any],
    models: dict[str, list[Path]],
    drawn: list[list[Group]],
    tmp_path: Path,
) -> None:
    rows = run(tmp_path, models[start], models[reference], **settings, updates_per_batch=1)
    expected = kl_by_hand(models[start], models[reference], drawn[0])
    assert rows[0]["kl"] == pytest.approx(expected, rel=1e-3)


@pytest.mark.usefixtures("_saves_always")
def test_a_run_that_was_stopped_measures_against_the_same(
    models: dict[str, list[Path]],
    tmp_path: Path,
) -> None:
    whole = run(tmp_path / "whole", models["first"], models["second"], steps=3)
    with stopped_before(3):
        run(tmp_path / "resumed", models["first"], models["second"], steps=3)
    resumed = run(tmp_path / "resumed", models["first"], models["second"], steps=3)
    assert without_times(resumed) == without_times(whole)
