"""The tinker sampler with the real client, where nothing goes wrong, and where weights are not to be had."""

from pathlib import Path

import pytest
from jobs import Jobs, job_at
from serving import KEY, NAME, Server

from gradus.models.positions import positions
from gradus.problems.problem import Problem
from gradus.problems.table import read_problems
from gradus.provenance.errors import GradusError
from gradus.provenance.files import write_json
from gradus.provenance.job import Job
from gradus.sampling.draw import draw_samples, open_sampler
from gradus.sampling.samples import Sample
from gradus.sampling.tinker.sampler import trained_weights
from gradus.specs.sampling import Drawn
from gradus.tinker.requests import Question, Requests
from gradus.tinker.service import Service
from model_folders import model_of

RECORD = {"base_model": NAME, "rank": 8, "state": "tinker://a/weights/b", "sampler": "tinker://a/sampler_weights/b"}
RECORD |= {"expires": "2026-01-01T00:00:00+00:00", "url": "http://here"}


def drawn(job: Job[Drawn], base: Path, problems: list[Problem], state: Path) -> list[Sample]:
    state.mkdir()
    return draw_samples(job, open_sampler(job, model_of(base / "tokenizer.json")), problems, state)


@pytest.mark.slow
def test_answers_depend_on_the_problem_and_neither_on_order_nor_on_company(
    server: Server, jobs: Jobs, tiny_base: Path, tmp_path: Path
) -> None:
    problems = read_problems(jobs.folder / "train.parquet")
    together = drawn(job_at(tmp_path, server.url), tiny_base, problems, tmp_path / "together")
    assert [(sample.id, sample.sample) for sample in together] == [(p.id, n) for p in problems for n in range(2)]
    assert len({sample.text for sample in together}) > len(problems)
    one_by_one = job_at(tmp_path, server.url, concurrency=1)
    assert drawn(one_by_one, tiny_base, problems[4::-1], tmp_path / "alone") == [
        sample for problem in problems[4::-1] for sample in together if sample.id == problem.id
    ]


@pytest.mark.slow
def test_a_run_leaves_the_key_nowhere(jobs: Jobs) -> None:
    jobs.sampling().succeed()
    found = [path for path in jobs.folder.rglob("*") if path.is_file()]
    assert {"spending.jsonl", "job.log", "test.parquet", "service.json"} <= {path.name for path in found}
    for path in found:
        assert KEY.encode() not in path.read_bytes(), path


@pytest.mark.slow
def test_prompts_are_scored_as_a_sample_was(server: Server, tmp_path: Path) -> None:
    requests = Requests.open(Service.open(job_at(tmp_path, server.url)))
    prompt = [5, 6, 7, 8]
    (written,) = requests.ask([Question("a", prompt, seed=3, max_tokens=24)]).all()[0].sequences
    whole = [*prompt, *written.tokens]
    (scored,) = requests.ask([Question("b", whole, seed=0, max_tokens=1, prompt_logprobs=True)]).all()
    assert scored.prompt_logprobs[0] is None
    assert scored.prompt_logprobs[len(prompt) :] == pytest.approx(written.logprobs, abs=1e-3)


@pytest.mark.slow
def test_what_the_service_does_not_have_is_named(server: Server, tmp_path: Path) -> None:
    job = job_at(tmp_path, server.url)
    path = "tinker://nobody/sampler_weights/none"
    with pytest.raises(GradusError, match=f"opening {path}: the service does not have it, .*train again, or evaluate"):
        Requests.open(Service.open(job), path)
    other = job_at(tmp_path, server.url, "gradus/tinny")
    with pytest.raises(GradusError, match=rf"gradus/tinny is not offered by {server.url}; the nearest that is: {NAME}"):
        Service.open(other)


def test_a_study_without_settings_of_the_service(tmp_path: Path) -> None:
    job = job_at(tmp_path, "http://here")
    (tmp_path / "results/x/service.json").unlink()
    with pytest.raises(GradusError, match=r"results/x/service.json: no such file; `snakemake -n` writes it"):
        Service.open(job)


def test_a_ceiling_needs_the_models_price_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(GradusError, match=f"tinker.prices has no {NAME}"):
        Service.open(job_at(tmp_path, "http://127.0.0.1:9", max_dollars=1.0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "the service kept the weights until 2026-01-01T00:00:00"),
        ({"base_model": "other"}, "an adapter of other"),
        ({"url": "http://there"}, "trained at http://there"),
        ({"rank": None, "more": 1}, "not the record of a training on tinker"),
    ],
)
def test_a_checkpoint_that_cannot_be_sampled_says_why_and_what_can(tmp_path: Path, change: dict, words: str) -> None:
    record = tmp_path / "models/rl/tinker.json"
    write_json(record, RECORD | change)

    class Here:
        model, url = NAME, "http://here"

    with pytest.raises(GradusError) as caught:
        trained_weights(record, Here)  # type: ignore[arg-type]
    assert str(caught.value).startswith(f"{record}: {words}")
    assert str(caught.value).endswith("evaluate it with a sampler that runs here")


def test_positions_are_the_least_that_is_known(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"text_config": {"max_position_embeddings": 4096}})
    assert positions(tmp_path, None) == 4096
    assert positions(tmp_path, 1024) == 1024
    write_json(tmp_path / "config.json", {"model_type": "gpt2", "n_positions": 1024})
    assert positions(tmp_path, None) == 1024
    write_json(tmp_path / "config.json", {})
    assert positions(tmp_path, 1024) == 1024
    with pytest.raises(GradusError, match="names no max_position_embeddings"):
        positions(tmp_path, None)
