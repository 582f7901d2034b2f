"""Another number of samples: what was drawn before is not drawn again."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gradus.problems.pocket.generate import generate_problems
from gradus.problems.problem import Problem
from gradus.problems.table import write_problems
from gradus.provenance.files import sha256_file, write_text
from gradus.provenance.job import Job
from gradus.sampling import job as sampling_job
from gradus.sampling.former import NOTE, SAMPLES, drawn_before, keep_former
from gradus.sampling.sampler import Answer
from gradus.sampling.samples import Sample, read_samples, write_samples
from gradus.specs.sampling import SampleBenchmarkSpec
from sampling.sample_jobs import sample_job


class Echo:
    """Answers a question with its seed."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def render(self, messages: Sequence[Any]) -> str:
        return str(messages)

    def sample(self, conversations: Sequence[Any], *, seeds: Sequence[int], **_: Any) -> list[Answer]:
        self.asked += seeds
        return [
            Answer(f"{seed} {c[-1]['content']}", 5, 7, "stop") for c, seed in zip(conversations, seeds, strict=True)
        ]


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    monkeypatch.chdir(tmp_path)
    found = generate_problems(name="t", split="train", size=5, levels=[1], family="familiar", seed=0)
    write_problems(tmp_path / "problems.parquet", found)
    write_text(tmp_path / "model.json", "weights")
    return found


def job_for(folder: Path, samples: int, **changes: Any) -> Job[SampleBenchmarkSpec]:
    job = sample_job(folder, samples, **changes)
    job._paths |= {"problems": ["problems.parquet"], "weights": ["model.json"], "out": [str(folder / "out.parquet")]}
    return job


def draw(
    job: Job[SampleBenchmarkSpec], problems: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> tuple[Echo, list[Sample]]:
    """What the sampler was asked, and the samples that the job wrote."""
    echo = Echo()
    monkeypatch.setattr(sampling_job, "open_model", lambda weights: type("Model", (), {"check": lambda self: None})())
    monkeypatch.setattr(sampling_job, "open_sampler", lambda job, model: echo)
    sampling_job.sample_problems(job, problems)
    return echo, read_samples(job.path("out"))


def keep(job: Job[SampleBenchmarkSpec], inputs: Sequence[str] = ("problems.parquet", "model.json")) -> None:
    """As a build does before it writes another spec."""
    spec = Path(job.spec_path).read_bytes()
    keep_former(job.results, job.name, spec, {path: sha256_file(path) for path in inputs}, job.path("out"))
    job.path("out").unlink()


def test_more_samples_draw_what_is_missing_and_are_those_of_a_fresh_job(
    tmp_path: Path, problems: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, fresh = draw(job_for(tmp_path / "fresh", 3), problems, monkeypatch)
    first = job_for(tmp_path, 2)
    draw(first, problems, monkeypatch)
    keep(first)
    more = job_for(tmp_path, 3)
    echo, samples = draw(more, problems, monkeypatch)
    assert len(echo.asked) == len(problems)
    assert samples == fresh
    more.clear()
    assert not list((more.results / ".state").iterdir())


def test_fewer_samples_load_no_model_and_are_the_first_of_those_that_there_are(
    tmp_path: Path, problems: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, fresh = draw(job_for(tmp_path / "fresh", 2), problems, monkeypatch)
    first = job_for(tmp_path, 4)
    draw(first, problems, monkeypatch)
    keep(first)
    fewer = job_for(tmp_path, 2)
    monkeypatch.setattr(sampling_job, "open_model", lambda weights: pytest.fail("a model was loaded"))
    sampling_job.sample_problems(fewer, problems)
    assert read_samples(fewer.path("out")) == fresh
    assert "4 samples of each problem were drawn before" in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("changed", ["temperature", "weights", "problems", "torn"])
def test_what_was_drawn_otherwise_is_drawn_again(
    tmp_path: Path, problems: list[Problem], monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    first = job_for(tmp_path, 2)
    draw(first, problems, monkeypatch)
    keep(first)
    (note,) = (first.results / ".state").glob(f"*/{NOTE}")
    if changed == "weights":
        write_text("model.json", "others")
    elif changed == "problems":
        write_problems("problems.parquet", problems[:4])
    elif changed == "torn":
        note.with_name(SAMPLES).write_bytes(b"PAR1")
    job = job_for(tmp_path, 3, **({"max_tokens": 8} if changed == "temperature" else {}))
    assert drawn_before(job).each == 0
    echo, samples = draw(job, problems, monkeypatch)
    assert len(echo.asked) == len(samples) == 15


def test_a_note_tells_the_spec_without_the_number(tmp_path: Path, problems: list[Problem]) -> None:
    job = job_for(tmp_path, 2)
    write_samples(job.path("out"), [Sample(problem.id, 0, "", 1, "stop", 0) for problem in problems])
    keep(job)
    digest = hashlib.sha256(Path(job.spec_path).read_bytes()).hexdigest()[:16]
    assert (job.results / f".state/samples.a-{digest}" / SAMPLES).is_file()
