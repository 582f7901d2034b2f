"""Messages between the caller, the fork server and its workers: one JSON object a line on a socket."""

import json
import select
import socket
import time
from dataclasses import asdict, dataclass
from typing import Literal, TypeVar, get_args

WorkerLayer = Literal["symbolic", "math_verify"]
LAYERS: tuple[WorkerLayer, ...] = get_args(WorkerLayer)

_MAX_BYTES = 1 << 24
"""Longer messages are not read; completions, the longest ones, have a few 100,000 characters at most."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a worker is asked: for `symbolic` two answers, for `math_verify` a reference answer and a completion."""

    layer: WorkerLayer
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`equal` None: undecided, for `reason`. `final`: asking again would give the same answer, which is false if
    wall-clock time ran out or a worker was killed."""

    equal: bool | None
    reason: str
    final: bool


@dataclass(frozen=True, slots=True)
class Started:
    """The first message of a fork server; `error` says why workers cannot start."""

    error: str = ""


Message = Question | Answer | Started
M = TypeVar("M", bound=Message)


def send(to: socket.socket, message: Message, deadline: float | None = None) -> None:
    """Write a message. Raises TimeoutError at `deadline` (of time.monotonic()), OSError if the other side is gone."""
    to.settimeout(None if deadline is None else max(1e-6, deadline - time.monotonic()))
    try:
        to.sendall(json.dumps(asdict(message)).encode() + b"\n")
    finally:
        to.settimeout(None)


def receive(source: socket.socket, kind: type[M], deadline: float | None = None) -> M | None:
    """The next message; None if the other side is gone, even in the middle of one.

    Raises TimeoutError if none has arrived at `deadline` (of time.monotonic()); without a deadline it waits.
    """
    if deadline is not None:
        poll = select.poll()
        poll.register(source, select.POLLIN)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
    try:
        with source.makefile("rb") as lines:
            line = lines.readline(_MAX_BYTES)
    except ConnectionError:
        return None
    return kind(**json.loads(line)) if line.endswith(b"\n") else None
