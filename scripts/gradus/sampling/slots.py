"""The requests of a running batch: one row a slot, the running ones first.

Shape suffixes: B running rows, N steps, V vocabulary.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from gradus.sampling.protocol import Completion


class Movable(Protocol):
    """The keys and values of the slots."""

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` positions of one slot into another."""
        ...


class Slots:
    def __init__(self, slots: int, max_tokens: int, is_stop_V: np.ndarray) -> None:
        self.running = 0
        self.request = np.zeros(slots, np.int64)
        self.seed = np.zeros(slots, np.int64)
        self.token = np.zeros(slots, np.int64)  # the next input
        self.position = np.zeros(slots, np.int64)  # of that input
        self.count = np.zeros(slots, np.int64)  # tokens generated so far
        self.limit = np.ones(slots, np.int64)
        self.stopped = np.zeros(slots, bool)
        self.tokens = np.zeros((slots, max_tokens), np.int64)
        self.logprobs = np.zeros((slots, max_tokens), np.float32)
        self._is_stop_V = is_stop_V

    def start(self, slot: int, request: int, seed: int, last: int, position: int, limit: int) -> None:
        """Give a slot to a request whose prompt ends with the token `last` at `position`."""
        self.request[slot], self.seed[slot], self.limit[slot] = request, seed, limit
        self.token[slot], self.position[slot], self.count[slot] = last, position, 0

    def write(self, drawn_N_B: np.ndarray, logprobs_N_B: np.ndarray) -> np.ndarray:
        """Append the tokens of one or more steps to each running request, up to its end; slots that have ended."""
        on = np.arange(self.running)
        for drawn_B, logprobs_B in zip(drawn_N_B, logprobs_N_B, strict=True):
            drawn = drawn_B[on]
            self.tokens[on, self.count[on]] = self.token[on] = drawn
            self.logprobs[on, self.count[on]] = logprobs_B[on]
            self.position[on] += 1
            self.count[on] += 1
            self.stopped[on] = self._is_stop_V[drawn]
            on = on[~self.stopped[on] & (self.count[on] < self.limit[on])]
        ended = np.ones(self.running, bool)
        ended[on] = False
        return np.flatnonzero(ended)

    def replace(self, ended: np.ndarray, fill: Callable[[int], bool], cache: Movable) -> dict[int, Completion]:
        """What the ended slots wrote, by request. Each goes to the request that `fill` starts in it; where none waits
        (False), the last running one moves there, and what it leaves computes harmlessly at position 0."""
        written = {}
        # From the last slot to the first: the one that moves into a hole is then always running.
        for slot in ended[::-1].tolist():
            count = self.count[slot]
            written[int(self.request[slot])] = Completion(
                self.tokens[slot, :count].tolist(),
                self.logprobs[slot, :count].tolist(),
                "stop" if self.stopped[slot] else "length",
            )
            if not fill(slot):
                self._vacate(slot, cache)
        return written

    def _vacate(self, slot: int, cache: Movable) -> None:
        self.running -= 1
        last = self.running
        if slot != last:
            cache.move(last, slot, int(self.position[last]))
            for state in (self.request, self.seed, self.token, self.position, self.count, self.limit):
                state[slot] = state[last]
            self.tokens[slot] = self.tokens[last]
            self.logprobs[slot] = self.logprobs[last]
        self.token[last] = self.position[last] = self.count[last] = 0
