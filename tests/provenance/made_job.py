"""A job that is run in the test's own process."""

from collections.abc import Callable

import pytest

from gradus.provenance.job import Job, run

SPEC = {
    "stage": "sft",
    "name": "models/sft",
    "script": "train_sft.py",
    "modules": ["gradus.training.torch.sft"],
    "settings": {"epochs": 3},
    "fingerprint": "abc",
}


def code_of(build: Callable[[Job], None]) -> object:
    with pytest.raises(SystemExit) as caught:
        run(build)
    return caught.value.code
