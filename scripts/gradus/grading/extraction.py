"""Find the final answer in a completion. Everything here is linear in the length of the text."""

import re
from collections.abc import Callable, Sequence

from gradus.provenance.errors import GradusError

_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)  # an escaped character is skipped: \{ opens no group
_HASH = re.compile(r"####[ \t]*([^\n]*)")
_ANSWER_IS = re.compile(r"\banswer[ \t]*(?:is\b|[:=])[ \t]*:?[ \t]*([^\n]*)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"\.(?:\s|$)")
_NUMBER = re.compile(r"(?:(?<![0-9A-Za-z)\]}])-)?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?(?:/[0-9]+)?")


def extract_answer(text: str, methods: Sequence[str] = ("boxed",)) -> str | None:
    r"""The answer by the first of `methods` that finds one, else None; never an empty string.

    `boxed`: the content of the last `\boxed{}`; where that box is empty or was cut off there is no answer, even when an
    earlier box is whole. `hash`: the rest of the line after the last `####` (GSM8K's form). `answer_is`: what follows
    the last "answer is" or "answer:", up to the end of its sentence or line. `last_number`: the last number. Text up to
    the last `</think>` does not count.
    Raises GradusError for an unknown method.
    """
    unknown = [method for method in methods if method not in _METHODS]
    if unknown:
        raise GradusError(f"extraction method {unknown[0]!r} is unknown; choose among {', '.join(_METHODS)}")
    text = text.rpartition("</think>")[2]
    for method in methods:
        answer = _METHODS[method](text)
        if answer is not None and answer.strip():
            return answer.strip()
    return None


def _boxed(text: str) -> str | None:
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return None
    rest = text[boxes[-1].end() :].lstrip()
    if not rest.startswith("{"):
        # TeX allows `\boxed 7`; two solutions of the MATH set end that way. It holds until the formula closes.
        content, dollar, _ = rest.partition("\n")[0].partition("$")
        return content if dollar else None
    depth = 0
    for brace in _BRACE.finditer(rest):
        if brace[0] == "{":
            depth += 1
        elif brace[0] == "}":
            depth -= 1
            if depth == 0:
                return rest[1 : brace.start()]
    return None


def _hash(text: str) -> str | None:
    found = _HASH.findall(text)
    return found[-1] if found else None


def _answer_is(text: str) -> str | None:
    found = _ANSWER_IS.findall(text)
    if not found:
        return None
    if _BOX.search(found[-1]):
        return _boxed(found[-1])
    return _SENTENCE_END.split(found[-1], maxsplit=1)[0].strip(" *")


def _last_number(text: str) -> str | None:
    found = _NUMBER.findall(text)
    return found[-1] if found else None


_METHODS: dict[str, Callable[[str], str | None]] = {
    "boxed": _boxed,
    "hash": _hash,
    "answer_is": _answer_is,
    "last_number": _last_number,
}
