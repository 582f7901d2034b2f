"""How many requests may be under way: as many as allowed, fewer when the service says that they are too many.

Additive increase, multiplicative decrease (Chiu and Jain, 1989), as in TCP: a refusal (HTTP 429) halves the limit, and
every round of answers without one raises it by one.
"""

LONGEST_PAUSE = 30.0
"""Seconds between tries while the service refuses all."""


class Throttle:
    """The limit, between 1 and `most`, and the count of what is under way. Used from one thread."""

    def __init__(self, most: int) -> None:
        self.most, self.limit, self.running = most, float(most), 0
        self._round = 0
        self._refusals = 0

    def has_room(self) -> bool:
        return self.running < int(self.limit)

    def start(self) -> int:
        """Count a request as under way. Returns the round that it belongs to, which `refused` wants back."""
        self.running += 1
        return self._round

    def answered(self) -> None:
        self.running -= 1
        self._refusals = 0
        self.limit = min(float(self.most), self.limit + 1 / self.limit)

    def failed(self) -> None:
        """For a request that ended without word on the load."""
        self.running -= 1

    def refused(self, of_round: int) -> float:
        """Halve the limit, unless the request started before it was halved last. Returns the seconds to pause."""
        self.running -= 1
        if of_round == self._round:
            self._round += 1
            self._refusals += 1
            self.limit = max(1.0, self.limit / 2)
        return min(0.5 * 2**self._refusals, LONGEST_PAUSE)
