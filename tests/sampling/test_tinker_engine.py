"""What the service is asked, by the settings of decoding."""

from typing import Any

import pytest

from gradus.sampling.protocol import Decoding
from gradus.sampling.tinker.engine import TinkerEngine
from gradus.tinker.requests import Question


class Asked:
    """In place of requests: notes the questions."""

    def ask(self, questions: list[Question], journal: Any) -> list[Question]:
        return questions


@pytest.mark.parametrize(("limits", "sent"), [({}, (1.0, -1)), ({"top_p": 0.9, "top_k": 7}, (0.9, 7))])
def test_limits_on_what_may_be_drawn_are_sent(limits: dict[str, Any], sent: tuple[float, int]) -> None:
    engine: Any = TinkerEngine(Asked(), 100)  # ty: ignore[invalid-argument-type] what it is asked with
    (question,) = engine.ask([[4, 5]], keys=["a"], seeds=[1], samples=2, decoding=Decoding(8, 0.5, (2,), **limits))
    wanted = question.request("session", 1).sampling_params
    assert (wanted.temperature, wanted.top_p, wanted.top_k) == (0.5, *sent)
