"""Find the final answer in a completion by the rules in EXTRACTION.md. Linear in the length of the text."""

import re
from collections.abc import Callable, Sequence

from gradus.grading.boxes import boxed_answer, given_answer, has_box
from gradus.grading.formulas import last_formula, without_formulas
from gradus.grading.thoughts import after_thoughts
from gradus.provenance.errors import GradusError

ANY = ("boxed", "answer_tag", "hash", "answer_is", "last_formula", "last_number")
"""The methods for text of unknown origin, the most reliable first. Bold is too often for emphasis."""

_BOX = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])")
_HASH = re.compile(r"####[ \t]*([^\n]*)")
_TAG = re.compile(r"<(/?)answer>", re.IGNORECASE)
_ANSWER_IS = re.compile(r"\b[Aa](?:nswers?|NSWERS?)[ \t*]*(?:[Ii]s\b|IS\b|[Aa]re\b|[:=])[ \t*]*:?[ \t*]*")
_ANSWER_ELSEWHERE = re.compile(
    r"答案(?:是|为|[:：])[ \t*]*[:：]?|(?:정답은|답은|답:|答えは|答え[:：])[ \t*]*"
    r"|\bAntwort(?: ist| lautet|:)[ \t*]*:?|\br[ée]ponse(?: est| ?:)[ \t*]*:?"
    r"|\brespuesta(?: final)?(?: es| ?:)[ \t*]*:?"
    r"|\brisposta(?: è| ?:)[ \t*]*:?|\bresposta(?: é| ?:)[ \t*]*:?|\bответ[ \t*]*(?:[:—–-]|равен)[ \t*]*",
    re.IGNORECASE,
)
_SAYS_ANSWER = ("答", "답", "antwort", "ponse", "respuesta", "risposta", "resposta", "ответ")
_SENTENCE_END = re.compile(r"\.(?:\s|$)|。|[!?](?:\s|$)|<\|")
_REASONS = re.compile(
    r",? (?:because|since|as|so|which|where|for which)\b"
    r"|[,;] (?:and |but )?(?:that|this|these|it|in|i|we|he|she|they|you|thus|not|with|making|meaning|by|after|when|if"
    r"|for|on|at|from|there|then|hence|therefore|but|rounded|i\.e|given|to)\b|，|；",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r", (?!(?:and|or|y|und|et)\b)(?=[^\W\d_]{2,}\b)")
_ADVERBS = re.compile(
    r"(?:(?:clearly|thus|therefore|hence|then|simply|just|exactly|only|obviously|indeed|also|still|now|of course|again"
    r"|really|definitely|equal to|given by|as follows)\b[,:]?\s*)+",
    re.IGNORECASE,
)
_IS = re.compile(r"\b(?:is|are|equals)\b\s*", re.IGNORECASE)
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_DECIMAL = r"(?:(?<![0-9A-Za-z)\]}])-)?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
_NUMBER = re.compile(rf"{_DECIMAL}(?:/[0-9]+)?")
_HASH_NUMBER = re.compile(rf"####[ \t]*(?:\\?[$€£][ \t]*)?({_DECIMAL})")
_ANSWER_IS_NUMBER = re.compile(rf"\bthe answer is[ \t]*:?[ \t]*(?:\\?[$€£][ \t]*)?({_DECIMAL})", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|find|have|get|therefore|thus|hence|answer)\b|[A-Za-z]{3}: *(?:\$|\\\(|\\\[)", re.IGNORECASE
)
_BOLD = re.compile(r"\*\*((?:(?!\*\*)[^\n])+)\*\*(\s*:)?")
_ANSWER_REACH = 2000
_TAIL = 400
_MOST_WORDS = 4
_PARAGRAPH_WORDS = 20


def extract_answer(text: str, methods: Sequence[str] = ("boxed",)) -> str | None:
    r"""The answer by the first of `methods` that finds one, else None; never an empty string.

    boxed: the last `\boxed{}`, or the last ones if they are one list. answer_tag: the last `<answer>...</answer>`.
    hash: the rest of the line after the last `####` (GSM8K's form). answer_is: what follows the last "answer is" or
    "answer:". hash_number, answer_is_number: the number right after the first `####`, or "the answer is", that one
    follows. bold: the last text between `**` that is no heading. last_formula: the last formula, unless a number
    follows it. last_number: the last number.
    Reasoning before `</think>` does not count, and if the reasoning was never closed there is no answer.
    Raises GradusError for an unknown method.
    """
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise GradusError(f"extraction method {unknown[0]!r} is unknown; choose among {', '.join(METHODS)}")
    said = after_thoughts(text)
    if said is None:
        return None
    for method in methods:
        answer = METHODS[method](said)
        if answer is not None and answer.strip():
            return answer.strip()
        if method == "boxed" and has_box(said):
            return None  # a last box that is empty or cut off retracts what was said before it
    return None


def answer_given(text: str, other: str) -> str:
    """The answer in a text that was given as an answer, to be compared with `other`.

    If there are boxes, it is their content. A sentence is searched for its answer, unless `other` is a sentence too:
    two sentences are compared unchanged.
    """
    answer = given_answer(text)
    if _is_sentence(answer) and not _is_sentence(given_answer(other)):
        return extract_answer(answer, ANY) or answer
    return answer


def _hash(text: str) -> str | None:
    found = _HASH.findall(text)
    return _within(found[-1]) if found else None


def _hash_number(text: str) -> str | None:
    found = _HASH_NUMBER.search(text)
    return found[1] if found else None


def _answer_is_number(text: str) -> str | None:
    found = _ANSWER_IS_NUMBER.search(text)
    return found[1] if found else None


def _answer_tag(text: str) -> str | None:
    begin = end = -1
    for tag in _TAG.finditer(text):
        if not tag[1]:
            begin, end = tag.end(), -1
        elif end < 0:
            end = tag.start()
    return _within(text[begin:end]) if 0 <= begin <= end else None  # the last one may have been cut off


def _answer_is(text: str) -> str | None:
    at = -1
    for found in _ANSWER_IS.finditer(text):
        at = found.end()
    lowered = text.lower()
    if any(word in lowered for word in _SAYS_ANSWER):
        for found in _ANSWER_ELSEWHERE.finditer(text):
            at = max(at, found.end())
    if at < 0:
        return None
    rest = text[at : at + _ANSWER_REACH].lstrip()
    if _BOX.search(rest.partition("\n\n")[0]):
        return boxed_answer(rest)
    if rest.startswith(("$$", r"\[")):
        return rest.partition("\n\n")[0]
    sentence = _SENTENCE_END.split(rest.partition("\n")[0], maxsplit=1)[0]
    answer = _ADVERBS.sub("", _REASONS.split(sentence, maxsplit=1)[0].strip(" *"), count=1)
    if _NUMBER.search(answer):
        answer = _GOES_ON.split(answer, maxsplit=1)[0]
    # "Answer: The number of ways to do this is 12" is a sentence with its answer at the end.
    if _words(answer) > 2:
        answer = _IS.split(answer)[-1]
    return answer if _words(answer) <= _MOST_WORDS else None


def _bold(text: str) -> str | None:
    said = None
    for found in _BOLD.finditer(text):
        if not found[2] and not found[1].rstrip().endswith(":"):  # else a heading, as **Step 2:** is
            said = found[1].strip(" *")
    if said is None:
        return None
    return _answer_is(said) if _ANSWER_IS.search(said) else _within(said)


def _last_formula(text: str) -> str | None:
    found = last_formula(text)
    return None if found is None or _NUMBER.search(found[1]) else found[0]


def _last_number(text: str) -> str | None:
    tail = max(0, len(text) - _TAIL)
    for begin in (tail, 0) if tail else (0,):
        last = None
        for last in _NUMBER.finditer(text, begin):  # noqa: B007
            pass
        if last is not None and (last.start() > begin + _TAIL // 2 or not begin):
            return last[0]  # nearer to `begin` it may be the end of a longer number
    return None


def _within(answer: str) -> str | None:
    return boxed_answer(answer) if _BOX.search(answer) else answer


def _is_sentence(text: str) -> bool:
    if len(text) > _ANSWER_REACH * 10 or not _VERB.search(text):
        return False
    words = _words(text)
    if words >= _PARAGRAPH_WORDS:
        return True
    return words >= 3 and (last_formula(text) is not None or _ANSWER_IS.search(text) is not None)


def _words(text: str) -> int:
    return len(_WORD.findall(without_formulas(text)))


METHODS: dict[str, Callable[[str], str | None]] = {
    "boxed": boxed_answer,
    "answer_tag": _answer_tag,
    "hash": _hash,
    "hash_number": _hash_number,
    "answer_is": _answer_is,
    "answer_is_number": _answer_is_number,
    "bold": _bold,
    "last_formula": _last_formula,
    "last_number": _last_number,
}
