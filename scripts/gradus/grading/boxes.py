r"""Boxes in a text, `\boxed{...}` and `\fbox{...}`, and which of them are the answer; EXTRACTION.md has the rules.

One pass over the text, without recursion: linear for any nesting.
"""

import re
from dataclasses import dataclass

_LONGEST_NAME = 12
_TOKEN = re.compile(
    r"(\\{1,2})(?:boxed|fbox|framebox|bbox)(?![A-Za-z])(?:\[[^\[\]]*\])?(\s*\{)?|\\.|[{}]|\$\$?|\n\n", re.DOTALL
)
_BARE = re.compile(r"\\(?:boxed|fbox|framebox|bbox)(?![A-Za-z])(?!\[)(?!\s*\{)")
_OTHER_NAMES = re.compile(r"<\|(?:begin_of_box|box_start)\|>(.*?)(?:<\|(?:end_of_box|box_end)\|>|(\Z))", re.DOTALL)
_MENTIONED = re.compile(r"\b(?:in|within|inside|into|using|with|a|the|an|via|as|use)\s*[`'\"$(\\]*\s*$", re.IGNORECASE)
_WHOLE = re.compile(r"\\(?:boxed|fbox)\s*(?=\{)")
_FORMULA_SIGN = re.compile(r"\\.|\$\$?|\n\n", re.DOTALL)
_FORMULA_END = re.compile(r"\$|\\\)|\\\]")
_BARE_REACH = 200
_FORMULA_REACH = 2000
_GAP_REACH = 80

_WRAPPED = re.compile(r"\\(?:text|textrm|textbf|textit|mathrm|mbox)\s*\{([^{}]*)\}")
_SPACING = re.compile(r"\\\\|\\[()\[\],;:! ]|\$|\\q?quad(?![A-Za-z])|[~&*]")
# `and`, `papers, and`, `for part (a) and`; then optionally the name of the next box's content.
_NAME = r"(?:\\?[A-Za-z]+'?(?:_(?:\w|\{\w+\}))?(?:\(\w\))? *= *)?"
_WORDS = r"(?:(?:[A-Za-z]+(?![A-Za-z])|\(\w\)) *){0,4}?"
_JOINT = re.compile(rf"\s*(?:[,;]\s*{_NAME}|(?P<words>{_WORDS})[,;]?\s*\b(?:and|or)\b\s*{_NAME})\s*")
# Words after which a box begins another statement and does not continue a list.
_TURNS = re.compile(
    r"\b(?:so|thus|hence|therefore|then|but|not?|nor|wait|which|gives?|get|is|are|was|be|check|because|since|if|when"
    r"|instead|actually|rather|and|or)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Box:
    """Where a box and its content begin and end; `end` is None if the text was cut off inside."""

    start: int
    content: int
    doubled: bool
    end: int | None = None
    content_end: int = -1
    outer: bool = False


def boxed_answer(text: str) -> str | None:
    r"""The content of the last box, or of the last boxes if they are one list; None if the last one is empty or cut."""
    text = _one_name(text)
    boxes = _innermost(text)
    return _last(text, boxes) if boxes and boxes[-1].end is not None else None


def given_answer(text: str) -> str:
    r"""The answer in a text that was given as an answer: the content of its boxes if there are any, else `text`.

    Unlike in a completion, a box that is never closed extends to the end.
    """
    text = _one_name(text)
    boxes = _innermost(text)
    if not boxes:
        return text
    last = boxes[-1]
    if last.end is None:
        last.end = last.content_end = len(text)
    return _last(text, boxes) or ""


def has_box(text: str) -> bool:
    """Whether there is a box, even an empty or cut one; a box that is only mentioned does not count."""
    return bool(_innermost(_one_name(text)))


def _one_name(text: str) -> str:
    """The text with the box tokens of some models (GLM, Qwen) rewritten as boxes."""
    if "box_start|>" not in text and "begin_of_box|>" not in text:
        return text
    return _OTHER_NAMES.sub(lambda box: rf"\boxed{{{box[1]}" + ("" if box[2] is not None else "}"), text)


def _innermost(text: str) -> list[_Box]:
    """The boxes that contain no other box, in order."""
    named = text.find("box")
    if named < 0:
        return []
    start = len(text[: max(named - _LONGEST_NAME, 0)].rstrip("\\"))
    boxes: list[_Box] = []
    open_boxes: list[_Box] = []
    braces: list[_Box | None] = []
    bare = _BARE.search(text, start) is not None
    in_formula = bare and _is_open(False, text[max(0, start - _FORMULA_REACH) : start])
    for token in _TOKEN.finditer(text, start):  # braces before the first box belong to no box
        if token[1]:
            box = _Box(token.start(), token.end(), len(token[1]) == 2)
            boxes.append(box)
            if open_boxes:
                open_boxes[-1].outer = True
            if token[2]:
                braces.append(box)
                open_boxes.append(box)
            elif not _close_bare(text, box, in_formula):
                boxes.pop()
        elif token[0][0] in "$\n\\":
            in_formula = _after(token[0], in_formula)
        elif token[0] == "{":
            braces.append(None)
        elif token[0] == "}" and braces:
            closed = braces.pop()
            if closed is not None:
                open_boxes.pop()
                closed.content_end, closed.end = token.start(), token.end()
    return [box for box in boxes if not box.outer and not _is_mentioned(text, box)]


def _is_mentioned(text: str, box: _Box) -> bool:
    r"""`put your answer in \boxed{}`: an empty box after a preposition or article is only mentioned."""
    empty = box.end is not None and not text[box.content : box.content_end].strip(" .…")
    return empty and _MENTIONED.search(text[max(0, box.start - 40) : box.start]) is not None


def _close_bare(text: str, box: _Box, in_formula: bool) -> bool:
    r"""Find the end of a box without braces. TeX allows `\boxed 7`, and two solutions of the MATH set end that way.

    Its content extends to the end of the formula; `end` stays None if the formula was cut off. Returns False if the box
    is only mentioned: outside of a formula, unless the text ends there.
    """
    if not in_formula:
        return not text[box.content :].strip() and not _MENTIONED.search(text[max(0, box.start - 40) : box.start])
    line = text[box.content : box.content + _BARE_REACH].partition("\n")[0]
    end = _FORMULA_END.search(line)
    if end:
        box.content_end = box.end = box.content + end.start()
    return True


def _is_open(was_open: bool, text: str) -> bool:
    """Whether a formula is open at the end of a text, given whether one was open at its beginning."""
    for sign in _FORMULA_SIGN.finditer(text):
        was_open = _after(sign[0], was_open)
    return was_open


def _after(sign: str, was_open: bool) -> bool:
    if sign in ("\\(", "\\["):
        return True
    if sign in ("\\)", "\\]", "\n\n"):
        return False
    return not was_open if sign[0] == "$" else was_open


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
    """Whether the text between two boxes makes them one list."""
    if length > _GAP_REACH:
        return False
    plain = _SPACING.sub(" ", _WRAPPED.sub(r" \1 ", gap))
    if not plain.strip():
        return "\n" not in plain
    joint = _JOINT.fullmatch(plain)
    if joint is None or "\n\n" in plain:
        return False
    return not _TURNS.search(joint["words"] or "")


def unboxed(text: str) -> str:
    r"""The text with its `\boxed{}` as one list of their contents, whatever is written between them."""
    if "boxed" not in text and "fbox" not in text:
        return text
    contents, end = [], 0
    for box in _WHOLE.finditer(text):
        if box.start() < end:
            continue  # a box inside a box
        depth, at = 0, box.end()
        while at < len(text):
            depth += (text[at] == "{") - (text[at] == "}")
            at += 2 if text[at] == "\\" else 1
            if not depth:
                break
        end = at
        contents.append(text[box.end() + 1 : at - (not depth)])
    if not contents:
        return text
    joined = ", ".join(contents)
    nested = len(joined) < len(text) and _WHOLE.search(joined) and joined.count("boxed") < 20
    return unboxed(joined) if nested else joined
