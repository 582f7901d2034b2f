"""Benchmarks by likelihood in a study: which jobs they have, and what is refused before any runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from gradus.estimates.asked import Machine
from gradus.estimates.resources import expected
from gradus.graph.graph import Graph, study_specs
from gradus.graph.order import Order
from gradus.provenance.errors import GradusError
from study.made_study import changed
from study.planned import specs_of

SET = ("problems.swag", {"source": "hellaswag", "path": "swag.jsonl"})


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"problem": "x", "answer": "A", "options": ["a", "b"], "text": "y"}
    (tmp_path / "swag.jsonl").write_text(json.dumps(row), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def planned(folder: Path, *changes: tuple[str, Any], **benchmark: Any) -> Graph:
    settings = {"problems": "swag", "metric": "acc"} | benchmark
    return Graph.read(changed(folder, SET, ("benchmarks.swag", settings), *changes))


def test_likelihoods_are_measured_in_place_of_samples(tmp_path: Path) -> None:
    graph = planned(tmp_path, ("votes.benchmarks", None))
    runs = {"baseline", "sft", "rl", "sft_rl"}
    assert {job.name for job in graph.of_stages("measure_likelihoods")} == {f"likelihoods/{run}/swag" for run in runs}
    assert {job.name for job in graph.of_stages("score_likelihoods")} == {f"eval/{run}/swag" for run in runs}
    assert not any("swag" in job.name for job in graph.of_stages("sample_benchmark", "score_samples", "count_votes"))
    assert graph.jobs["likelihoods/sft/swag"].modules == ("gradus.sampling.torch.reader",)
    assert Order(graph).before["eval/sft/swag"] == ("problems/swag", "likelihoods/sft/swag")
    specs = specs_of(graph)
    assert [b["metric"] for b in specs["ablation"]["settings"]["benchmarks"]] == [None, None, "acc"]
    assert specs["lengths"]["settings"]["benchmarks"] == ["easy", "hard"]
    assert [name for name, _ in specs["second_opinion"]["settings"]["benchmarks"]] == ["easy", "hard"]
    judged = [f"results/small/eval/{run}/swag.verdicts.parquet" for run in runs]
    assert {*judged} <= {*graph.jobs["comparisons"].reads["verdicts"]}
    assert not {*judged} & {*graph.jobs["second_opinion"].reads["verdicts"], *graph.jobs["lengths"].reads["verdicts"]}


def test_another_metric_measures_nothing_anew(tmp_path: Path) -> None:
    one, other = (specs_of(planned(tmp_path, metric=metric)) for metric in ("acc", "acc_norm_tokens"))
    assert {name for name in one if one[name] != other[name]} == {
        *(f"eval/{run}/swag" for run in ("baseline", "sft", "rl", "sft_rl")),
        "ablation",
        "report",
    }


def test_a_benchmark_beside_others_changes_none_of_their_answers(tmp_path: Path) -> None:
    without, beside = specs_of(changed(tmp_path)), specs_of(planned(tmp_path))
    kinds = ("models/", "samples/", "eval/", "votes/")
    shared = [name for name in without if name.startswith(kinds)]
    assert {name: beside[name] for name in shared} == {name: without[name] for name in shared}


@pytest.mark.parametrize("sampler", ["torch", "transformers", "vllm"])
def test_what_reading_takes_is_estimated(tmp_path: Path, sampler: str) -> None:
    graph = planned(tmp_path, sampler=sampler)
    specs = study_specs(graph)
    for gpus in (0, 1):
        machine = Machine(has_gpu=bool(gpus))
        asked = expected(graph.jobs["likelihoods/sft/swag"].spec, specs, machine)
        assert asked.seconds > 10  # 40,168 options
        assert asked.gpus == (gpus if sampler != "torch" else 0)
        assert expected(graph.jobs["eval/sft/swag"].spec, specs, machine).seconds > 0


@pytest.mark.parametrize(
    ("benchmark", "what"),
    [
        ({"samples": 4, "temperature": 0.7}, "benchmarks.swag.samples: has no effect where a metric"),
        ({"temperature": 0.7}, "benchmarks.swag.temperature: has no effect"),
        ({"prompt": {"system": "x"}}, "benchmarks.swag.prompt: has no effect"),
        ({"inject": "weak"}, "benchmarks.swag.inject: has no effect"),
        ({"max_tokens": 7}, "benchmarks.swag.max_tokens: has no effect where a metric (acc) has options read"),
        ({"problems": "test"}, "benchmarks.swag.metric: problems of pocket have no options that continue a text; those "
                               "of hellaswag have; measure another set, or remove the metric"),
        ({"metric": "acc_norm"}, "benchmarks.swag.metric: "),
    ],
)  # fmt: skip
def test_what_has_no_effect_or_no_options_is_one_line(tmp_path: Path, benchmark: dict[str, Any], what: str) -> None:
    with pytest.raises(GradusError) as error:
        planned(tmp_path, **benchmark)
    assert what in str(error.value)


def test_votes_on_likelihoods_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"votes.benchmarks.*'swag' has a metric, so there are no samples to vote"):
        planned(tmp_path, ("votes.benchmarks", ["easy", "swag"]))


def test_a_file_names_the_text_that_its_options_continue(tmp_path: Path) -> None:
    file = {"source": "file", "path": "swag.jsonl", "answers": "choice"}
    part = ("problems.part", {"source": "subset", "of": "mine", "size": 1})
    with pytest.raises(GradusError, match=r"'mine' names no column of texts that options continue \(`columns.context`"):
        planned(tmp_path, ("problems.mine", file), part, problems="part")
    named = file | {"columns": {"context": "text"}}
    assert planned(tmp_path, ("problems.mine", named), part, problems="part").jobs["eval/sft/swag"]
    with pytest.raises(GradusError, match=r"columns.context: this is for choices"):
        planned(tmp_path, ("problems.mine", named | {"answers": "number"}))
