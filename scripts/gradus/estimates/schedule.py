"""How long jobs take together: they wait for each other, and for cores, GPUs and places.

List scheduling: whenever something ends, what is ready begins, as far as it fits, and first what most work waits for.
Snakemake decides otherwise where several jobs are ready, which matters little once all cores are busy.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Task:
    """One job.

    seconds: of its work.
    before: names of the jobs that it waits for; those that are no task are done.
    uses: how much it takes of what is limited, such as cores, as long as it runs.
    loads: jobs for which this is the same, and not empty, are done in processes that have loaded it: the first of them
    takes `load_seconds` more.
    runs: it has begun already; seconds are those left.
    """

    name: str
    seconds: float
    before: tuple[str, ...] = ()
    uses: Mapping[str, float] = field(default_factory=dict)
    loads: str = ""
    load_seconds: float = 0.0
    runs: bool = False


def wall_seconds(tasks: Iterable[Task], limits: Mapping[str, float]) -> float:
    """Until all are done, with so much of each thing at a time; what is not in `limits` is not limited.

    A task that asks for more than there is gets all of it. Raises ValueError where tasks wait for each other.
    """
    planned = {task.name: task for task in tasks}
    return _Simulation(planned, limits).run()


def critical_seconds(tasks: Iterable[Task]) -> float:
    """The longest chain of tasks that wait for each other: what no number of cores undercuts."""
    planned = {task.name: task for task in tasks}
    return max(_tails(planned).values(), default=0.0)


def used_seconds(tasks: Iterable[Task], what: str) -> dict[str, float]:
    """By name, how much of a thing each task takes for how long; what is loaded once counts for the first that asks."""
    used, loaded = dict[str, float](), {""}
    for task in tasks:
        loads = task.load_seconds if task.loads not in loaded or not task.loads else 0.0
        loaded.add(task.loads)
        used[task.name] = task.uses.get(what, 0) * (task.seconds + loads)
    return used


class _Simulation:
    def __init__(self, tasks: Mapping[str, Task], limits: Mapping[str, float]) -> None:
        self._tasks, self._free = tasks, dict(limits)
        self._uses = {name: self._within(task.uses, limits) for name, task in tasks.items()}
        self._loaded: set[str] = set()
        self._after, self._waiting = _order(tasks)
        tails = _tails(tasks)
        self._rank: Callable[[str], tuple[bool, float, str]] = lambda name: (not tasks[name].runs, -tails[name], name)
        self._ends: list[tuple[float, str]] = []

    def run(self) -> float:
        ready = [(self._rank(name), name) for name, count in self._waiting.items() if not count]
        heapq.heapify(ready)
        now = 0.0
        while ready or self._ends:
            ready = self._begin(ready, now)
            now, name = heapq.heappop(self._ends)
            ended = [name]
            while self._ends and self._ends[0][0] <= now:
                ended.append(heapq.heappop(self._ends)[1])
            for name in ended:
                self._give_back(name)
                for later in self._after[name]:
                    self._waiting[later] -= 1
                    if not self._waiting[later]:
                        heapq.heappush(ready, (self._rank(later), later))
        return now

    def _begin(self, ready: list[tuple[tuple[bool, float, str], str]], now: float) -> list:
        """Begin what fits; returns what is left. Where something is used up that all tasks need, none is looked at."""
        left = []
        while ready and not self._is_full():
            each = heapq.heappop(ready)
            if self._fits(each[1]):
                self._take(each[1], now)
            else:
                left.append(each)
        for each in left:
            heapq.heappush(ready, each)
        return ready

    def _take(self, name: str, now: float) -> None:
        task = self._tasks[name]
        for what, much in self._uses[name].items():
            self._free[what] -= much
        loads = 0.0 if task.loads and task.loads in self._loaded else task.load_seconds
        self._loaded.add(task.loads)
        heapq.heappush(self._ends, (now + task.seconds + loads, name))

    def _give_back(self, name: str) -> None:
        for what, much in self._uses[name].items():
            self._free[what] += much

    def _fits(self, name: str) -> bool:
        return all(much <= self._free[what] for what, much in self._uses[name].items())

    def _is_full(self) -> bool:
        return any(self._free.get(what, 1) <= 0 for what in ("cores", "places"))

    @staticmethod
    def _within(uses: Mapping[str, float], limits: Mapping[str, float]) -> dict[str, float]:
        return {what: min(much, limits[what]) for what, much in uses.items() if what in limits and much > 0}


def _order(tasks: Mapping[str, Task]) -> tuple[dict[str, list[str]], Counter[str]]:
    """What waits for each task, and for how many each task waits."""
    after: dict[str, list[str]] = defaultdict(list)
    waiting: Counter[str] = Counter(dict.fromkeys(tasks, 0))
    for name, task in tasks.items():
        for before in set(task.before) & tasks.keys():
            after[before].append(name)
            waiting[name] += 1
    return after, waiting


def _tails(tasks: Mapping[str, Task]) -> dict[str, float]:
    """Seconds of the longest chain that begins with each task."""
    after, waiting = _order(tasks)
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for later in after[name]:
            waiting[later] -= 1
            if not waiting[later]:
                order.append(later)
    if len(order) < len(tasks):
        raise ValueError(f"these wait for each other: {sorted(tasks.keys() - set(order))[:5]}")
    tails: dict[str, float] = {}
    for name in reversed(order):
        longest = max((tails[later] for later in after[name]), default=0.0)
        tails[name] = tasks[name].seconds + longest
    return tails
