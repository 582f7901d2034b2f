"""Problem sets that are taken from others, and those that are chosen by how often a model solves them."""

from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.counts import problem_count
from gradus.graph.graph import Graph, study_specs
from gradus.provenance.errors import GradusError
from gradus.specs.problems import KeepProblemsSpec, MakeProblemsSpec
from gradus.specs.sampling import SampleProblemsSpec
from gradus.study.problem_sets import origin_of
from study.made_study import spec_of, study
from study.planned import specs_of

KEEP = {"pass_rate": [0.1, 0.9], "by": "base"}
MEDIUM: dict[str, Any] = {"source": "subset", "of": "train", "levels": [1, 2], "size": 10, "keep": KEEP}
RL = {"from": "base", "stage": "grpo", "problems": "medium", "steps": 3}


def refusal(folder: Path, *changes: tuple[str, Any]) -> str:
    with pytest.raises(GradusError) as error:
        study(folder, *changes)
    return str(error.value).replace(f"{folder}/changed.yaml:", "")


def test_a_model_is_asked_before_problems_are_chosen(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, ("problems.medium", MEDIUM | {"keep": KEEP | {"samples": 4, "max_tokens": 50}})))
    asked, kept = graph.jobs["problems/medium.completions"], graph.jobs["problems/medium"]
    drawn = spec_of(graph, asked.name, SampleProblemsSpec)
    assert (asked.stage, kept.stage) == ("sample_problems", "keep_problems")
    assert (drawn.samples, drawn.max_tokens, drawn.temperature, drawn.weights.dense) == (4, 50, 1.0, "base")
    assert (drawn.filters.levels, drawn.filters.size) == ([1, 2], None), "size is drawn from what is kept"
    assert asked.reads["problems"] == ["results/small/problems/train.parquet"]
    assert asked.reads["weights"] == ["results/small/models/base/model.json"]
    assert asked.obeys == (("problems", "train"), ("corpora", "base"))
    chosen = spec_of(graph, kept.name, KeepProblemsSpec)
    assert (chosen.pass_rate, chosen.by, chosen.problems.size) == ([0.1, 0.9], "base", 10)


def test_other_bounds_ask_nothing_again_and_a_set_without_them_has_the_spec_it_had(tmp_path: Path) -> None:
    wider = MEDIUM | {"keep": KEEP | {"pass_rate": [0.2, 1]}, "size": 5}
    before, after = (specs_of(study(tmp_path, ("problems.medium", one))) for one in (MEDIUM, wider))
    assert {name for name in before if before[name] != after[name]} == {"problems/medium"}
    plain = Graph(study(tmp_path, ("problems.medium", {"source": "subset", "of": "train"})))
    assert "keep" not in spec_of(plain, "problems/medium", MakeProblemsSpec).problems


def test_an_experiment_may_choose_and_its_first_run_is_asked(tmp_path: Path) -> None:
    graph = Graph(
        study(
            tmp_path,
            ("problems.medium", MEDIUM | {"keep": KEEP | {"by": "sft"}}),
            ("experiments.rl2", RL),
            ("seeds", 2),
        )
    )
    asked = graph.jobs["problems/medium.completions"]
    assert spec_of(graph, asked.name, SampleProblemsSpec).weights.adapter == "sft"
    assert asked.obeys == (("problems", "train"), ("corpora", "base"), ("traces", "custom"))
    for run in ("rl2", "rl2.seed-1"):
        assert graph.jobs[f"models/{run}"].reads["problems"] == ["results/small/problems/medium.parquet"]


def test_a_subset_of_a_subset_has_the_filters_of_both(tmp_path: Path) -> None:
    pool = {"source": "subset", "of": "train", "levels": [1, 2], "size": 30}
    made = study(tmp_path, ("problems.pool", pool), ("problems.medium", MEDIUM | {"of": "pool", "levels": None}))
    assert origin_of(made.problems, "medium") == "train"
    graph = Graph(made)
    assert graph.jobs["problems/medium.completions"].reads["problems"] == ["results/small/problems/pool.parquet"]
    assert problem_count(study_specs(graph), "medium") == 10
    levels = "problems.medium.levels: 'pool' has no problems of these levels"
    assert levels in refusal(
        tmp_path, ("problems.pool", pool), ("problems.medium", MEDIUM | {"of": "pool", "levels": [3]})
    )
    size = "problems.medium.size: 31 are more than the 30 problems that there are"
    assert size in refusal(tmp_path, ("problems.pool", pool), ("problems.medium", MEDIUM | {"of": "pool", "size": 31}))


def test_plans_count_the_most_that_may_be_kept(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, ("problems.medium", MEDIUM | {"size": None}), ("problems.some", MEDIUM)))
    specs = study_specs(graph)
    assert problem_count(specs, "medium") == problem_count(specs, "train") == 50
    assert problem_count(specs, "some") == 10


@pytest.mark.parametrize(
    ("keep", "line"),
    [
        ({"pass_rate": [0.9, 0.1]}, "keep.pass_rate: 0.9 is more than 0.1; write the lowest rate first"),
        (
            {"pass_rate": [0.3, 0.45], "samples": 4},
            "keep.pass_rate: no number of right samples among 4 is a share from 0.3 to 0.45; widen it, or set more ",
        ),
        ({"by": "sfd"}, "keep.by: there is no model or experiment 'sfd'; "),
        ({"pass_rate": [0.5]}, "keep.pass_rate: expected 2 or more entries"),
        ({"pass_rate": [0, 2]}, "keep.pass_rate.1: has to be at most 1"),
        ({"max_tokens": 100_000}, "keep.max_tokens: "),
    ],
)
def test_a_filter_that_cannot_be_is_refused_in_one_line(tmp_path: Path, keep: dict[str, Any], line: str) -> None:
    said = refusal(tmp_path, ("problems.medium", MEDIUM | {"keep": KEEP | keep}))
    assert f"problems.medium.{line}" in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            [("problems.medium", MEDIUM | {"keep": KEEP | {"by": "rl2"}}), ("experiments.rl2", RL)],
            "problems.medium.keep.by: medium -> rl2 -> medium is a circle; name a model, or an experiment that learns "
            "nothing from 'medium'",
        ),
        (
            [
                ("problems.medium", MEDIUM | {"keep": KEEP | {"by": "sft2"}}),
                ("traces.round", {"kind": "distilled", "teacher": "rl2", "problems": "train"}),
                ("experiments.rl2", RL),
                ("experiments.sft2", {"from": "base", "stage": "sft", "traces": ["round"]}),
            ],
            "problems.medium.keep.by: medium -> sft2 -> round -> rl2 -> medium is a circle; name a model, or",
        ),
        (
            [
                ("problems.one", {"source": "subset", "of": "other"}),
                ("problems.other", {"source": "subset", "of": "one"}),
                ("problems.third", {"source": "subset", "of": "one"}),
            ],
            "problems.one.of: one -> other -> one is a circle; name a set with a source of its own",
        ),
        (
            [("problems.medium", MEDIUM), ("benchmarks.chosen", {"problems": "medium"})],
            "benchmarks.chosen.problems: 'medium' is chosen by a model's answers; measure on a set that is not",
        ),
        (
            [
                ("problems.medium", MEDIUM),
                ("problems.few", {"source": "subset", "of": "medium", "size": 2}),
                ("benchmarks.chosen", {"problems": "few"}),
            ],
            "benchmarks.chosen.problems: 'medium' is chosen by a model's answers; measure on a set that is not",
        ),
    ],
)
def test_circles_are_one_line(tmp_path: Path, changes: list[tuple[str, Any]], line: str) -> None:
    said = refusal(tmp_path, *changes)
    assert line in said
    assert "\n" not in said
