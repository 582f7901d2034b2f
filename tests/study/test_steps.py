"""Batches in several passes, epochs of problems and curricula, as specs, estimates and messages have them."""

from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.tokens import work_of
from gradus.graph.graph import Graph, study_specs
from gradus.provenance.errors import GradusError
from gradus.specs.training import GrpoSpec, SftSpec
from gradus.study.lineage import Lineage
from study.made_study import spec_of, study

TRL = {"backend": "trl"}
HARD = ("problems.hard", {"source": "pocket", "split": "train", "size": 10, "levels": [4, 5]})
CURRICULUM = [{"set": "train", "steps": 30}, {"set": "hard", "steps": 10}]


def graph(folder: Path, *changes: tuple[str, Any]) -> Graph:
    return Graph(study(folder, *changes))


@pytest.mark.parametrize(("backend", "micro_batch"), [({}, (None, None)), (TRL, (4, 24))])
def test_a_step_has_several_passes_of_a_batch(
    backend: dict[str, Any], micro_batch: tuple[int | None, int | None], tmp_path: Path
) -> None:
    accumulated = [
        (f"experiments.{name}.{key}", value)
        for name, batch in (("sft", 4), ("rl", 3))
        for key, value in {"batch_size": batch, "accumulate": 8, **backend}.items()
    ]
    made = graph(tmp_path, *accumulated)
    sft, rl = spec_of(made, "models/sft", SftSpec), spec_of(made, "models/rl", GrpoSpec)
    assert (sft.batch_size, sft.micro_batch) == (32, micro_batch[0])
    assert (rl.batch_size, rl.micro_batch) == (24, micro_batch[1])  # 3 problems of 8 completions
    assert "accumulate" not in SftSpec.model_fields


def test_what_is_said_of_passes_stays(tmp_path: Path) -> None:
    own = {"batch_size": 4, "accumulate": 8, "micro_batch": 16, **TRL}
    made = graph(tmp_path, *((f"experiments.rl.{key}", value) for key, value in own.items()))
    assert spec_of(made, "models/rl", GrpoSpec).micro_batch == 16
    said = r"take a divisor of 256 \(batch_size = 4 times accumulate = 8 times group_size = 8\)"
    with pytest.raises(GradusError, match=said):
        study(tmp_path, *((f"experiments.rl.{key}", value) for key, value in (own | {"micro_batch": 48}).items()))


def test_steps_are_a_hundred_where_nothing_says(tmp_path: Path) -> None:
    assert spec_of(graph(tmp_path), "models/rl", GrpoSpec).steps == 100
    epochs = graph(tmp_path, ("experiments.rl.epochs", 2), ("experiments.sft_rl.steps", None))
    assert (spec_of(epochs, "models/rl", GrpoSpec).steps, spec_of(epochs, "models/rl", GrpoSpec).epochs) == (None, 2)


def test_estimates_know_the_steps_of_epochs(tmp_path: Path) -> None:
    """50 problems in batches of 16: 4 batches for one pass, 7 for two, 6 where the last of each is dropped."""

    def sampled(*changes: tuple[str, Any]) -> int:
        specs = study_specs(graph(tmp_path, ("experiments.sft_rl.steps", None), *changes))
        work = work_of(specs, specs.specs["models/rl.json"], 1.0)
        assert work is not None
        return work.most.sample

    per_step = 16 * 8 * (96 + 1)  # and a token of the reference, which nobody asks for
    assert sampled(("experiments.rl.steps", 5)) == 5 * per_step
    assert sampled(("experiments.rl.epochs", 1)) == 4 * per_step
    assert sampled(("experiments.rl.epochs", 2)) == 7 * per_step
    assert sampled(("experiments.rl.epochs", 2), ("experiments.rl.drop_last", True)) == 6 * per_step
    assert sampled(HARD, ("experiments.rl.problems", CURRICULUM)) == 40 * per_step


def test_every_set_of_a_curriculum_is_read_and_searched(tmp_path: Path) -> None:
    made = graph(tmp_path, HARD, ("experiments.rl.problems", CURRICULUM), ("experiments.sft_rl.steps", None))
    job = made.jobs["models/rl"]
    assert [file.rpartition("/")[2] for file in job.reads["problems"]] == ["train.parquet", "hard.parquet"]
    assert job.obeys == (("problems", "train"), ("problems", "hard"))
    assert {"contamination/problems/hard", "contamination/problems/hard.gate"} <= set(made.jobs)
    assert Lineage(made.study).training_problems() == ["hard", "train"]
    assert spec_of(made, "models/rl", GrpoSpec).steps == 40


def test_a_curriculum_may_not_have_what_is_measured(tmp_path: Path) -> None:
    measured = [{"set": "train", "steps": 3}, {"set": "test", "steps": 3}]
    with pytest.raises(GradusError, match="trains on 'test', all of whose problems are in the benchmark 'easy'"):
        study(tmp_path, ("experiments.rl.problems", measured), ("experiments.sft_rl.steps", None))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epochs": 2, "steps": 10}, r"rl\.epochs: takes the place of steps, which is 10; set steps: null"),
        ({"problems": CURRICULUM, "steps": 40}, r"rl\.steps: follows from the steps of the sets in `problems`"),
        ({"problems": [{"set": "hrad", "steps": 1}]}, r"rl\.problems\.0\.set: there is no problem set 'hrad'"),
        ({"problems": [{"set": "hard"}]}, r"rl\.problems.*steps"),
        ({"problems": []}, r"rl\.problems"),
        ({"batch_size": 51, "drop_last": True}, "'train' has 50 problems, which fill no batch of 51"),
        ({"batch_size": 17, "accumulate": 3, "drop_last": True}, "'train' has 50 problems, which fill no batch of 51"),
        ({"batch_size": 1024, "accumulate": 65}, r"rl\.accumulate: makes a batch of 66,560 with batch_size"),
    ],
)
def test_steps_that_cannot_be_are_told(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    settings = [(f"experiments.rl.{key}", value) for key, value in changes.items()]
    with pytest.raises(GradusError, match=said):
        study(tmp_path, HARD, ("experiments.sft_rl.steps", None), *settings)


@pytest.mark.parametrize(
    ("checkpoint", "said"),
    [(6, None), (7, "kept: 2, 4, 6"), (8, "kept: 2, 4, 6")],
)
def test_a_checkpoint_is_held_against_the_steps_of_epochs(checkpoint: int, said: str | None, tmp_path: Path) -> None:
    changes = {"epochs": 2, "checkpoint_every": 2}  # 7 steps
    settings = [(f"experiments.rl.{key}", value) for key, value in changes.items()]
    row = ("experiments.row", {"from": "rl", "checkpoint": checkpoint, "stage": "none"})
    if said is None:
        study(tmp_path, ("experiments.sft_rl.steps", None), *settings, row)
        return
    with pytest.raises(GradusError, match=f"keeps no checkpoint after step {checkpoint} \\({said}\\)"):
        study(tmp_path, ("experiments.sft_rl.steps", None), *settings, row)


def test_how_many_problems_of_some_levels_there_are_is_known(tmp_path: Path) -> None:
    """Of levels 4 and 5 MATH has 3,994 to train on: two passes by 64 are 124 steps where the last is dropped."""
    hard = ("problems.hard", {"source": "math", "split": "train", "levels": [4, 5]})
    rl = {"problems": "hard", "epochs": 2, "drop_last": True, "batch_size": 64, "checkpoint_every": 20}
    settings = [(f"experiments.rl.{key}", value) for key, value in rl.items()]
    row = ("experiments.row", {"from": "rl", "checkpoint": 140, "stage": "none"})
    with pytest.raises(GradusError, match=r"after step 140 \(kept: 20, 40, 60, 80, 100, 120\)"):
        study(tmp_path, hard, ("experiments.sft_rl.steps", None), *settings, row)
