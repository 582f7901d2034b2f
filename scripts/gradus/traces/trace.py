"""One trace: a problem with a solution, as a chat to train on."""

from typing import Any

from gradus.problems.problem import Problem
from gradus.prompts.messages import Messages, messages_for
from gradus.specs.prompts import PromptSpec


def trace(
    problem: Problem, solution: str, tokens: int | None, teacher: str, prompt: PromptSpec, earlier: Messages = ()
) -> dict[str, Any]:
    """One line of a trace file. `tokens`: how many the solution has; None where the set counts none. `earlier`: turns
    before the solution's last one, with what an environment answered."""
    return {
        "id": problem.id,
        "messages": [*messages_for(problem.problem, prompt), *earlier, {"role": "assistant", "content": solution}],
        "answer": problem.answer,
        "teacher": teacher,
        "tokens": tokens,
        "chars": sum(len(turn["content"]) for turn in earlier if turn["role"] == "assistant") + len(solution),
    }
