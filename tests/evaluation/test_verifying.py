"""Scores of samples: equal solutions are read once, a kill loses no finished part, and files that do not belong."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gradus.evaluation.verifiers import reading as verifying
from gradus.evaluation.verifiers.reading import verify
from gradus.evaluation.verifiers.scores import read_scores, write_scores
from gradus.problems.problem import Problem
from gradus.prompts.messages import Message
from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.sampling.choices import Progress
from gradus.sampling.samples import Sample
from gradus.specs.models import WeightsSpec
from gradus.specs.sampling import VerifySamplesSpec
from typed_jobs import typed_job

PROBLEMS = [Problem(name, f"{name}?", "1", 1, "", "") for name in "ab"]
SAMPLES = [Sample(name, number, text, 1, "stop", 0) for name in "ab" for number, text in enumerate("xyxz")]


class Lengths:
    """Scores a solution by the text that it is asked with, and dies at the call after `lives` of them."""

    def __init__(self, lives: int = 100) -> None:
        self.lives, self.asked = lives, []

    def choose(
        self, conversations: Sequence[Sequence[Message]], answers: tuple[Message, Message], on_progress: Progress
    ) -> tuple[list[float], int]:
        assert [answer["content"] for answer in answers] == ["right", "wrong"]
        if not self.lives:
            raise GradusError("killed")
        self.lives -= 1
        texts = [message["content"] for (message,) in conversations]
        self.asked += texts
        on_progress(len(texts))
        return [sum(map(ord, text)) / 10_000 for text in texts], 7 * len(texts)


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "READ_IN_PART", 4)


def job_in(folder: Path) -> Job[VerifySamplesSpec]:
    settings = VerifySamplesSpec(
        weights=WeightsSpec(dense="base", adapter="verifier"),
        sampler="torch",
        max_tokens=9,
        experiment="e",
        benchmark="b",
        question="Right?",
    )
    files = {"log": [folder / "log"], "samples": [folder / "s.parquet"], "problems": [folder / "p.parquet"]}
    return typed_job(folder / "results/x", "samples/e/b.scores", settings, files)


def test_equal_solutions_of_a_problem_are_read_once(tmp_path: Path) -> None:
    job, chooser = job_in(tmp_path), Lengths()
    scores = verify(job, chooser, PROBLEMS, SAMPLES, job.state_folder())
    assert chooser.asked == [f"{name}?\n\n{text}\n\nRight?" for name in "ab" for text in "xyz"]
    assert scores == [sum(map(ord, f"{s.id}?\n\n{s.text}\n\nRight?")) / 10_000 for s in SAMPLES]
    assert scores[0] == scores[2] != scores[4]
    assert job.tokens_in == 42


def test_a_run_that_was_killed_reads_only_what_is_missing(tmp_path: Path) -> None:
    whole = verify(job_in(tmp_path), Lengths(), PROBLEMS, SAMPLES, tmp_path)
    job = job_in(tmp_path / "killed")
    with pytest.raises(GradusError, match="killed"):
        verify(job, Lengths(lives=1), PROBLEMS, SAMPLES, job.state_folder())
    again, rest = job_in(tmp_path / "killed"), Lengths()
    assert verify(again, rest, PROBLEMS, SAMPLES, again.state_folder()) == whole
    assert len(rest.asked) == 2
    assert again.tokens_in == 42


def test_a_sample_of_another_problem_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=r"s\.parquet: 'b' is none of .*p\.parquet; sample it again"):
        verify(job_in(tmp_path), Lengths(), PROBLEMS[:1], SAMPLES, tmp_path)


def test_scores_are_read_back_in_their_order(tmp_path: Path) -> None:
    path, scores = tmp_path / "scores.parquet", [number / 8 for number in range(8)]
    write_scores(path, SAMPLES, scores)
    assert read_scores(path, SAMPLES) == scores
    assert pq.read_table(path).column_names == ["id", "sample", "score"]
    with pytest.raises(GradusError, match="its scores are not of the samples that are voted with"):
        read_scores(path, SAMPLES[::-1])
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(GradusError, match=r"scores\.parquet: not a readable table"):
        read_scores(path, SAMPLES)
