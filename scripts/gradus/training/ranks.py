"""The processes that train one model together, a GPU each: which of them this is, and what they tell each other.

Every rank runs the same loop. It draws its share of a step's groups and computes its share of the passes; what decides
anything is known to all of them, so that they do the same and the result does not depend on their number but for
rounding. A process by itself is the trivial case.
"""

import contextlib
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import distributed

from gradus.provenance.rank_job import is_rank

T = TypeVar("T")

LONGEST_WAIT = timedelta(hours=4)
"""For another rank, which may be drawing long completions or writing a checkpoint. A rank that dies ends all at once,
see `gradus.provenance.ranks`."""


@dataclass(frozen=True)
class Ranks:
    """number: of this process, from 0. together: whether it is one of a group at all, though it be of one."""

    number: int = 0
    count: int = 1
    together: bool = False

    @classmethod
    def join(cls) -> "Ranks":
        """Those that this process was started as one of, or has joined already."""
        if is_rank() and not distributed.is_initialized():
            if torch.cuda.is_available():
                torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
            backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
            distributed.init_process_group(backend, timeout=LONGEST_WAIT)
            torch.manual_seed(
                torch.initial_seed() + distributed.get_rank()
            )  # what drops out is of each rank's own rows
        if not distributed.is_initialized():
            return cls()
        return cls(distributed.get_rank(), distributed.get_world_size(), True)

    @staticmethod
    def leave() -> None:
        """At the end of work that has gone well, so that no rank is missed while it ends."""
        if distributed.is_initialized():
            distributed.destroy_process_group()

    @property
    def is_first(self) -> bool:
        """It alone writes files, logs and records."""
        return self.number == 0

    @property
    def device(self) -> torch.device:
        return torch.device("cuda", torch.cuda.current_device()) if torch.cuda.is_available() else torch.device("cpu")

    def share(self, items: Sequence[T]) -> list[T]:
        """This rank's part: every `count`-th of them."""
        return list(items[self.number :: self.count])

    def gather(self, part: Sequence[T]) -> list[T]:
        """What all have made of their shares, in the order of the items. They are pickled, and may be of any type."""
        if self.count == 1:
            return list(part)
        parts: list[Any] = [None] * self.count
        distributed.all_gather_object(parts, list(part))
        return [parts[i % self.count][i // self.count] for i in range(sum(map(len, parts)))]

    def deal(self, passes: Sequence[list[T]]) -> list[tuple[list[T], bool]]:
        """This rank's passes through the model, as many as every other rank has, since all make them together.

        Passes are lists of rows. They are divided further until there are as many for each rank; where there are too
        few rows for that, the shortest is repeated with False: nothing of it is to count.
        """
        passes = list(passes)
        while len(passes) % self.count and max(map(len, passes)) > 1:
            longest = max(range(len(passes)), key=lambda place: len(passes[place]))
            rows = passes[longest]
            passes[longest : longest + 1] = [rows[: -(-len(rows) // 2)], rows[-(-len(rows) // 2) :]]
        mine = [(rows, True) for rows in self.share(passes)]
        most = -(-len(passes) // self.count)
        return mine + [(rows, False) for rows in passes[-1:]] * (most - len(mine))

    def sums(self, *values: float) -> list[float]:
        """Of what each rank has found in its share."""
        if self.count == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64)
        distributed.all_reduce(total)
        return total.tolist()

    def any(self, flag: bool) -> bool:
        """Whether it is so for one of them."""
        return self.sums(float(flag))[0] > 0

    def wait(self) -> None:
        """Until all of them are here."""
        self.sums(0.0)

    @contextlib.contextmanager
    def first_before_others(self) -> Generator[None]:
        """The first goes through the block alone, so that the others find the files that it makes."""
        if not self.is_first:
            self.wait()
        yield
        if self.is_first:
            self.wait()


ALONE = Ranks()
