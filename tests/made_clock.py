"""A clock in place of a module's `time`, for tests whose outcome must not depend on how busy the machine is."""


class MadeClock:
    """It goes on where a test says so, and by what is slept."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
