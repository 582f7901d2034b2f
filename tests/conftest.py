"""What all tests share."""

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A shell has what runs in its background ignore Ctrl-C, and everything that is started from there: here it is noticed.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, and no failure because a machine is busy.
settings.register_profile("gradus", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gradus")

LONGEST = (
    "slurm/test_slurm.py",
    "graph/test_miniatures.py",
    "documentation/test_commands.py",
    "tinker/test_study.py",
    "graph/test_same_bytes.py",
    "training/rollouts/test_colocate.py",
    "sampling/vllm/test_job.py",
    "sampling/vllm/test_engine.py",
    "graph/test_reruns.py",
    "graph/test_edits_during_builds.py",
    "graph/test_contamination.py",
    "graph/test_killed_anywhere.py",
    "hub/test_builds.py",
    "extending/test_examples.py",
    "graph/test_renaming.py",
)
"""Files that take minutes. They begin first, so that no worker has one left when the others have ended."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {Path(__file__).parent / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))
