"""What goes wrong between a client and its server: a proxy on loopback that fails as it is told."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Literal

from loopback import serving

Kind = Literal["refuse", "fail", "cut", "slow"]


@dataclass
class Fault:
    """Calls whose path ends with `call` go wrong, `times` times, after `after` that do not.

    `refuse` answers with the status and asks nothing of the server; `fail` asks it, and answers with the status all
    the same; `cut` breaks the server's reply off in its middle; `slow` waits before it asks.
    """

    call: str
    kind: Kind
    times: int = 1
    after: int = 0
    status: int = 500
    seconds: float = 0.0


@dataclass
class Faults:
    """The proxy: where it stands, what is to go wrong, and what has."""

    target: str
    faults: list[Fault] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    """Calls by the last part of their path, those that went wrong too."""
    happened: Counter[str] = field(default_factory=Counter)
    """Faults by kind and call: `refuse asample`."""
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(self, call: str, kind: Kind, times: int = 1, after: int = 0, **how: float) -> None:
        with self._lock:
            self.faults.append(Fault(call, kind, times, after, **how))  # type: ignore[arg-type]

    def next(self, call: str) -> Fault | None:
        """The fault that this call meets, which then has happened."""
        with self._lock:
            self.calls[call] += 1
            for fault in self.faults:
                if fault.call != call or not fault.times:
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                self.happened[f"{fault.kind} {call}"] += 1
                return fault
        return None


@contextmanager
def between(target: str) -> Iterator[Faults]:
    """A proxy in front of the server at `target`; its own address is `.url`."""
    faults = Faults(target)
    with serving(_handler(faults)) as faults.url:
        yield faults


def _handler(faults: Faults) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing is printed: what happened is in `faults`."""

        def do_GET(self) -> None:
            self._pass_on(b"")

        def do_POST(self) -> None:
            self._pass_on(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        do_DELETE = do_GET

        def _pass_on(self, body: bytes) -> None:
            fault = faults.next(self.path.partition("?")[0].rpartition("/")[2])
            kind = fault.kind if fault else None
            if fault and kind == "slow":
                time.sleep(fault.seconds)
            if fault and kind == "refuse":
                self._answer(fault.status, b'{"detail": "refused by the test"}', "application/json")
                return
            try:
                status, data, content = self._ask(body)
            except OSError:
                self.close_connection = True  # the server is not there, and its client sees that
                return
            if fault and kind == "fail":
                self._answer(fault.status, b'{"detail": "failed by the test"}', "application/json")
            elif kind == "cut":
                self._answer(status, data[: len(data) // 2], content, length=len(data))
                self.close_connection = True
            else:
                self._answer(status, data, content)

        def _ask(self, body: bytes) -> tuple[int, bytes, str]:
            server = http.client.HTTPConnection(faults.target.removeprefix("http://"), timeout=120)
            try:
                skipped = ("host", "connection", "content-length", "accept-encoding")
                headers = {key: value for key, value in self.headers.items() if key.lower() not in skipped}
                # Addresses in replies lead back here.
                server.request(self.command, self.path, body or None, headers | {"Host": faults.url[len("http://") :]})
                reply = server.getresponse()
                return reply.status, reply.read(), reply.headers.get("Content-Type", "application/json")
            finally:
                server.close()

        def _answer(self, status: int, data: bytes, content: str, length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content)
            self.send_header("Content-Length", str(len(data) if length is None else length))
            self.end_headers()
            self.wfile.write(data)

    return Handler
