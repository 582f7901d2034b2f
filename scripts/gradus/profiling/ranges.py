"""How long the ranges of a training step took, from what `torch.profiler` recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

from torch.autograd import DeviceType

from gradus.training.spans import Range


@dataclass(frozen=True)
class RangeTime:
    """All calls of a range together.

    seconds: on the clock of the thread that it ran in. gpu_seconds: from the first kernel of a call to its last; None
    where no GPU was used. depth: in how many other ranges all of its calls were. beside: in another thread than the
    one that trains.
    """

    name: Range
    calls: int
    seconds: float
    gpu_seconds: float | None
    depth: int
    beside: bool = False


@dataclass(frozen=True)
class _Call:
    thread: int
    begin: int
    end: int

    def has(self, other: "_Call") -> bool:
        return self.thread == other.thread and self.begin <= other.begin and other.end <= self.end


def range_times(events: Iterable[Any], uses_gpu: bool) -> list[RangeTime]:
    """From Kineto's events: thread by thread in the order in which ranges began, so outer ones before inner ones."""
    calls: dict[Range, list[_Call]] = {}
    gpu_ns: dict[Range, int] = {}
    names = {str(name): name for name in get_args(Range)}
    for event in events:
        if (name := names.get(event.name())) is None:
            continue
        if event.device_type() == DeviceType.CPU:
            begin = event.start_ns()
            calls.setdefault(name, []).append(_Call(event.start_thread_id(), begin, begin + event.duration_ns()))
        else:
            gpu_ns[name] = gpu_ns.get(name, 0) + event.duration_ns()
    first = {name: min(found, key=lambda call: call.begin) for name, found in calls.items()}
    threads = {call.thread: call.begin for call in sorted(first.values(), key=lambda call: -call.begin)}
    trains = first.get("optimizer_step", next(iter(first.values()), None))
    return [
        RangeTime(
            name,
            len(calls[name]),
            sum(call.end - call.begin for call in calls[name]) / 1e9,
            gpu_ns.get(name, 0) / 1e9 if uses_gpu else None,
            sum(_is_within(calls[name], others) for other, others in calls.items() if other != name),
            trains is not None and first[name].thread != trains.thread,
        )
        for name in sorted(calls, key=lambda name: (threads[first[name].thread], first[name].begin))
    ]


def _is_within(inner: list[_Call], outer: list[_Call]) -> bool:
    return all(any(one.has(call) for one in outer) for call in inner)
