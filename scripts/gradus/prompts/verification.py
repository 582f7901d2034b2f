"""What a verifier is asked: a problem, a solution of it, and whether that one is right. The answer is one word."""

from gradus.prompts.messages import Message

RIGHT, WRONG = "right", "wrong"
"""What a verifier may answer."""


def verification_messages(problem: str, solution: str, question: str) -> list[Message]:
    """The conversation, the same in its training and when it scores: all in one turn, so that any chat template has
    room for it, and the solution as it was written, thoughts included."""
    return [{"role": "user", "content": f"{problem}\n\n{solution}\n\n{question}"}]


def verdict_message(right: bool) -> Message:
    return {"role": "assistant", "content": RIGHT if right else WRONG}
