"""The journal of requests and the record of spending, as they are and as SQLite would keep them.

    python tests/bench/bench_tinker_records.py

For one request: it is noted before and after it gets its id and when it is paid for (journal); dollars are reserved,
charged and released (spending). SQLite is measured with a write-ahead log, which does not work on network file
systems, and with a rollback journal, which waits for the disk at every step. On two shared cores and a local disk a
journal takes 0.03 to 0.04 ms, 0.24 to 0.40 ms and 60 to 70 ms; spending takes 0.5 to 0.6 ms, 0.3 ms and 50 to 60 ms.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from quick import parsed

from gradus.tinker.journal import Journal
from gradus.tinker.spending import Spending

PRICES = {"made/up": {"prefill": 1.0, "sample": 2.0, "train": 3.0}}


class Silent:
    """What spending needs of a job."""

    name = "bench"

    def spend(self, dollars: float) -> None: ...

    def log(self, line: str) -> None: ...


class Sqlite:
    """Both in a database. Dollars that killed jobs had reserved would still need a lock for each job."""

    def __init__(self, path: Path, mode: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute(f"PRAGMA journal_mode={mode}")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("CREATE TABLE asked (key TEXT PRIMARY KEY, session TEXT, number INT, request TEXT, paid INT)")
        self._db.execute("CREATE TABLE calls (call TEXT UNIQUE, dollars REAL)")
        self._db.execute("CREATE TABLE sums (spent REAL, reserved REAL)")
        self._db.execute("INSERT INTO sums VALUES (0, 0)")

    def note(self, key: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO asked VALUES (?, 'session', 1, NULL, 0)", (key,))
        self._db.execute("UPDATE asked SET request = 'id' WHERE key = ?", (key,))
        self._db.execute("UPDATE asked SET paid = 1 WHERE key = ?", (key,))

    def spend(self, key: str) -> None:
        self._db.execute("UPDATE sums SET reserved = reserved + 0.01 WHERE spent + reserved + 0.01 <= 1e9")
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT OR IGNORE INTO calls VALUES (?, 0.01)", (key,))
        self._db.execute("UPDATE sums SET spent = spent + 0.01")
        self._db.execute("COMMIT")
        self._db.execute("UPDATE sums SET reserved = reserved - 0.01")


def milliseconds(step: Callable[[str], None], count: int) -> float:
    begin = time.perf_counter()
    for index in range(count):
        step(str(index))
    return (time.perf_counter() - begin) / count * 1000


def main(count: int) -> None:
    print("| kept in | journal, ms a request | spending, ms a request |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder, "asked.jsonl"))
        spending = Spending(Silent(), Path(folder, "spending.jsonl"), PRICES, 1e9)  # type: ignore[arg-type]

        def note(key: str) -> None:
            journal.asking(key, "session", 1)
            journal.given(key, "id")
            journal.answered(key)

        def spend(key: str) -> None:
            spending.reserve(0.01)
            spending.charge("made/up", sample=5000, call=key)
            spending.release(0.01)

        print(f"| lines of JSON | {milliseconds(note, count):.3f} | {milliseconds(spend, count):.3f} |", flush=True)
        for mode in ("WAL", "DELETE"):
            database = Sqlite(Path(folder, mode), mode)
            few = count if mode == "WAL" else max(1, count // 20)
            notes, spent = milliseconds(database.note, few), milliseconds(database.spend, few)
            print(f"| SQLite, {mode} | {notes:.3f} | {spent:.3f} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    main(parsed(parser, requests=20).requests)
