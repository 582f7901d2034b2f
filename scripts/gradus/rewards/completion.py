"""What a reward is given for: one completion with its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from gradus.prompts.messages import Message

if TYPE_CHECKING:  # planning reads the parts' settings, and has no use for a grader
    from gradus.grading.verdict import Verdict


@dataclass(frozen=True)
class GradedCompletion:
    """One completion of a model, with the verdict on its answer.

    text: of its last turn, where an environment answered the others.
    token_ids: its tokens, the stop token included; those of all turns, and of what is between them.
    finish_reason: "stop" when the model ended it, "length" when the limit of max_tokens did.
    max_tokens: most tokens that it could have had.
    reference: the answer that the verdict compares with; empty where none is known.
    seed: the completion's own, for controls that draw at random.
    messages: what follows the prompt: the model's turns, with those of its environment between them.
    steps: the intermediate results of the reference solution, where a part of the reward needs them.
    domain_tokens: how many tokens the model wrote of each family of domain tokens that it has.
    """

    text: str
    token_ids: Sequence[int]
    finish_reason: Literal["stop", "length"]
    max_tokens: int
    reference: str
    verdict: "Verdict"
    seed: int
    messages: Sequence[Message] = ()
    steps: Sequence[str] = ()
    domain_tokens: Mapping[str, int] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Whether the answer is known to be right: an unknown verdict is no proof."""
        return self.verdict.correct is True

    @property
    def cut(self) -> bool:
        """Whether the limit of max_tokens ended it."""
        return self.finish_reason == "length"

    @cached_property
    def words(self) -> list[str]:
        return self.text.split()
