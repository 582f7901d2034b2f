"""Jobs that draw samples, for tests of how these are kept and asked for."""

from pathlib import Path
from typing import Any

from gradus.provenance.job import Job
from gradus.specs.models import ServiceModel, WeightsSpec
from gradus.specs.prompts import PromptSpec
from gradus.specs.sampling import SampleBenchmarkSpec
from gradus.specs.service import ServiceFile
from typed_jobs import typed_job

PROMPT = PromptSpec(system=None, few_shot=[], suffix="")

SampleJob = Job[SampleBenchmarkSpec]


def sample_job(folder: Path, samples: int, service: str | None = None, **changes: Any) -> SampleJob:
    """A job with seed 3 that draws so many samples a problem, of at most 9 tokens at temperature 0.7.

    service: the name of its model at a service, by the sampler there. `folder`/log is its log.
    """
    sampler = "torch" if service is None else "tinker"
    settings = SampleBenchmarkSpec(
        weights=WeightsSpec(dense="base"),
        sampler=sampler,
        prompt=PROMPT,
        samples=samples,
        temperature=0.7,
        max_tokens=9,
        seed=3,
        service=None if service is None else ServiceModel(model=service),
    )
    settings, module = settings.model_copy(update=changes), f"gradus.sampling.{sampler}.sampler"
    return typed_job(folder / "results/x", "samples/a", settings, {"log": [folder / "log"]}, [module])


def made_service(**changes: Any) -> ServiceFile:
    """What a job finds of a service: 8 requests at once, no ceiling, no prices."""
    made = ServiceFile(
        url="http://made.up",
        max_dollars=None,
        concurrency=8,
        checkpoint_seconds=86_400,
        expected_share=0.5,
        models=[],
        prices_dated="",
        prices={},
        retired={},
        replaced_by={},
    )
    return made.model_copy(update=changes)


def write_service(folder: Path, **changes: Any) -> None:
    """Write that into the folder of a study's results."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "service.json").write_text(made_service(**changes).model_dump_json(), encoding="utf-8")
