r"""Answers that are texts, compared word for word and never as mathematics.

Case, spaces, the marks around a text (`\text{}`, `$`, quotes, Markdown's stars) and a full stop at its end do not
matter. All else does: `1/2` is not `0.5`, and `Isaac Newton` is not `Newton`.
"""

import re
import unicodedata

_WRAPPER = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname)\s*\{([^{}]*)\}")
_SPACE = re.compile(r"(?:\s|\\[ ,;!~]|~)+")
_MARKS = "$*_`\"'“”‘’ "


def plain_text(text: str) -> str:
    """What is compared of a text."""
    text = unicodedata.normalize("NFKC", text)
    while (bare := _WRAPPER.sub(r"\1", text)) != text:
        text = bare
    text = _SPACE.sub(" ", text).strip(_MARKS)
    return text.removesuffix(".").strip(_MARKS).casefold()


def same_text(a: str, b: str) -> bool:
    """Whether two texts say the same, word for word."""
    return plain_text(a) == plain_text(b)
