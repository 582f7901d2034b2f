r"""Boxes in a text: `\boxed{...}` and `\fbox{...}`, and which of them are the answer. The rules stand in EXTRACTION.md.

One pass over the text, without recursion: linear for any nesting.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"(\\{1,2})(?:boxed|fbox)(?![A-Za-z])(\s*\{)?|\\.|[{}]", re.DOTALL)
_FORMULA_END = re.compile(r"\$|\\\)|\\\]")
_BARE_REACH = 200
_GAP_REACH = 80

_WRAPPED = re.compile(r"\\(?:text|textrm|textbf|textit|mathrm|mbox)\s*\{([^{}]*)\}")
_SPACING = re.compile(r"\\\\|\\[()\[\],;:! ]|\$|\\q?quad(?![A-Za-z])|[~&*]")
# `and`, `papers, and`, `for part (a) and`; then perhaps the name of what the next box holds.
_NAME = r"(?:\\?[A-Za-z]+'?(?:_(?:\w|\{\w+\}))?(?:\(\w\))? *= *)?"
_WORDS = r"(?:(?:[A-Za-z]+(?![A-Za-z])|\(\w\)) *){0,4}?"
_JOINT = re.compile(rf"\s*(?:[,;]\s*{_NAME}|(?P<words>{_WORDS})[,;]?\s*\b(?:and|or)\b\s*{_NAME})\s*")
# Words after which a box says something else, and does not go on with a list.
_TURNS = re.compile(
    r"\b(?:so|thus|hence|therefore|then|but|not?|nor|wait|which|gives?|get|is|are|was|be|check|because|since|if|when"
    r"|instead|actually|rather|and|or)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Box:
    """Where a box and its content begin and end; `end` None where it was cut off."""

    start: int
    content: int
    doubled: bool
    end: int | None = None
    content_end: int = -1
    outer: bool = False


def boxed_answer(text: str) -> str | None:
    r"""The content of the last box, or of the last boxes where they are one list; None without a whole, filled box."""
    boxes = _innermost(text)
    return _last(text, boxes) if boxes and boxes[-1].end is not None else None


def given_answer(text: str) -> str:
    r"""An answer that was handed over as one, but may stand in boxes or among them: what the boxes say, else `text`.

    Unlike in a completion, a box that is never closed reaches to the end.
    """
    boxes = _innermost(text)
    if not boxes:
        return text
    last = boxes[-1]
    if last.end is None:
        last.end = last.content_end = len(text)
    return _last(text, boxes) or ""


def _innermost(text: str) -> list[_Box]:
    """The boxes that hold no other box, in order."""
    named = [at for name in ("boxed", "fbox") if (at := text.find(name)) >= 0]
    if not named:
        return []
    start = len(text[: min(named)].rstrip("\\"))
    boxes: list[_Box] = []
    open_boxes: list[_Box] = []
    braces: list[_Box | None] = []
    for token in _TOKEN.finditer(text, start):  # braces before the first box are nobody's
        if token[1]:
            box = _Box(token.start(), token.end(), len(token[1]) == 2)
            boxes.append(box)
            if open_boxes:
                open_boxes[-1].outer = True
            if token[2]:
                braces.append(box)
                open_boxes.append(box)
            else:
                _close_bare(text, box)
        elif token[0] == "{":
            braces.append(None)
        elif token[0] == "}" and braces:
            closed = braces.pop()
            if closed is not None:
                open_boxes.pop()
                closed.content_end, closed.end = token.start(), token.end()
    return [box for box in boxes if not box.outer]


def _close_bare(text: str, box: _Box) -> None:
    r"""TeX allows `\boxed 7`; two solutions of the MATH set end that way. It holds until the formula closes."""
    line = text[box.content : box.content + _BARE_REACH].partition("\n")[0]
    end = _FORMULA_END.search(line)
    if end:
        box.content_end = box.end = box.content + end.start()


def _last(text: str, boxes: list[_Box]) -> str | None:
    contents = [_content(text, boxes[-1])]
    if not contents[0]:
        return None
    for box, following in zip(boxes[-2::-1], boxes[:0:-1]):
        if box.end is None or not _joins(text[box.end : following.start], following.start - box.end):
            break
        content = _content(text, box)
        if not content:
            break
        contents.append(content)
    return ", ".join(dict.fromkeys(reversed(contents)))


def _content(text: str, box: _Box) -> str:
    content = text[box.content : box.content_end]
    return (content.replace("\\\\", "\\") if box.doubled else content).strip()


def _joins(gap: str, length: int) -> bool:
    """Whether what stands between two boxes makes them one list."""
    if length > _GAP_REACH:
        return False
    plain = _SPACING.sub(" ", _WRAPPED.sub(r" \1 ", gap))
    if not plain.strip():
        return "\n" not in plain
    joint = _JOINT.fullmatch(plain)
    if joint is None or "\n\n" in plain:
        return False
    return not _TURNS.search(joint["words"] or "")
