"""A job that is run in the test's own process."""

from collections.abc import Callable

import pytest

from gradus.provenance.job import Job, run
from gradus.specs.base import JobSettings

SPEC = {
    "stage": "sft",
    "name": "models/sft",
    "modules": ["gradus.training.torch.sft"],
    "settings": {"epochs": 3},
    "fingerprint": "abc",
}


class Epochs(JobSettings):
    epochs: int


def code_of(build: Callable[[Job[Epochs]], None]) -> object:
    with pytest.raises(SystemExit) as caught:
        run(build, Epochs)
    return caught.value.code
