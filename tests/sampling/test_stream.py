"""Samples that come one by one: their order, their seeds, and what a killed job still has to ask for."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gradus.problems.pocket.generate import generate_problems
from gradus.problems.problem import Problem
from gradus.prompts.messages import Message
from gradus.provenance.errors import GradusError
from gradus.provenance.files import read_json, whole_lines
from gradus.provenance.job import Job
from gradus.provenance.seeds import derive_seed
from gradus.provenance.stop_signals import Stopped
from gradus.sampling import stream
from gradus.sampling.draw import draw_samples
from gradus.sampling.sampler import Answer, StreamingSampler
from gradus.sampling.samples import Sample
from gradus.specs.sampling import SampleBenchmarkSpec
from sampling.sample_jobs import SampleJob, sample_job


class Echo:
    """Answers the last question first, and dies after `lives` of them."""

    def __init__(self, lives: int = 1000) -> None:
        self.lives = lives
        self.asked: dict[str, int] = {}

    def render(self, messages: Sequence[Message]) -> str:
        return str(messages)

    def sample(self, *_: Any, **__: Any) -> list[Answer]:
        raise AssertionError("it streams")

    def stream(
        self, conversations: Sequence[Sequence[Message]], *, keys: Sequence[str], seeds: Sequence[int], **how: Any
    ) -> Iterator[tuple[int, list[Answer]]]:
        assert how["journal"].parent.is_dir()
        assert (how["samples"], how["max_tokens"], how["temperature"]) == (2, 9, 0.7)
        self.asked = dict(zip(keys, seeds, strict=True))
        for index in reversed(range(len(conversations))):
            if not self.lives:
                raise GradusError("killed")
            self.lives -= 1
            text = f"{seeds[index]}\u2028{conversations[index][-1]['content']}\n"
            yield index, [Answer(f"{text}{n}", 5 + n, 7, ["stop", "length"][n]) for n in range(2)]


@pytest.fixture
def problems() -> list[Problem]:
    return generate_problems(name="t", split="train", size=6, levels=[1], family="familiar", seed=0)


@pytest.fixture
def job(tmp_path: Path) -> SampleJob:
    return sample_job(tmp_path, samples=2)


def test_samples_lie_in_the_order_of_the_problems(job: SampleJob, problems: list[Problem]) -> None:
    sampler = Echo()
    assert isinstance(sampler, StreamingSampler)
    found = draw_samples(job, sampler, problems, job.state_folder())
    assert [(sample.id, sample.sample) for sample in found] == [(p.id, n) for p in problems for n in range(2)]
    first = derive_seed(3, problems[0].id)
    assert found[1] == Sample(problems[0].id, 1, f"{first}\u2028{problems[0].problem}\n1", 6, "length", first)
    assert job.tokens_out == 6 * (5 + 6)
    assert job.tokens_in == 6 * 7  # a prompt is read once for all its samples


@pytest.mark.parametrize("waiting", [False, True])
def test_a_job_that_is_asked_to_end_asks_later_for_what_is_missing(
    waiting: bool, job: SampleJob, problems: list[Problem]
) -> None:
    """Asked while it waits for an answer, or while it writes one down."""

    class Asked(Echo):
        def stream(self, *arguments: Any, **named: Any) -> Iterator[tuple[int, list[Answer]]]:
            for number, answer in enumerate(super().stream(*arguments, **named)):
                if waiting and number == 2:
                    os.kill(os.getpid(), signal.SIGTERM)
                yield answer

    count = job.count_tokens

    def counting(read: int = 0, written: int = 0) -> None:
        count(read, written)
        if not waiting and job.tokens_in == 2 * 7:
            os.kill(os.getpid(), signal.SIGTERM)

    said = "^stopped by SIGTERM at 4 of 12 completions; the next run goes on from there$"
    with pytest.MonkeyPatch.context() as patch, job.stop_signal.handled():
        patch.setattr(job, "count_tokens", counting)
        with pytest.raises(Stopped, match=said):
            draw_samples(job, Asked(), problems, job.state_folder())
    again, rest = Job(job.spec_path, {}, SampleBenchmarkSpec), Echo()
    found = draw_samples(again, rest, problems, again.state_folder())
    assert [(sample.id, sample.sample) for sample in found] == [(p.id, n) for p in problems for n in range(2)]
    assert len(rest.asked) == 4
    assert (again.tokens_in, again.tokens_out) == (6 * 7, 6 * (5 + 6))


def test_a_seed_belongs_to_its_problem(job: SampleJob, problems: list[Problem]) -> None:
    forwards, backwards = Echo(), Echo()
    draw_samples(job, forwards, problems, job.state_folder())
    (job.state_folder() / "finished.jsonl").unlink()
    draw_samples(job, backwards, problems[::-1], job.state_folder())
    assert forwards.asked == backwards.asked
    assert len(set(forwards.asked.values())) == len(problems)


def test_a_killed_job_asks_only_for_what_is_missing(job: SampleJob, problems: list[Problem]) -> None:
    straight = draw_samples(job, Echo(), problems, job.state_folder())
    (job.state_folder() / "finished.jsonl").unlink()
    with pytest.raises(GradusError, match="killed"):
        draw_samples(job, Echo(lives=4), problems, job.state_folder())
    partial = job.state_folder() / "finished.jsonl"
    text = partial.read_bytes()
    partial.write_bytes(text[:-20])  # torn in its last line
    again = Echo()
    assert draw_samples(job, again, problems, job.state_folder()) == straight
    assert list(again.asked) == [problem.id for problem in problems[:3]]
    assert draw_samples(job, Echo(lives=0), problems, job.state_folder()) == straight


def test_a_kill_at_any_moment_loses_no_token(job: SampleJob, problems: list[Problem]) -> None:
    """What is counted before a kill is what the finished lines took, and the next attempt goes on from there."""
    for lives in range(1, len(problems)):
        attempt = Job(job.spec_path, {}, SampleBenchmarkSpec)
        with pytest.raises(GradusError, match="killed"):
            draw_samples(attempt, Echo(lives=1), problems, attempt.state_folder())
        kept = read_json(attempt.state_folder() / "attempts.json")
        assert (kept["tokens_in"], kept["tokens_out"]) == (7 * lives, 11 * lives)
    last = Job(job.spec_path, {}, SampleBenchmarkSpec)
    draw_samples(last, Echo(), problems, last.state_folder())
    assert (last.tokens_in, last.tokens_out) == (7 * 6, 11 * 6)


def test_tokens_are_kept_before_their_line_is_there(
    job: SampleJob, problems: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job.state_folder()
    kept: list[tuple[int, int]] = []

    def line_of(samples: list[Sample]) -> str:
        kept.append((read_json(folder / "attempts.json")["tokens_out"], len(whole_lines(folder / "finished.jsonl"))))
        return written(samples)

    written = stream.line_of
    monkeypatch.setattr(stream, "line_of", line_of)
    draw_samples(job, Echo(), problems, folder)
    assert kept == [(11 * (n + 1), n) for n in range(6)]


def test_the_rate_is_of_all_tokens_since_the_job_began(
    job: SampleJob, problems: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([100.0, *(102.0 + n for n in range(6))])
    monkeypatch.setattr(stream, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    shown: list[tuple[int, float]] = []
    progress = SimpleNamespace(update=lambda count, **values: shown.append((count, values["tokens/s"])))
    monkeypatch.setattr(job, "progress", lambda *_: nullcontext(progress))
    draw_samples(job, Echo(), problems, job.state_folder())
    assert shown == [(2, pytest.approx(11 * (n + 1) / (2 + n))) for n in range(6)]


def test_a_line_that_is_none_is_named(job: SampleJob, problems: list[Problem]) -> None:
    (job.state_folder() / "finished.jsonl").write_text('{"id": "t-0"}\n')
    with pytest.raises(GradusError, match=r"finished.jsonl, line 1: no samples .*remove the line"):
        draw_samples(job, Echo(), problems, job.state_folder())
