"""Verifiers in a study: judged traces, which experiments are rows, and mistakes that are found while planning."""

from pathlib import Path
from typing import Any

import pytest

from gradus.graph.graph import Graph
from gradus.provenance.errors import GradusError
from gradus.specs.evaluation import MakeAblationSpec
from gradus.specs.sampling import SampleTracesSpec, VerifySamplesSpec
from gradus.specs.traces import JudgeTracesSpec
from study.made_study import spec_of, study

JUDGED = {"kind": "judged", "teacher": "base", "problems": "train"}
VERIFIER = {"from": "base", "stage": "sft", "traces": ["judged"]}
JUDGE = (("traces.judged", JUDGED),)
WITH_VERIFIER = (("traces.judged", JUDGED), ("experiments.verifier", VERIFIER))


def test_a_verifier_is_trained_and_is_no_row(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, *WITH_VERIFIER))
    assert graph.jobs["models/verifier"].reads["traces"] == ["results/small/traces/judged.jsonl"]
    assert graph.jobs["traces/judged"].reads["problems"] == ["results/small/problems/train.parquet"]
    named = [e.name for e in spec_of(graph, "ablation", MakeAblationSpec).experiments]
    assert named == ["baseline", "sft", "rl", "sft_rl"]
    assert not any("verifier" in job.name for job in graph.of_stages("sample_benchmark", "score_samples"))
    # As any other training set it is searched for benchmarks, and its training obeys the verdict.
    assert "contamination/traces/judged.gate" in graph.jobs
    assert graph.jobs["models/verifier"].obeys == (("traces", "judged"),)


def test_a_study_without_a_verifier_has_the_jobs_that_it_had(tmp_path: Path) -> None:
    with_one, without = Graph(study(tmp_path, *WITH_VERIFIER)), Graph(study(tmp_path))
    about_all = ("contamination", "stages", "ledger", "report")
    same = {name: job for name, job in without.jobs.items() if name not in about_all}
    assert {name: with_one.jobs[name] for name in same} == same


@pytest.mark.parametrize(("show", "row"), [(True, True), (False, False)])
def test_an_experiment_says_whether_it_is_a_row(tmp_path: Path, show: bool, row: bool) -> None:
    made = study(tmp_path, ("experiments.sft.show", show), ("experiments.verifier", VERIFIER | {"show": show}), *JUDGE)
    graph = Graph(made)
    for name in ("sft", "verifier"):
        assert (f"eval/{name}/easy" in graph.jobs) == row
    assert "models/sft" in graph.jobs


def test_inheriting_settings_does_not_hide_a_row(tmp_path: Path) -> None:
    graph = Graph(
        study(tmp_path, ("experiments.sft.show", False), ("experiments.more", {"from": "sft", "inherits": "sft"}))
    )
    assert "eval/more/easy" in graph.jobs
    assert "eval/sft/easy" not in graph.jobs


def test_solutions_of_an_experiment_are_sampled_with_its_weights(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, ("traces.judged", JUDGED | {"teacher": "sft"}), ("experiments.verifier", VERIFIER)))
    drawn = spec_of(graph, "traces/judged.completions", SampleTracesSpec)
    assert (drawn.weights.dense, drawn.weights.adapter) == ("base", "sft")
    assert graph.jobs["traces/judged.completions"].obeys == (
        ("problems", "train"),
        ("corpora", "base"),
        ("traces", "custom"),
    )
    assert spec_of(graph, "traces/judged", JudgeTracesSpec).teacher == "sft"


def test_traces_of_a_mix_with_others_make_no_verifier(tmp_path: Path) -> None:
    mixed = ("traces.mixed", {"kind": "mix", "parts": {"judged": 1, "custom": 1}})
    both = ("experiments.both", {"from": "base", "stage": "sft", "traces": ["mixed"]})
    halves = ("traces.halves", {"kind": "mix", "parts": {"judged": 1}})
    half = ("experiments.half", {"from": "base", "stage": "sft", "traces": ["halves"]})
    graph = Graph(study(tmp_path, *JUDGE, mixed, both, halves, half))
    assert "eval/both/easy" in graph.jobs
    assert "eval/half/easy" not in graph.jobs


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([("traces.judged", JUDGED | {"teacher": "nobody"})], "traces.judged.teacher: there is no model or experiment"),
        ([("traces.judged", JUDGED | {"samples": 1})], "traces.judged.samples: has to be at least 2, not 1"),
        ([("traces.judged", JUDGED | {"balance": "even"})], "traces.judged.balance: expected 'none', 'set' or "),
        ([("traces.judged", JUDGED | {"question": ""})], "traces.judged.question: "),
        (
            [("traces.judged", JUDGED | {"teacher": "verifier"}), ("experiments.verifier", VERIFIER)],
            "experiments.verifier.traces: verifier -> verifier is a circle; name another teacher",
        ),
        (
            [
                ("traces.judged", JUDGED | {"teacher": "next"}),
                ("experiments.next", {"from": "sft", "stage": "none"}),
                ("experiments.sft.traces", ["judged"]),
            ],
            "is a circle; name another teacher",
        ),
        ([("comparisons", {"pairs": [["rl", "verifier"]]})], "'verifier' is no row of the table"),
        ([("votes.verifier", "nobody")], "votes.verifier: there is no experiment 'nobody'; there are baseline, "),
        ([("votes.verifier", "verifier")], "votes.verifier: nothing uses its scores; add verifier or verifier_best to"),
        ([("votes.weights", ["length", "verifier_best"])], "votes.verifier: votes.weights has verifier_best; name the"),
        (
            [("votes.verifier", "sft"), ("votes.weights", ["verifier"])],
            "votes.verifier: 'sft' is not trained on judged traces alone; name an experiment of stage sft",
        ),
        (
            [
                ("votes.verifier", "verifier"),
                ("votes.weights", ["verifier"]),
                ("traces.other", JUDGED | {"question": "Is it?"}),
                ("experiments.verifier", VERIFIER | {"traces": ["judged", "other"]}),
            ],
            "votes.verifier: 'verifier' learned 2 questions; give its judged traces the same `question`",
        ),
        (
            [
                ("votes.verifier", "verifier"),
                ("votes.weights", ["verifier"]),
                ("experiments.verifier", VERIFIER | {"sampler": "tinker"}),
            ],
            "votes.verifier: sampler: tinker tells no probabilities of given words; set another sampler on 'verifier'",
        ),
        ([("votes.experiments", ["verifier"])], "votes.experiments.0: 'verifier' is no row of the table"),
        ([("experiments.baseline.show", False)], "comparisons.baseline: 'baseline' is no row of the table"),
    ],
)
def test_mistakes_name_key_and_remedy(tmp_path: Path, changes: list[tuple[str, Any]], told: str) -> None:
    with pytest.raises(GradusError) as caught:
        study(tmp_path, *WITH_VERIFIER, *changes)
    assert told in str(caught.value)


def test_solutions_of_an_experiment_are_those_of_its_first_run(tmp_path: Path) -> None:
    changes = (("traces.judged", JUDGED | {"teacher": "sft"}), ("experiments.verifier", VERIFIER), ("seeds", [4, 5]))
    graph = Graph(study(tmp_path, *changes))
    assert spec_of(graph, "traces/judged.completions", SampleTracesSpec).weights.adapter == "sft.seed-4"
    assert "models/verifier.seed-5" in graph.jobs
    assert not any("verifier" in job.name for job in graph.of_stages("sample_benchmark", "score_samples"))


VOTING = (("votes.verifier", "verifier"), ("votes.weights", ["length", "verifier"]))


def test_a_verifier_scores_what_is_voted_with(tmp_path: Path) -> None:
    graph = Graph(study(tmp_path, *WITH_VERIFIER, *VOTING))
    names = [job.name for job in graph.of_stages("verify_samples")]
    assert names == ["samples/baseline/easy.scores", "samples/rl/easy.scores"]
    job = graph.jobs["samples/rl/easy.scores"]
    scored = spec_of(graph, job.name, VerifySamplesSpec)
    assert (scored.weights.dense, scored.weights.adapter) == ("base", "verifier")
    assert scored.question == "Is this solution right or wrong?"
    assert job.obeys == (("corpora", "base"), ("traces", "judged"))
    assert graph.jobs["votes/rl/easy"].reads["scores"] == [job.result]
    assert "verifier" in graph.jobs
    without = Graph(study(tmp_path, *WITH_VERIFIER))
    assert without.of_stages("verify_samples", "make_verifier_table") == []
    assert without.jobs["votes/rl/easy"].reads["scores"] == []


def test_a_run_is_scored_by_the_verifiers_run_of_its_seed(tmp_path: Path) -> None:
    changes = (
        ("experiments.verifier.seeds", [0, 2]),
        ("experiments.rl.seeds", [0, 1, 2]),
        ("votes.experiments", ["rl"]),
    )
    graph = Graph(study(tmp_path, *WITH_VERIFIER, *VOTING, *changes, ("experiments.sft_rl", None)))
    scorers = {job.name: job.settings.weights.adapter for job in graph.of_stages("verify_samples")}
    assert scorers == {
        "samples/rl/easy.scores": "verifier",
        "samples/rl.seed-1/easy.scores": "verifier",
        "samples/rl.seed-2/easy.scores": "verifier.seed-2",
    }


def test_a_new_question_trains_and_scores_again_and_samples_nothing(tmp_path: Path) -> None:
    before = Graph(study(tmp_path, *WITH_VERIFIER, *VOTING)).jobs
    now = Graph(study(tmp_path, *WITH_VERIFIER, *VOTING, ("traces.judged", JUDGED | {"question": "Is it?"}))).jobs
    changed = {name for name, job in now.items() if job != before[name]}
    assert changed == {"traces/judged", "samples/baseline/easy.scores", "samples/rl/easy.scores"}
