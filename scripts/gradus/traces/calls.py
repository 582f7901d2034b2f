"""A worked solution as a conversation with a calculator: each of its steps a call, and the result a turn of its own.

Steps are lines such as `37*48=1776`, and what GSM8K has in its solutions for this very purpose (Cobbe et al. 2021,
arXiv:2110.14168): `48/2 = <<48/2=24>>24 clips`. What precedes a step is said before the call, the rest in the last
turn.
"""

import re
from collections.abc import Sequence

from gradus.environments.arithmetic import evaluate
from gradus.environments.calls import ToolError
from gradus.environments.kinds.calculator import call_of, reply
from gradus.prompts.messages import Message
from gradus.traces.rendering import Unusable

_NUMBER = r"-?[0-9]*\.?[0-9]+"
_STEP = re.compile(
    rf"<<(?P<noted>[^<>=]+)=(?P<noted_result>{_NUMBER})>>"
    rf"|^(?P<line>[-+*/^().0-9 ]+)= *(?P<line_result>{_NUMBER})$",
    re.MULTILINE,
)


def with_calls(solution: str) -> Sequence[Message]:
    """The turns that follow the question. Raises Unusable: `no_steps`, `wrong_step` where the calculator finds another
    result than the solution states, `no_answer` where nothing follows the last step.
    """
    turns: list[Message] = []
    at = 0
    for step in _STEP.finditer(solution):
        expression = (step["noted"] or step["line"]).strip()
        turns += _call(solution[at : step.start()], expression, step["noted_result"] or step["line_result"])
        at = step.end()
    if not turns:
        raise Unusable("no_steps")
    if not (rest := solution[at:].strip()):
        raise Unusable("no_answer")
    return [*turns, {"role": "assistant", "content": rest}]


def _call(before: str, expression: str, stated: str) -> list[Message]:
    said = f"{before.strip()}\n{call_of(expression).text}".lstrip()
    asked: Message = {"role": "assistant", "content": said}
    result = reply([asked])
    try:
        if result is None or evaluate(expression) != evaluate(stated):
            raise Unusable("wrong_step")
    except ToolError:
        raise Unusable("wrong_step") from None
    return [asked, result]
