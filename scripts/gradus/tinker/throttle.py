"""How many requests may be in flight: as many as allowed, fewer while the service is rate-limiting (HTTP 429).

Additive increase, multiplicative decrease (Chiu and Jain, 1989), as in TCP: a rate-limited request halves the limit,
and every round of answers without one raises it by one.
"""

MAX_PAUSE_SECONDS = 30.0
"""Between attempts while the service rate-limits all."""


class Throttle:
    """The limit, between 1 and `most`, and the number in flight. Used from one thread."""

    def __init__(self, most: int) -> None:
        self.most, self.limit, self.running = most, float(most), 0
        self._round = 0
        self._rate_limits_in_a_row = 0

    def has_room(self) -> bool:
        return self.running < int(self.limit)

    def start(self) -> int:
        """Count a request as in flight. Returns the round that it belongs to, which `rate_limited` wants back."""
        self.running += 1
        return self._round

    def answered(self) -> None:
        self.running -= 1
        self._rate_limits_in_a_row = 0
        self.limit = min(float(self.most), self.limit + 1 / self.limit)

    def failed(self) -> None:
        """For a request whose end says nothing about the load."""
        self.running -= 1

    def rate_limited(self, from_round: int) -> float:
        """Halve the limit, unless the request started before it was halved last. Returns the seconds to pause."""
        self.running -= 1
        if from_round == self._round:
            self._round += 1
            self._rate_limits_in_a_row += 1
            self.limit = max(1.0, self.limit / 2)
        return min(0.5 * 2**self._rate_limits_in_a_row, MAX_PAUSE_SECONDS)
