"""One trace: a problem with a solution, as a chat to train on."""

from typing import Any

from gradus.problems.problem import Problem
from gradus.prompts.messages import messages_for
from gradus.specs.prompts import PromptSpec


def trace(problem: Problem, solution: str, tokens: int | None, teacher: str, prompt: PromptSpec) -> dict[str, Any]:
    """One line of a trace file. `tokens`: how many the solution has; None where the set counts none."""
    return {
        "id": problem.id,
        "messages": [*messages_for(problem.problem, prompt), {"role": "assistant", "content": solution}],
        "answer": problem.answer,
        "teacher": teacher,
        "tokens": tokens,
        "chars": len(solution),
    }
