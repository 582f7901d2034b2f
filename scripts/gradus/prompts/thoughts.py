"""What a model thinks before it answers: between `<think>` and `</think>`, in the text of its turn.

A prompt may open the thought by itself, as the templates of R1's distillations and Qwen3.5 do. The thought belongs to
the answer all the same, so the text of an answer, as samples and rewards have it, begins with what the prompt opened.
Hence a text says by itself whether its thought was closed.
"""

from gradus.grading.thoughts import CLOSE, OPEN


def opened_by(prompt: str, conversation: str) -> str:
    """The thought that a prompt opens for its answer, from `<think>` to the prompt's end; empty where it opens none.

    conversation: the same messages without a generation prompt. A `<think>` in a message is talk about thoughts, unless
    the prompt ends with it.
    """
    at = prompt.rfind(OPEN)
    if at < 0 or CLOSE in prompt[at:]:
        return ""
    by_template = not conversation.startswith(prompt[: at + len(OPEN)])
    return prompt[at:] if by_template or prompt.rstrip().endswith(OPEN) else ""


def with_thought(thought: str, said: str) -> str:
    """An answer behind its thought, as Qwen3's and R1's templates write both."""
    return f"{OPEN}\n{thought}\n{CLOSE}\n\n{said}"
