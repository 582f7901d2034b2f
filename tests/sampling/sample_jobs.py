"""Jobs that draw samples, for tests of how these are kept."""

from pathlib import Path

from gradus.provenance.files import write_json
from gradus.provenance.job import Job


def sample_job(folder: Path, samples: int) -> Job:
    """A job with seed 3 that draws so many samples a problem, of at most 9 tokens at temperature 0.7."""
    prompt = {"system": "", "suffix": "", "few_shot": []}
    settings = {"seed": 3, "samples": samples, "max_tokens": 9, "temperature": 0.7, "prompt": prompt}
    path = folder / "results/x/specs/samples/a.json"
    write_json(path, {"settings": settings, "stage": "samples", "name": "samples/a"})
    return Job(str(path), {})
