r"""The plain graders that tables of the field are made with, rewritten from their published rules, for comparison only.

Each is given a whole completion and finds the answer in it by its own rule. No text is evaluated. Sources: MATH,
Hendrycks et al. 2021 (arXiv 2103.03874), `is_equiv`; GSM8K, Cobbe et al. 2021 (arXiv 2110.14168), and the flexible
match of lm-evaluation-harness; PRM800K, Lightman et al. 2023 (arXiv 2305.20050).
"""

import re

from gradus.grading.equivalence import parse_answer
from gradus.grading.verdict import in_process

_BRACE = re.compile("[{}]")
_DROPPED = re.compile(r"\n|\\!|\\left(?![A-Za-z])|\\right(?![A-Za-z])|\^\{?\\circ\}?|\\\$|\\?%")
_SMALL_FRACTION = re.compile(r"\\[td]frac(?![A-Za-z])")
_UNIT = re.compile(r"\\text\{ .*", re.DOTALL)
_BARE_ARGUMENT = re.compile(r"(\\sqrt)([^{\\\s])")
_BARE_FRACTION = re.compile(r"\\frac([^{\\\s])([^{\\\s])")
_HALF_BARE_FRACTION = re.compile(r"\\frac([^{\\\s])\{")
_SLASH = re.compile(r"(-?[0-9]+)/(-?[0-9]+)")
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?|-?\.[0-9]+")

_WORDS = re.compile(r"\\text\s*\{([^{}]*)\}|\\(?:mathrm|mbox|textbf)\s*\{([^{}]*)\}")
_UNITS = re.compile(
    r"(?<![\\A-Za-z])(?:degree|cm|centimeter|meter|mile|second|minute|hour|day|week|month|year|foot|feet|inch|yard)"
    r"(?:es|s)?(?:\^[0-9]+)?(?![A-Za-z])",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_MIXED = re.compile(r"(?<![0-9.])([0-9]+) +([0-9]+/[0-9]+)")
_MIXED_FRACTION = re.compile(r"(?<=[0-9]) *\\frac\{([0-9]+)\}\{([0-9]+)\}")
_FRACTION = re.compile(r"-?[0-9]+/[0-9]+|-?\\frac\{[0-9]+\}\{[0-9]+\}")
_WHOLE = re.compile(r"^(-?[0-9]+)\.0+$")
_INTEGER = re.compile(r"-?[0-9]+")
_LONGEST_CHARACTERS = 2000


def exact(reference: str, completion: str) -> bool:
    """The same characters, but for space around them, after the last `####` or else in the last box."""
    answer = _after_hash(completion)
    return reference.strip() == (_boxed(completion) if answer is None else answer).strip()


def math_paper(reference: str, completion: str) -> bool:
    r"""MATH's own test: the same string once `\left`, units, percent and spaces are gone and fractions spelt alike."""
    return _math_string(reference) == _math_string(_boxed(completion))


def last_number(reference: str, completion: str) -> bool:
    """GSM8K's way: the last number of both, without thousands separators, is the same string."""
    ours, theirs = _NUMBER.findall(reference[-_LONGEST_CHARACTERS:]), _NUMBER.findall(completion[-_LONGEST_CHARACTERS:])
    return bool(ours and theirs) and ours[-1].replace(",", "") == theirs[-1].replace(",", "")


def prm800k(reference: str, completion: str) -> bool:
    """PRM800K's rules, with this project's exact layers in SymPy's place.

    The answer follows `# Answer`, its models' last line, or else is in the last box. Equal as MATH has it; or part by
    part, where brackets and their number are the same: two fractions have to be the same string (unreduced is wrong),
    an integer is matched by an integer only, and else values decide.
    """
    _, heading, rest = completion.rpartition("# Answer\n")
    answer = rest.strip() if heading else _boxed(completion)
    if _math_string(reference) == _math_string(answer):
        return True
    known, given = _plain_string(reference), _plain_string(answer)
    if not given or len(given) > _LONGEST_CHARACTERS or len(known) > _LONGEST_CHARACTERS:
        return False
    if known == given:
        return True
    ours, theirs = _parts(known), _parts(given)
    if len(ours) != len(theirs):
        return False
    if len(ours) > 1 and (known[0], known[-1]) != (given[0], given[-1]):
        return False
    return all(map(_part_matches, ours, theirs))


def _after_hash(text: str) -> str | None:
    _, mark, rest = text.rpartition("####")
    return rest.partition("\n")[0] if mark else None


def _boxed(text: str) -> str:
    """MATH's `last_boxed_only_string`: what the braces of the last box hold; the whole text where there is none."""
    at = max(text.rfind(r"\boxed{"), text.rfind(r"\fbox{"))
    if at < 0:
        return text
    begin = text.index("{", at) + 1
    depth = 1
    for brace in _BRACE.finditer(text, begin):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return text[begin : brace.start()]
    return ""


def _math_string(text: str) -> str:
    text = _UNIT.sub("", _SMALL_FRACTION.sub(r"\\frac", _DROPPED.sub("", text.replace("\\\\", "\\"))))
    if text.startswith("."):
        text = "0" + text
    text = text.replace(" .", " 0.").replace("{.", "{0.")
    name, equals, value = text.partition("=")
    if equals and "=" not in value and len(name.strip()) <= 2:
        text = value
    text = _BARE_ARGUMENT.sub(r"\1{\2}", text).replace(" ", "")
    text = _HALF_BARE_FRACTION.sub(r"\\frac{\1}{", _BARE_FRACTION.sub(r"\\frac{\1}{\2}", text))
    if text == "0.5":
        return r"\frac{1}{2}"
    slash = _SLASH.fullmatch(text)
    return rf"\frac{{{slash[1]}}}{{{slash[2]}}}" if slash else text


def _plain_string(text: str) -> str:
    text = _WORDS.sub(lambda match: match[1] or match[2] or "", text)
    text = _DROPPED.sub("", text).replace("$", "").replace(" or ", " , ").replace(" and ", " , ")
    text = _UNITS.sub("", text)
    text = _MIXED.sub(r"\1+\2", _GROUPED.sub("", _SMALL_FRACTION.sub(r"\\frac", text)))
    text = _MIXED_FRACTION.sub(r"+\1/\2", text)
    text = text.replace(" ", "").lower().rstrip(".")
    return _WHOLE.sub(r"\1", text)


def _parts(text: str) -> list[str]:
    bracketed = len(text) > 2 and text[0] in "([" and text[-1] in ")]"
    if bracketed and not set(text[1:-1]) & set("()[]"):
        return text[1:-1].split(",")
    return [text]


def _part_matches(known: str, given: str) -> bool:
    if known == given:
        return True
    if _FRACTION.fullmatch(known) and _FRACTION.fullmatch(given):
        return False
    if _INTEGER.fullmatch(known) and not _INTEGER.fullmatch(given):
        return False
    return in_process(parse_answer(known), parse_answer(given)).equal is True
