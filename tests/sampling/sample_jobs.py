"""Jobs that draw samples, for tests of how these are kept."""

from pathlib import Path

from gradus.provenance.job import Job
from gradus.specs.models import WeightsSpec
from gradus.specs.prompts import PromptSpec
from gradus.specs.sampling import SampleBenchmarkSpec
from typed_jobs import typed_job

SampleJob = Job[SampleBenchmarkSpec]


def sample_job(folder: Path, samples: int) -> SampleJob:
    """A job with seed 3 that draws so many samples a problem, of at most 9 tokens at temperature 0.7."""
    settings = SampleBenchmarkSpec(
        weights=WeightsSpec(dense="base"),
        sampler="torch",
        prompt=PromptSpec(system=None, few_shot=[], suffix=""),
        samples=samples,
        temperature=0.7,
        max_tokens=9,
        seed=3,
    )
    return typed_job(folder / "results/x", "samples/a", settings)
