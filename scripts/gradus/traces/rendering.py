r"""How a solution reads as the assistant's turn: what happens to reasoning in `<think>` tags, and to the answer.

    keep    as it is published, with the opening tag where only a template wrote it
    strip   without the reasoning
    plain   the reasoning without its tags
    wrap    `<think>` around what comes before the boxed answer, where no tags are yet

The answer is as it is; or in a box (`box`): `<answer>x</answer>` and a last line `#### x` become `\boxed{x}`, and a
solution without any of these ends in the row's answer. Or it is in one of the forms of ALONE: alone after reasoning in
tags, else on a line after what leads to it.
"""

import re

from gradus.grading.extraction import extract_answer
from gradus.grading.thoughts import CLOSE, OPEN, after_thoughts
from gradus.prompts.thoughts import with_thought
from gradus.study.settings.traces import AnswerForm

_ANSWER_TAG = re.compile(r"<answer>\s*(.*?)\s*</answer>", re.DOTALL)
_HASHES = re.compile(r"(?:^|\n)####\s*([^\n]+)\s*\Z")
ALONE = {"tags": "<answer>{}</answer>", "bold": "The answer is **{}**.", "hash": "#### {}"}
"""Forms of an answer on a line of its own."""

_BOX = re.compile(r"\\(?:boxed|fbox)(?![a-zA-Z])")


class Unusable(Exception):
    """A solution that cannot be rendered so; the argument is the reason, as summaries count it."""


def rendered(solution: str, answer: str, think: str, form: AnswerForm) -> str:
    """The assistant's turn. Raises Unusable: `unfinished_thought`, `only_thought`, `no_answer`."""
    thought, rest = _whole(solution)
    if think == "wrap" and thought is None:
        thought, rest = _before_answer(solution.strip(), answer)
    if form in ALONE:
        lead = "" if thought is not None else f"{_before_answer(rest, answer)[0]}\n"
        rest = lead + alone(rest, answer, form)
    elif form == "box":
        rest = boxed(rest, answer)
    if think == "keep" and form == "as_is" and OPEN in solution:
        return solution.strip()
    return _joined(thought, rest, think)


def rendered_before(turn: str, think: str) -> str:
    """A turn of the assistant before the last: its reasoning as in the last, its answer as it is. Raises Unusable."""
    thought, rest = _whole(turn)
    if thought is None or (think == "keep" and OPEN in turn):
        return turn
    return _joined(thought, rest, think)


def _whole(solution: str) -> tuple[str | None, str]:
    thought, rest = split_thought(solution)
    if thought is not None and not rest:
        raise Unusable("only_thought")
    return thought, rest


def _joined(thought: str | None, rest: str, think: str) -> str:
    if thought is None or think == "strip":
        return rest
    if think == "plain":
        return f"{thought}\n\n{rest}" if thought else rest
    return with_thought(thought, rest)


def split_thought(text: str) -> tuple[str | None, str]:
    """The reasoning in tags, None where there is none, and what follows it.

    A chat template may have written the opening tag, so that a text has only the closing one.
    Raises Unusable for reasoning that never ends.
    """
    if after_thoughts(text) is None:
        raise Unusable("unfinished_thought")
    before, close, after = text.partition(CLOSE)
    lead, opened, thought = before.partition(OPEN)
    if not close:
        return None, text.strip()
    return (thought if opened else lead).strip(), after.strip()


def boxed(text: str, answer: str) -> str:
    """The text with its answer in a box. One that has a box already only loses its tags."""
    tagged = _ANSWER_TAG.sub(lambda found: _in_box(found[1]), text)
    if _BOX.search(tagged):
        return tagged
    hashes = _HASHES.search(tagged)
    if hashes:
        return f"{tagged[: hashes.start()].rstrip()}\n{_in_box(hashes[1].strip())}".lstrip()
    return f"{tagged}\n\n{_in_box(answer)}" if answer else tagged


def alone(text: str, answer: str, form: str) -> str:
    """The answer alone, in a form of ALONE: the text's own, or else the row's. Raises Unusable: `no_answer`."""
    found = extract_answer(text, ["answer_tag", "boxed", "hash"]) or answer
    if not found:
        raise Unusable("no_answer")
    return ALONE[form].format(found)


def _in_box(answer: str) -> str:
    return answer if _BOX.search(answer) else f"\\boxed{{{answer}}}"


def _before_answer(text: str, answer: str) -> tuple[str, str]:
    """What leads to the answer, and the answer: the last line if it is one, else the box repeated."""
    lines = text.rstrip().splitlines()
    last = lines[-1].strip() if lines else ""
    if len(lines) > 1 and (last.startswith(("\\boxed", "<answer>", "####"))):
        return "\n".join(lines[:-1]).strip(), last
    found = extract_answer(text, ["boxed"]) or answer
    if not found:
        raise Unusable("no_answer")
    return text.strip(), f"\\boxed{{{found}}}"
