"""Options that are chosen by each metric, and parts of a measurement that survive a kill."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gradus.evaluation.likelihoods import measuring
from gradus.evaluation.likelihoods.choices import choose, shares
from gradus.evaluation.likelihoods.measuring import measure
from gradus.evaluation.likelihoods.options import OptionLikelihood, by_problem, read_likelihoods, write_likelihoods
from gradus.problems.problem import Problem
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.sampling.likelihoods import Likelihood, Progress
from gradus.specs.models import WeightsSpec
from gradus.specs.sampling import MeasureLikelihoodsSpec
from typed_jobs import typed_job

LENGTHS = [(1, 4, 4), (4, 20, 20), (8, 30, 60), (10, 21, 90)]
LOGPROBS = [-3.0, -10.0, -14.0, -18.0]
"""By each metric another of the four is the likeliest: 0 by all of it, 2 a token, 1 a character, 3 a byte."""


def problem(name: str, answer: str = "A", options: Sequence[str] = ("a", "b", "c", "d"), context: str = "x") -> Problem:
    return Problem(name, "?", answer, form="choice", options=tuple(options), context=context, subject="s")


def options(name: str) -> list[OptionLikelihood]:
    return [
        OptionLikelihood(name, place, logprob, *lengths, cut=False)
        for place, (logprob, lengths) in enumerate(zip(LOGPROBS, LENGTHS, strict=True))
    ]


@pytest.mark.parametrize(
    ("metric", "letter"), [("acc", "A"), ("acc_norm_tokens", "C"), ("acc_norm_chars", "C"), ("acc_norm_bytes", "D")]
)
def test_each_metric_chooses_the_likeliest_by_its_own_length(metric: str, letter: str) -> None:
    problems = [problem("p", letter), problem("q", "B")]
    verdicts = choose("f", {name: options(name) for name in "pq"}, problems, metric, "subject")
    assert (verdicts.answers, verdicts.correct) == ([letter, letter], [True, False])
    assert verdicts.reasons == ["equal", "different"]
    assert verdicts.clusters == {"p": "s", "q": "s"}
    found = shares({"p": options("p")}, problems[:1])
    assert found[metric] == 1.0
    assert sum(found.values()) == (2.0 if letter == "C" else 1.0)


def test_of_equal_options_the_first_is_chosen() -> None:
    alike = [OptionLikelihood("p", place, -2.0, 1, 1, 1, False) for place in range(3)]
    assert choose("f", {"p": alike}, [problem("p", options="abc")], "acc").answers == ["A"]


def test_likelihoods_of_other_problems_are_one_line() -> None:
    with pytest.raises(GradusError, match=r"f\.parquet: not of the options of 'q'; remove the file and build it again"):
        choose("f.parquet", {"p": options("p")}, [problem("p"), problem("q")], "acc")


def test_rows_are_read_back_in_their_order(tmp_path: Path) -> None:
    rows = [*options("p"), *options("q")]
    write_likelihoods(tmp_path / "l.parquet", rows)
    assert read_likelihoods(tmp_path / "l.parquet") == rows
    assert by_problem(rows) == {"p": options("p"), "q": options("q")}
    (tmp_path / "l.parquet").write_bytes((tmp_path / "l.parquet").read_bytes()[:-9])
    with pytest.raises(GradusError, match=r"l\.parquet: not a readable table"):
        read_likelihoods(tmp_path / "l.parquet")


class Lengths:
    """Likelihoods by the length of an option, of a reader that dies at the call after `lives` of them."""

    def __init__(self, lives: int = 100) -> None:
        self.lives, self.asked = lives, []

    def measure(self, pairs: Sequence[tuple[str, str]], on_progress: Progress) -> tuple[list[Likelihood], int]:
        if not self.lives:
            raise GradusError("killed")
        self.lives -= 1
        self.asked += pairs
        on_progress(len(pairs))
        return [Likelihood(-float(len(option)), 1, context == "cut") for context, option in pairs], 7 * len(pairs)


PROBLEMS = [problem("p", options=("é", "bbb")), problem("q", options=("c", "dd", "e"), context="cut")]


def job_in(folder: Path) -> Job[MeasureLikelihoodsSpec]:
    settings = MeasureLikelihoodsSpec(weights=WeightsSpec(dense="base", adapter=None), sampler="torch")
    files = {"log": [folder / "log"], "problems": [folder / "p.parquet"]}
    return typed_job(folder / "results/x", "likelihoods/e/b", settings, files)


def test_a_run_that_was_killed_reads_only_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "READ_IN_PART", 2)
    reader = Lengths()
    whole = measure(job_in(tmp_path), reader, PROBLEMS, tmp_path)
    assert reader.asked == [("x", " é"), ("x", " bbb"), ("cut", " c"), ("cut", " dd"), ("cut", " e")]
    assert whole[0] == OptionLikelihood("p", 0, -2.0, 1, 1, 2, False)
    assert [(row.id, row.option, row.cut) for row in whole[2:]] == [("q", 0, True), ("q", 1, True), ("q", 2, True)]
    job = job_in(tmp_path / "killed")
    with pytest.raises(GradusError, match="killed"):
        measure(job, Lengths(lives=1), PROBLEMS, job.state_folder())
    again, rest = job_in(tmp_path / "killed"), Lengths()
    assert measure(again, rest, PROBLEMS, again.state_folder()) == whole
    assert len(rest.asked) == 3
    assert again.tokens_in == 35


@pytest.mark.parametrize(
    "wrong", [problem("z", context=" "), problem("z", options=()), problem("z", options=("a", ""))]
)
def test_a_problem_without_a_text_to_continue_is_one_line(tmp_path: Path, wrong: Problem) -> None:
    with pytest.raises(GradusError, match=r"p\.parquet: 'z' has no options that continue a text; name their columns"):
        measure(job_in(tmp_path), Lengths(), [*PROBLEMS, wrong], tmp_path)
