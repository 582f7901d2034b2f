"""Which settings a sweep tries."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from gradus.profiling.training import TrainingSpec
from gradus.specs.training import GrpoSpec
from gradus.study.settings.profiling import Sweep
from gradus.training.capabilities import backend_capabilities, network_of

Changes = Mapping[str, Any]
"""Settings of an experiment that a row changes."""

DECIDE_RESULTS = ("group_size", "batch_size", "max_tokens", "max_length")
"""The others are a matter of memory and time alone."""

MOST = {"group_size": 256, "max_tokens": 1_048_576, "max_length": 1_048_576}


def combinations(settings: TrainingSpec, sweep: Sweep) -> list[Changes]:
    """Each value of each setting with each of the others; what decides nothing under the backend is left out."""
    values = {key: _values(key, settings, sweep) for key in _levers(settings)}
    if "micro_batch" not in values:
        return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]
    # Which numbers of rows divide a batch depends on the batch.
    del values["micro_batch"]
    return [
        changes | {"micro_batch": rows}
        for chosen in product(*values.values())
        for changes in [dict(zip(values, chosen, strict=True))]
        for rows in sweep.micro_batch or _divisors(settings, changes)
        if _batch(settings, changes) % rows == 0
    ]


def larger(settings: TrainingSpec, changes: Changes, doublings: int) -> Iterator[list[Changes]]:
    """For the memory test: each setting that a user would like to be larger, doubled again and again."""
    for key in ("group_size", "max_tokens") if isinstance(settings, GrpoSpec) else ("max_length",):
        now = changes.get(key, getattr(settings, key))
        if isinstance(now, str):  # a percentile of what is there
            continue
        doubled = [now * 2**n for n in range(1, doublings + 1)]
        yield [{**changes, key: value} for value in doubled if value <= MOST[key]]


def _levers(settings: TrainingSpec) -> list[str]:
    network = network_of(settings)
    ignored = {*backend_capabilities(settings.backend).ignored, *(network.ignored if network else ())}
    keys = ["micro_batch_tokens", "micro_batch", "gradient_checkpointing", "batch_size"]
    keys += ["group_size"] if isinstance(settings, GrpoSpec) else []
    return [key for key in keys if key not in ignored]


def _values(key: str, settings: TrainingSpec, sweep: Sweep) -> list[Any]:
    if (chosen := getattr(sweep, key)) is not None:
        return list(chosen)
    if key == "micro_batch_tokens":
        network = network_of(settings)
        now = settings.micro_batch_tokens or (network.passes.tokens if network and network.passes else 4096)
        return [max(1, now // 2), now, 2 * now, 4 * now]
    return [getattr(settings, key)]


def _batch(settings: TrainingSpec, changes: Changes) -> int:
    """Rows of a step."""
    rows = changes.get("batch_size", settings.batch_size)
    return rows * changes.get("group_size", settings.group_size) if isinstance(settings, GrpoSpec) else rows


def _divisors(settings: TrainingSpec, changes: Changes) -> list[int]:
    batch = _batch(settings, changes)
    return [rows for rows in range(batch, 0, -1) if batch % rows == 0][:4]
