"""Samples in parts: their seeds and order, what a kill leaves, and what it costs."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gradus.problems.pocket.generate import generate_problems
from gradus.problems.problem import Problem
from gradus.prompts.messages import Message
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json
from gradus.provenance.job import Job
from gradus.provenance.seeds import derive_seed
from gradus.provenance.stop_signals import Stopped
from gradus.sampling import draw
from gradus.sampling.draw import draw_samples
from gradus.sampling.sampler import Answer
from gradus.sampling.samples import Sample
from gradus.specs.sampling import SampleBenchmarkSpec
from gradus.study.settings.truncation import WHOLE, Truncation
from sampling.sample_jobs import SampleJob, sample_job

PART = 4
"""Requests of a part: 5 problems with 3 samples each are 3 whole parts and one of 3."""


class Echo:
    """Answers a question with its seed, and dies at the call after `lives` of them."""

    def __init__(self, lives: int = 1000) -> None:
        self.lives = lives
        self.asked: list[tuple[str, int]] = []

    def render(self, messages: Sequence[Message]) -> str:
        return str(messages)

    def sample(
        self,
        conversations: Sequence[Sequence[Message]],
        *,
        seeds: Sequence[int],
        max_tokens: int,
        temperature: float,
        truncation: Truncation = WHOLE,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[Answer]:
        assert (max_tokens, temperature) == (9, 0.7)
        self.truncation = truncation
        if not self.lives:
            raise GradusError("killed")
        self.lives -= 1
        questions = [conversation[-1]["content"] for conversation in conversations]
        self.asked += zip(questions, seeds, strict=True)
        if on_progress:
            on_progress(len(questions), 5 * len(questions))
        return [Answer(f"{seed} {question}", 5, 7, "stop") for question, seed in zip(questions, seeds, strict=True)]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "REQUESTS_PER_PART", PART)


@pytest.fixture
def problems() -> list[Problem]:
    return generate_problems(name="t", split="train", size=5, levels=[1], family="familiar", seed=0)


@pytest.fixture
def job(tmp_path: Path) -> SampleJob:
    return sample_job(tmp_path, samples=3)


def expected(problems: list[Problem]) -> list[Sample]:
    def sample(problem: Problem, number: int) -> Sample:
        seed = derive_seed(3, problem.id, number)
        return Sample(problem.id, number, f"{seed} {problem.problem}", 5, "stop", seed)

    return [sample(problem, number) for problem in problems for number in range(3)]


def test_every_sample_has_its_own_seed_and_place(job: SampleJob, problems: list[Problem]) -> None:
    sampler = Echo()
    assert draw_samples(job, sampler, problems, job.state_folder()) == expected(problems)
    assert len({seed for _, seed in sampler.asked}) == 15
    assert sampler.asked == [(sample.text.partition(" ")[2], sample.seed) for sample in expected(problems)]
    assert (job.tokens_in, job.tokens_out) == (15 * 7, 15 * 5)


@pytest.mark.parametrize("lives", [1, 2, 3])
def test_a_killed_job_asks_only_for_what_is_missing(job: SampleJob, problems: list[Problem], lives: int) -> None:
    with pytest.raises(GradusError, match="killed"):
        draw_samples(job, Echo(lives), problems, job.state_folder())
    kept = read_json(job.state_folder() / "attempts.json")
    assert (kept["tokens_in"], kept["tokens_out"]) == (lives * PART * 7, lives * PART * 5)
    again, rest = Job(job.spec_path, {}, SampleBenchmarkSpec), Echo()
    assert draw_samples(again, rest, problems, again.state_folder()) == expected(problems)
    assert len(rest.asked) == 15 - lives * PART
    assert (again.tokens_in, again.tokens_out) == (15 * 7, 15 * 5)
    assert draw_samples(again, Echo(0), problems, again.state_folder()) == expected(problems)


def test_a_job_that_is_asked_to_end_finishes_its_part_and_leaves_the_others_to_the_next(
    job: SampleJob, problems: list[Problem]
) -> None:
    class Asked(Echo):
        def sample(self, *arguments: Any, **named: Any) -> list[Answer]:
            os.kill(os.getpid(), signal.SIGTERM)
            return super().sample(*arguments, **named)

    said = r"^stopped by SIGTERM at 4 of 15 completions; the next run goes on from there$"
    with job.stop_signal.handled(), pytest.raises(Stopped, match=said):
        draw_samples(job, Asked(), problems, job.state_folder())
    again, rest = Job(job.spec_path, {}, SampleBenchmarkSpec), Echo()
    assert draw_samples(again, rest, problems, again.state_folder()) == expected(problems)
    assert len(rest.asked) == 15 - PART
    assert (again.tokens_in, again.tokens_out) == (15 * 7, 15 * 5)


def test_a_job_that_is_asked_to_end_in_its_last_part_ends_as_always(job: SampleJob, problems: list[Problem]) -> None:
    class Asked(Echo):
        def sample(self, *arguments: Any, **named: Any) -> list[Answer]:
            if len(self.asked) == 12:
                os.kill(os.getpid(), signal.SIGTERM)
            return super().sample(*arguments, **named)

    with job.stop_signal.handled():
        assert draw_samples(job, Asked(), problems, job.state_folder()) == expected(problems)


def test_tokens_are_kept_before_their_part_is_there(
    job: SampleJob, problems: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job.state_folder()
    kept: list[tuple[int, int]] = []

    def write(path: Path, samples: Any) -> None:
        kept.append((read_json(folder / "attempts.json")["tokens_out"], len(list(folder.glob("part-*")))))
        write_samples(path, samples)

    write_samples = draw.write_samples
    monkeypatch.setattr(draw, "write_samples", write)
    draw_samples(job, Echo(), problems, folder)
    assert kept == [(20, 0), (40, 1), (60, 2), (75, 3)]
