"""The reasoning of a completion: what is between `<think>` and `</think>` in the text of a model's turn."""

OPEN, CLOSE = "<think>", "</think>"


def after_thoughts(text: str) -> str | None:
    """The text after the reasoning; None if reasoning was opened and never closed."""
    said = text.rpartition(CLOSE)[2]
    return None if OPEN in said else said
