"""Chat templates for models that come without one. Each is a file beside this one.

`beginning` is what the model's tokenizer puts before a text by itself, such as `<|begin_of_text|>` (see
`gradus.models.chat_files`). `user_assistant` needs no tokens of its own: an answer ends with the tokenizer's eos_token.
"""

from pathlib import Path

NAMES = ("chatml", "llama3", "user_assistant")


def named_template(name: str) -> str:
    """The text of one of NAMES."""
    return Path(__file__).with_name(f"{name}.jinja").read_text(encoding="utf-8")
