"""From samples to verdicts: what the grader said of each, and why."""

from dataclasses import replace

import pytest

from gradus.evaluation.judging import judge, write_verdicts
from gradus.evaluation.scores import summarise
from gradus.evaluation.verdicts import read_verdicts
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.sampling.samples import Sample

PROBLEMS = [Problem("a", "1 + 1?", "2", 1, "", ""), Problem("b", "1 / 2?", r"\frac{1}{2}", 1, "", "")]


def sample(identifier, number, text):
    return Sample(identifier, number, text, 5, "stop", 0)


SAMPLES = [
    sample("b", 0, r"\boxed{0.5}"),
    sample("a", 0, "two"),
    sample("a", 1, r"\boxed{3}"),
    sample("b", 1, "\\boxed{" + "9" * 300_000 + "}"),
]


def test_verdicts_say_which_layer_decided_and_why(tmp_path):
    verdicts = judge("s.parquet", SAMPLES, PROBLEMS, ["boxed"])
    assert (verdicts.ids, verdicts.samples) == (["b", "a", "a", "b"], [0, 0, 1, 1])
    assert verdicts.correct[:3] == [True, False, False]
    assert verdicts.answers[:3] == ["0.5", None, "3"]
    assert (verdicts.layers[1], verdicts.reasons[1]) == ("extraction", "no_answer")
    assert set(verdicts.layers) <= {"extraction", "identity", "number", "structure", "symbolic"}
    assert all(verdicts.reasons)
    write_verdicts(tmp_path / "m.verdicts.parquet", verdicts)
    assert read_verdicts(tmp_path / "m.verdicts.parquet").reasons == verdicts.reasons


def test_what_cannot_be_judged_is_counted_by_its_reason():
    verdicts = judge("s.parquet", SAMPLES, PROBLEMS, ["boxed"])
    about = {"experiment": "e", "benchmark": "m", "protocol": {}, "digests": {}, "prompt": ""}
    score = summarise(verdicts, **about)
    assert verdicts.correct[3] is None
    assert (score["unknown"], score["unknown_reasons"]) == (1, {"too_long": 1})
    assert (score["correct"], score["no_answer"]) == (1, 1)
    assert sum(score["layers"].values()) == 4


def test_a_benchmark_may_be_graded_in_its_own_way():
    assert judge("s", [sample("a", 0, "#### 2")], PROBLEMS, ["hash"]).correct == [True]
    assert judge("s", [sample("a", 0, "#### 2")], PROBLEMS, ["boxed"]).correct == [False]


def test_a_sample_of_an_unknown_problem_is_named():
    with pytest.raises(GradusError, match=r"s\.parquet: problem z is not in the problem set"):
        judge("s.parquet", [sample("z", 0, "")], PROBLEMS, ["boxed"])


def test_clusters_may_be_a_column_of_the_file_that_every_problem_has():
    together = [replace(problem, cluster="one text") for problem in PROBLEMS]
    samples = SAMPLES[:2]
    assert judge("s", samples, together, ["boxed"], "cluster").clusters == {"a": "one text", "b": "one text"}
    with pytest.raises(GradusError, match="the problem b says no cluster; set it, or remove"):
        judge("s", samples, [together[0], PROBLEMS[1]], ["boxed"], "cluster")


def test_answers_are_compared_as_their_problem_says():
    choice = replace(PROBLEMS[0], answer="B", form="choice", options=("1", "two"))
    words = replace(PROBLEMS[1], answer="0.5", form="text")
    verdicts = judge("s", [sample("a", 0, r"\boxed{\text{Two}}"), *SAMPLES[:1]], [choice, words], ["boxed"])
    assert (verdicts.answers, verdicts.correct) == (["B", "0.5"], [True, True])
    assert judge("s", [sample("b", 0, r"\boxed{1/2}")], [choice, words], ["boxed"]).correct == [False]
