"""Which requests were asked, so that a job that was killed collects their answers instead of asking again.

Lines of JSON rather than SQLite, which takes 6 to 12 times as long for a request with a write-ahead log, does not have
that log on network file systems, and waits 60 ms for the disk without it (tests/bench/bench_tinker_records.py).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from gradus.provenance.errors import GradusError
from gradus.provenance.files import whole_lines


@dataclass
class Asked:
    """A request in flight: its sampling session and number in it, and the id that the service gave it.

    The service makes the id from the first two. Where the job was killed before it got the id, the same request with
    the same two is the same request.
    """

    session: str
    number: int
    request: str | None = None
    paid: bool = False


class Journal:
    """A file with a line for each step of each request: asking, the id it was given, paid. None keeps no file."""

    def __init__(self, path: Path | None) -> None:
        self._asked: dict[str, Asked] = {}
        self._file: TextIO | None = None
        if path is not None:
            self._read(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115 closed with the process

    def _read(self, path: Path) -> None:
        for line in whole_lines(path):
            try:
                step = json.loads(line)
                if "session" in step:
                    self._asked[step["key"]] = Asked(step["session"], step["number"])
                elif "request" in step:
                    self._asked[step["key"]].request = step["request"]
                else:
                    self._asked[step["key"]].paid = True
            except (ValueError, KeyError) as error:
                raise GradusError(f"{path}: not a journal of requests ({error}); remove it and run again") from error

    def asked(self, key: str) -> Asked | None:
        """What is known of the request named `key`; None when it was never asked."""
        return self._asked.get(key)

    def asking(self, key: str, session: str, number: int) -> Asked:
        """Note that `key` is about to be asked; what was noted of it before is forgotten."""
        self._asked[key] = Asked(session, number)
        self._append({"key": key, "session": session, "number": number})
        return self._asked[key]

    def given(self, key: str, request: str) -> None:
        """Note the id that the service gave the request."""
        self._asked[key].request = request
        self._append({"key": key, "request": request})

    def answered(self, key: str) -> None:
        """Note that the answer came and was paid for: it is not paid again where it has to be collected twice.

        Without a file nothing is collected twice, and the key is free again.
        """
        if self._file is None:
            del self._asked[key]
        elif not self._asked[key].paid:
            self._asked[key].paid = True
            self._append({"key": key, "paid": True})

    def _append(self, step: dict[str, object]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(step) + "\n")
            self._file.flush()
