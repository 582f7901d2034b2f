"""Experiments that are asked some of the study's benchmarks."""

from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.resources import expected
from gradus.graph.graph import Graph, study_specs
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import MakeAblationSpec, MakeVotesTableSpec
from study.made_study import spec_of, study
from study.planned import specs_of

FEW = ("experiments.rl.benchmarks", ["hard"])
ALL_VOTES = ("votes.benchmarks", None)


def cells(graph: Graph, stage: str) -> set[tuple[str, str]]:
    found = (job.name.split("/")[1:] for job in graph.of_stages(stage))
    return {(run, benchmark) for run, benchmark in found}


def test_only_what_it_names_is_sampled_scored_and_voted_on(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, FEW, ALL_VOTES))
    whole = {(name, benchmark) for name in ("baseline", "sft") for benchmark in ("easy", "hard")}
    asked = whole | {("rl", "hard"), ("sft_rl", "hard")}  # which inherits its settings
    voted = [("baseline", "easy"), ("baseline", "hard"), ("rl", "hard")]
    assert cells(graph, "score_samples") == asked
    assert cells(graph, "sample_benchmark") == asked | {(name, f"{b}.votes") for name, b in voted}
    assert cells(graph, "count_votes") == set(voted)
    table = spec_of(graph, "votes", MakeVotesTableSpec)
    assert [(one.experiment, one.benchmark) for one in table.votes] == voted
    assert set(spec_of(graph, "ablation", MakeAblationSpec).cells) == asked
    for name in ("comparisons", "second_opinion", "report"):
        files = [file for role in ("verdicts", "samples") for file in graph.jobs[name].reads.get(role, [])]
        assert len([file for file in files if "/rl/easy" in file]) == 0
        assert len([file for file in files if "/rl/hard" in file]) > 0
    specs = study_specs(graph)
    assert all(expected(job.spec, specs).host_bytes > 0 for job in graph.jobs.values())


def test_runs_are_asked_what_their_experiment_is(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, FEW, ALL_VOTES, ("experiments.rl.seeds", 2), ("experiments.sft_rl.seeds", 1)))
    assert {run for run, benchmark in cells(graph, "sample_benchmark") if benchmark == "easy"} == {"baseline", "sft"}
    assert ("rl.seed-1", "hard") in cells(graph, "sample_benchmark")


def test_naming_all_is_naming_none_and_one_more_samples_that_alone(tmp_path: Path) -> None:
    whole, named, few = (
        specs_of(study(tmp_path, *changes))
        for changes in (
            (),
            [("experiments.sft.benchmarks", ["easy", "hard"])],
            [("experiments.sft.benchmarks", ["easy"])],
        )
    )
    tables = {"ablation", "report"}
    assert {name for name in whole if whole[name] != named[name]} <= tables
    assert {name for name in whole if name not in few} == {"samples/sft/hard", "eval/sft/hard"}
    assert {name for name in few if few[name] != whole[name]} <= tables


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            [("experiments.sft.benchmarks", ["easi", "hard"])],
            "experiments.sft.benchmarks.0: there is no benchmark 'easi'; there are easy, hard",
        ),
        ([("experiments.sft.benchmarks", [])], "experiments.sft.benchmarks: expected 1 or more entries, not []"),
        (
            [(f"experiments.{name}.benchmarks", ["easy"]) for name in ("baseline", "sft", "rl")],
            "benchmarks.hard: no experiment is asked it; name it in the `benchmarks` of one, or remove it",
        ),
        (
            [("experiments.sft.benchmarks", ["easy"]), FEW, ALL_VOTES, ("comparisons", {"pairs": [["rl", "sft"]]})],
            "comparisons.pairs.0: 'rl' and 'sft' are asked no benchmark in common; add one to the `benchmarks` of ",
        ),
        (
            [FEW],
            "votes.experiments.1: 'rl' is asked none of votes.benchmarks (easy); add one to its `benchmarks`, or ",
        ),
    ],
)
def test_what_measures_nothing_is_refused_in_one_line(
    tmp_path: Path, changes: list[tuple[str, Any]], line: str
) -> None:
    with pytest.raises(GradusError) as error:
        study(tmp_path, *changes)
    said = str(error.value)
    assert line in said
    assert "\n" not in said
