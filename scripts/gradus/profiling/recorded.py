"""Some steps of an experiment's training under `torch.profiler`: a trace, a table of ranges, and memory over time."""

import gzip
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch._C._profiler import _ExperimentalConfig
from torch.profiler import ProfilerActivity
from torch.profiler import profile as torch_profile

from gradus.profiling.memory import device_name
from gradus.profiling.ranges import RangeTime, range_times
from gradus.profiling.training import MeasuredJob, Step

TRACE, MEMORY = "trace.json.gz", "memory.pickle"

MEMORY_ENTRIES = 200_000
"""Allocations and frees that are kept, the last ones: a step of a model of 4B parameters makes some ten thousand."""


@dataclass(frozen=True)
class Profile:
    """Of so many steps; `device` says of what."""

    experiment: str
    device: str
    steps: Sequence[Step]
    ranges: Sequence[RangeTime]

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)

    def rates(self) -> dict[str, float]:
        """Tokens per second by phase: those that were written while rollouts were drawn, those that were read and
        written while the policy was trained on them, and both over the whole step."""
        read, written = (sum(getattr(step, key) for step in self.steps) for key in ("read", "written"))
        seconds = {one.name: one.seconds for one in self.ranges}
        updating = seconds.get("policy_update") or sum(
            seconds.get(name, 0.0) for name in ("forward", "backward", "optimizer_step")
        )
        rates = {"step": (read + written) / self.seconds}
        if generating := seconds.get("rollout_generation"):
            rates["rollouts"] = written / generating
        return rates | ({"update": (read + written) / updating} if updating else {})

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"seconds": self.seconds, "tokens_per_second": self.rates()}


def profiled(job: MeasuredJob, recorded: "Recorded", scratch: Path) -> Profile:
    """Train under the profiler that `job` has around its steps."""
    steps = job.train(scratch, {})
    return Profile(job.name.partition("/")[2], device_name(), steps, recorded.ranges)


class Recorded:
    """What the profiler leaves in a folder: `trace.json.gz`, for chrome://tracing and ui.perfetto.dev, and with a GPU
    `memory.pickle`, for pytorch.org/memory_viz. ranges: their times, once it has ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ranges: list[RangeTime] = []

    @contextmanager
    def recording(self) -> Generator[None]:
        gpu = torch.cuda.is_available()
        activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if gpu else [])]
        # Rollouts of the next step are drawn by a thread of their own.
        profiler = torch_profile(
            activities=activities, experimental_config=_ExperimentalConfig(profile_all_threads=True)
        )
        if gpu:
            torch.cuda.memory._record_memory_history(max_entries=MEMORY_ENTRIES)
        profiler.start()
        try:
            yield
        finally:
            if gpu:
                torch.cuda.synchronize()
            profiler.stop()
            if gpu:
                torch.cuda.memory._dump_snapshot(str(self._folder / MEMORY))
                torch.cuda.memory._record_memory_history(enabled=None)
        started: Any = profiler.profiler
        result = started.kineto_results
        self.ranges = range_times(result.events(), gpu)
        _save_trace(result, self._folder / TRACE)


def _save_trace(result: Any, path: Path) -> None:
    plain = path.with_suffix("")
    result.save(str(plain))
    with open(plain, "rb") as trace, gzip.open(path, "wb", compresslevel=3) as packed:
        shutil.copyfileobj(trace, packed)
    os.remove(plain)
