"""What the service's calls cost: prices, the study's record of them, and its ceiling.

Lines of JSON rather than SQLite: with a write-ahead log that takes half the time, but the jobs of a cluster share a
network file system, which has no such log, and without it a call waits 60 ms (tests/bench/bench_tinker_records.py).
"""

import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gradus.provenance.errors import GradusError
from gradus.provenance.job import Job
from gradus.tinker.prices import dollars
from gradus.tinker.reserved import Reserved

FILE = "spending.jsonl"


class Exceeded(GradusError):
    """The next call could pass the ceiling."""


class Spending:
    """The record `spending.jsonl` of a study: one line a paid call, appended by all its jobs at once, never rewritten.

    A line goes out in a single write to a file that is open for appending, so lines of several jobs never mix. The
    record outlives results: what was paid for a result that is gone was paid all the same.
    """

    def __init__(self, job: Job[Any], path: Path, prices: dict[str, dict[str, float]], ceiling: float | None) -> None:
        """`prices`: per model and kind of tokens, in dollars for a million. `ceiling`: in dollars; None for none."""
        self._job, self._path, self._prices, self.ceiling = job, path, prices, ceiling
        self._lock = threading.Lock()
        self._read = self._lines = 0
        self._total = 0.0
        self._unpriced: set[str] = set()
        self._calls: set[str] = set()
        self._reserved = Reserved(path.parent / ".state" / "reserved")

    def cost(self, model: str, prefill: int = 0, sample: int = 0, train: int = 0) -> float:
        """Dollars for so many tokens. A model without a price costs nothing, where no ceiling has to be kept.

        Raises GradusError where one has.
        """
        price = self._prices.get(model)
        if price is None:
            if self.ceiling is not None:
                raise GradusError(
                    f"tinker.prices has no {model}, so max_dollars ({self.ceiling:g}) cannot be kept: give its price "
                    "per million tokens, or set tinker.max_dollars to null"
                )
            if model not in self._unpriced:
                self._unpriced.add(model)
                self._job.log(f"tinker.prices has no {model}: its tokens are counted, its dollars are not")
            return 0.0
        return dollars(price, prefill, sample, train)

    def charge(self, model: str, prefill: int = 0, sample: int = 0, train: int = 0, call: str | None = None) -> float:
        """Record a call that was paid for, in the study's record and the job's ledger. Returns its dollars.

        A call whose id is in the record already, because the job was killed right after, is not recorded again.
        """
        dollars = self.cost(model, prefill, sample, train)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line: dict[str, Any] = {"time": now, "job": self._job.name, "model": model}
        line |= {"prefill": prefill, "sample": sample, "train": train, "dollars": dollars}
        line |= {"call": call} if call else {}
        with self._lock:
            if call is not None:
                self._catch_up()
            if call is None or call not in self._calls:
                descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
                try:
                    os.write(descriptor, (json.dumps(line) + "\n").encode())
                finally:
                    os.close(descriptor)
            self._job.spend(dollars)
        return dollars

    def total(self) -> float:
        """Dollars that the whole study has spent so far, by all its jobs."""
        with self._lock:
            self._catch_up()
            return self._total

    def _catch_up(self) -> None:
        """Read the lines that are new since the last time, by whichever job."""
        if not self._path.is_file():
            return
        with open(self._path, "rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # being written
                try:
                    row = json.loads(line)
                    self._total += float(row["dollars"])
                except (ValueError, KeyError, TypeError) as error:
                    raise GradusError(
                        f"{self._path}, line {self._lines + 1}: not a record of a call ({error}); correct or remove it"
                    ) from error
                self._read += len(line)
                self._lines += 1
                if "call" in row:
                    self._calls.add(row["call"])

    def reserve(self, dollars: float) -> bool:
        """Keep `dollars` free for a call until they are released. False, and nothing is kept, where the ceiling would
        be passed if this call and all that any job has in flight came to the most they can.
        """
        if self.ceiling is None:
            return True
        with self._lock, self._reserved.one_at_a_time():
            self._catch_up()
            if self._total + self._reserved.all() + dollars > self.ceiling:
                return False
            self._reserved.add(dollars)
        return True

    def release(self, dollars: float) -> None:
        """Let go of what was reserved. An answered call is charged before that, so that it never counts as nothing."""
        if self.ceiling is not None:
            with self._lock, self._reserved.one_at_a_time():
                self._reserved.add(-dollars)

    def has_room(self, dollars: float) -> bool:
        """Whether so much more stays within the ceiling, as far as it is spent."""
        return self.ceiling is None or self.total() + dollars <= self.ceiling

    def expect(self, dollars: float, what: str = "the next call") -> None:
        """Raise Exceeded where `dollars` more could pass the ceiling. Save what there is before asking."""
        if not self.reserve(dollars):
            raise self.exceeded(dollars, what)
        self.release(dollars)

    def exceeded(self, dollars: float, what: str) -> Exceeded:
        with self._lock, self._reserved.one_at_a_time():
            self._catch_up()
            reserved = self._reserved.all()
        in_flight = f"calls in flight can cost {reserved:.2g}, " if reserved > 0 else ""
        return Exceeded(
            f"tinker.max_dollars: {self._total:.4g} of {self.ceiling:g} dollars are spent, {in_flight}and {what} may "
            f"cost {dollars:.2g} more; what is finished is kept: raise tinker.max_dollars and run again to resume from "
            "here"
        )


def read_spending(folder: Path) -> list[dict[str, Any]]:
    """All recorded calls of the study whose results are in `folder`."""
    path = folder / FILE
    return [json.loads(line) for line in path.read_text().splitlines() if line] if path.is_file() else []
