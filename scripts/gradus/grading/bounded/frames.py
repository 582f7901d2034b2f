"""Messages between the caller, the fork server and its workers: JSON objects, each after its length in four bytes."""

import json
import select
import socket
import struct
import time
from typing import Any

_LENGTH = struct.Struct("!I")
MAX_BYTES = 1 << 20


class Silent(Exception):
    """No message arrived before the deadline."""


def send_frame(to: socket.socket, message: dict[str, Any]) -> None:
    """Write one message. Raises OSError if the other side is gone."""
    data = json.dumps(message).encode()
    to.sendall(_LENGTH.pack(len(data)) + data)


def read_frame(source: socket.socket, deadline: float | None = None) -> dict[str, Any] | None:
    """The next message; None if the other side is gone, even in the middle of one.

    Raises Silent at `deadline` (of time.monotonic()); without a deadline it waits.
    """
    head = _read_bytes(source, _LENGTH.size, deadline)
    if head is None:
        return None
    (size,) = _LENGTH.unpack(head)
    body = _read_bytes(source, size, deadline) if size <= MAX_BYTES else None
    return None if body is None else json.loads(body)


def _read_bytes(source: socket.socket, count: int, deadline: float | None) -> bytes | None:
    data = b""
    while len(data) < count:
        if deadline is not None:
            wait = select.poll()
            wait.register(source, select.POLLIN)
            if not wait.poll(max(0.0, deadline - time.monotonic()) * 1000):
                raise Silent
        try:
            more = source.recv(count - len(data))
        except ConnectionError:
            return None
        if not more:
            return None
        data += more
    return data
