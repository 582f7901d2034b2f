"""What writes the completions of a policy in training, by whichever program: see the modules beside this one."""

from collections.abc import Sequence
from typing import Protocol

from gradus.sampling.protocol import Completion, Decoding


class RolloutEngine(Protocol):
    """Answers one call at a time, from any thread."""

    def push(self) -> None:
        """Answer by the policy's weights as they are now. Nothing may be generated meanwhile."""
        ...

    def generate(
        self, prompts: Sequence[Sequence[int]], *, seeds: Sequence[int], decoding: Decoding
    ) -> list[Completion]:
        """One completion a prompt, as `gradus.sampling.protocol.Engine` says, by the weights that were pushed last."""
        ...

    def sleep(self) -> None:
        """Give memory back until the next push."""
        ...
