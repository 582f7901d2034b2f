"""Training runs: which there are, where each starts, and what is drawn with which seed."""

from pathlib import Path

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.provenance.seeds import derive_seed
from gradus.study.replicates import Replicates
from study.made_study import study


def names(replicates: Replicates, experiment: str) -> list[str]:
    return [run.name for run in replicates.runs(experiment)]


def test_one_seed_is_the_experiment_itself(tmp_path: Path) -> None:
    replicates = Replicates(study(tmp_path))
    assert list(replicates.by_name) == list(replicates.study.experiments)
    assert replicates.unrolled.experiments == replicates.study.experiments


def test_seeds_are_a_count_or_a_list_and_go_on_to_what_starts_there(tmp_path: Path) -> None:
    replicates = Replicates(study(tmp_path, ("experiments.sft.seeds", [0, 7])))
    assert names(replicates, "sft") == ["sft", "sft.seed-7"]
    assert names(replicates, "sft_rl") == ["sft_rl", "sft_rl.seed-7"], "from the SFT of the same seed"
    assert names(replicates, "rl") == ["rl"]
    parents = {name: settings.parent for name, settings in replicates.unrolled.experiments.items()}
    assert parents["sft_rl"] == "sft"
    assert parents["sft_rl.seed-7"] == "sft.seed-7"
    assert parents["sft.seed-7"] == "base"


def test_the_studys_seeds_are_those_of_all_that_trains(tmp_path: Path) -> None:
    row = ("experiments.row", {"from": "rl", "stage": "none"})
    replicates = Replicates(study(tmp_path, ("seeds", 3), ("experiments.sft_rl.seeds", [2]), row))
    assert names(replicates, "rl") == ["rl", "rl.seed-1", "rl.seed-2"]
    assert names(replicates, "row") == ["row", "row.seed-1", "row.seed-2"]
    assert names(replicates, "sft_rl") == ["sft_rl.seed-2"], "a seed's run has its name, whatever the others are"
    assert names(replicates, "baseline") == ["baseline"], "nothing is trained"
    assert replicates.is_trained("row")
    assert not replicates.is_trained("baseline")


def test_several_runs_may_start_from_one(tmp_path: Path) -> None:
    replicates = Replicates(study(tmp_path, ("experiments.sft_rl.seeds", 2)))
    assert {replicates.unrolled.experiments[name].parent for name in names(replicates, "sft_rl")} == {"sft"}


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("experiments.sft_rl.seeds", [0, 5], "experiments.sft_rl.seeds: 'sft', which it starts from, is not trained"),
        ("experiments.sft_rl.seeds", [1, 1], "experiments.sft_rl.seeds"),
        ("experiments.sft_rl.seeds", 0, "experiments.sft_rl.seeds"),
        ("experiments.sft_rl.seeds", [], "experiments.sft_rl.seeds"),
        ("experiments.baseline.seeds", 3, "experiments.baseline.seeds"),
        ("seeds", -1, "seeds"),
    ],
)
def test_seeds_that_cannot_be_are_refused(tmp_path: Path, key: str, value: object, what: str) -> None:
    with pytest.raises(GradusError) as error:
        study(tmp_path, ("experiments.sft.seeds", 2), (key, value))
    assert what in str(error.value)


def test_runs_differ_in_what_training_draws_and_in_nothing_else(tmp_path: Path) -> None:
    made = study(tmp_path, ("seeds", 2), ("votes.experiments", ["rl"]))
    jobs = Graph(made).jobs
    first, second = (jobs[f"models/{name}"].settings for name in ("rl", "rl.seed-1"))
    assert first.seed == derive_seed(made.seed, "experiments", "rl"), "as if it were the only one"
    assert second.seed == derive_seed(made.seed, "experiments", "rl", "seed", "1")
    assert second == first.model_copy(update={"seed": second.seed})
    for place in ("samples/{}/easy", "samples/{}/easy.votes"):
        first, second = (jobs[place.format(name)].settings for name in ("rl", "rl.seed-1"))
        assert first.seed == second.seed
        assert (first.weights.adapter, second.weights.adapter) == ("rl", "rl.seed-1")
    assert jobs["models/sft_rl.seed-1"].reads["weights"][-1].endswith("models/sft.seed-1/model.json")


def test_a_seed_more_changes_no_job_that_was_there(tmp_path: Path) -> None:
    tables = (
        "make_ablation",
        "compare_experiments",
        "compare_graders",
        "measure_completions",
        "make_votes_table",
        "make_stages_table",
    )
    two, three = (Graph(study(tmp_path, ("seeds", n), ("votes.experiments", []))).jobs for n in (2, 3))
    kept = {name: job for name, job in two.items() if job.stage not in (*tables, "make_ledger", "make_report")}
    assert all(three[name] == job for name, job in kept.items())
    places = ("models/{}", "export/{}", "samples/{}/easy", "samples/{}/hard", "eval/{}/easy", "eval/{}/hard")
    runs = ("sft.seed-2", "sft_rl.seed-2", "rl.seed-2")
    assert {name for name in three if name not in two} == {place.format(run) for place in places for run in runs}
