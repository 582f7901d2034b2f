"""The share of a completion's calls that succeeded."""

import pytest

from gradus.environments.kinds.calculator import call_of, reply
from rewards.made_completion import completion, value


def conversation(*turns: str) -> list[dict[str, str]]:
    """The turns with what the calculator answers to all but the last."""
    messages: list[dict[str, str]] = []
    for turn in turns:
        messages.append({"role": "assistant", "content": turn})
        if (message := reply(messages)) is not None and turn is not turns[-1]:
            messages.append(message)
    return messages


GOOD, BAD = call_of("2+2").text, call_of("2+").text


@pytest.mark.parametrize(
    ("turns", "share"),
    [
        (("\\boxed{4}",), 0.0),
        ((GOOD, "\\boxed{4}"), 1.0),
        ((BAD, "\\boxed{4}"), 0.0),
        ((GOOD, BAD, GOOD, "\\boxed{4}"), 2 / 3),
        ((GOOD, f"{GOOD} "), 0.5),  # the last one was not answered
    ],
)
def test_the_share_that_succeeded(turns: tuple[str, ...], share: float) -> None:
    assert value("tool_success", completion(messages=conversation(*turns))) == pytest.approx(share)
