r"""Remarks around a value: "about 3.46", "for any real $c$", "(in total)", "The area is".

All functions take and return text as `spelling.prepare` returns it. They never add anything to an answer, and they
remove only what they understand word by word: anything else may make it a different answer.
"""

import re

from gradus.grading import units
from gradus.grading.clock import time_of
from gradus.grading.notation import FUNCTIONS
from gradus.grading.numberwords import number_of
from gradus.grading.tree import Time

_WRAPPED = re.compile(r"\\(?:text|textrm|textbf|textit|mathrm|mbox|operatorname)\s*\{([^{}]*)\}")
_OPENING = r"(?:\\(?:text|textrm|textbf|textit|mathrm|mbox)\s*\{|\\q?quad(?![A-Za-z])|[\s,;:(]){0,12}"
_ABOUT = re.compile(
    rf"{_OPENING}(?:(?:or|which is|i\.e\.,?|that is|≈)\s+)?"
    r"(?:(?<![A-Za-z\\])(?:approximately|approx|about|roughly|or about)(?![A-Za-z])\.?|约等于|约为|大约|约)"
    r"(?P<value>[^=<>]*)\Z"
)
_ABOUT_SIGN = re.compile(r"[\s,;]*(?:\\q?quad\s*)*\(\s*\\(?:approx|doteq|simeq|thickapprox)(?P<value>[^=<>()]*)\)\s*\Z")
_VALUE = re.compile(r"[0-9\\=]")
_UNFINISHED = re.compile(r"(?:=|\\approx|\bis|\bare|\bof|\bby|:|[-+*/^_({])\s*\Z")

_QUALIFIER = re.compile(rf"{_OPENING}(?<![A-Za-z])(?:for|where|with)(?![A-Za-z])")
_SET = r"(?:\\mathbb\s*\{?\s*[ZRNQC]\s*\}?|\\mathbf\s*\{?\s*[ZRNQC]\s*\}?|[ZRNQC](?![A-Za-z]))"
_MEMBER = re.compile(
    rf"(?:\\q?quad(?![A-Za-z])|[\s,;(:]){{1,12}}(?P<letters>[A-Za-z](?:\s*,\s*[A-Za-z])*)\s*\\in\s*{_SET}"
    r"(?:_?\^?\{?(?:[+*]|\\geq?\s*0|>\s*0)\}?)*[\s)]*\Z"
)
# `a_n = 2n, n >= 1`: where an index begins.
_FIRST_INDEX = re.compile(
    rf"{_OPENING}(?:(?:for|where|with)(?: (?:all|any|every|each|positive|integers?))*)?[\s}},;(]+(?P<letter>[k-n])\s*"
    r"(?:\\geq?(?:slant)?(?![A-Za-z])|>=)\s*[01][\s)}.]*\Z"
)
_INEQUALITY = re.compile(r"[<>]|\\(?:leq?|geq?|neq?|lt|gt|equiv)(?:slant)?(?![A-Za-z])")
_RUN = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{1,3}(?![A-Za-z])")
_TOKEN = re.compile(r"\\[A-Za-z]+|[A-Za-z]+|[0-9]+|[^\s]")
_ALLOWED_WORDS = (
    r"any all every each some arbitrary real positive negative nonnegative non integer integers number numbers "
    r"constant constants rational natural complex nonzero fixed value values of is are be being a an the for where "
    r"with or and parameter parameters free denotes denote belongs belonging to in set scalar scalars when as "
    r"reals \in \mathbb \text \mathrm \textrm \mbox \quad \qquad \neq \ne"
)
_ALLOWED = frozenset(_ALLOWED_WORDS.split())
# One of these is required: `for x` alone may be part of the answer.
_CORE = frozenset(
    [
        r"any",
        r"all",
        r"every",
        r"each",
        r"arbitrary",
        r"real",
        r"constant",
        r"constants",
        r"integer",
        r"integers",
        r"number",
        r"numbers",
        r"parameter",
        r"\in",
    ]
)
_PUNCTUATION = frozenset(",.;:{}()$")

_BRACKETED = re.compile(rf"{_OPENING}\((?P<inside>[^()]*)\)[\s}}]*\Z")
_LAST_WORD = re.compile(r"(?<!\\)\b([A-Za-z]+)(\s*)\Z")
_DIGIT = re.compile(r"[0-9\\]")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_MEANT = frozenset(
    [
        "mod",
        "if",
        "when",
        "or",
        "for",
        "where",
        "otherwise",
        "base",
        "inclusive",
        "exclusive",
        "except",
        "but",
        "incorrect",
        "wrong",
        "false",
        "not",
    ]
)
_LABEL = re.compile(
    r"(?P<open>\\text\w*\s*\{\s*)?(?<![A-Za-z\\])(?!lambda\b)"
    r"(?P<words>[A-Za-z][A-Za-z ]{2,40})\s*:\s*(?(open)\}\s*)(?=[-+0-9\\$(.])"
)

_OPTION = re.compile(
    r"(?:the )?(?:correct )?(?:option|choice|answer|answer choice|选项?|答案)\s*(?:is\s*)?:?\s*\(?([A-J])\)?|([A-J])\)",
    re.IGNORECASE,
)
_SAYS = re.compile(
    r"(?<![A-Za-z\\])(?:is|are|equals?|was|were|be|has|have|had|totals|becomes|gives|costs|makes|takes|contains|needs"
    r"|spends|spent|earns|earned)(?![A-Za-z])|是|为|等于|共有|一共|共|有"
)
# Words that only announce a value; any other word could be part of the answer, as in `June 20`.
_LEADING = re.compile(
    r"(?:(?<![\\A-Za-z])(?:the|a|an|of|is|are|so|thus|hence|therefore|then|clearly|simply|just|exactly|only|about|approximately"
    r"|total|sum|product|answer|final|result|value|number|length|area|volume|perimeter|measure|radius|height|width|size"
    r"|probability|distance|price|cost|amount|average|mean|median|maximum|minimum|max|min|least|greatest|largest|smallest"
    r"|remainder|quotient|difference|ratio|to|be|must|equal|at|in)(?![A-Za-z])[\s,:]*|[一-鿿][:\s]*)+(?=[-+0-9\\($.A-Za-z])",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"(yes|no|true|false)[,.;: ]+(?:it|he|she|they|this|that|there|because|since|we|you)(?: [A-Za-z' ]*)?",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"(?:the set of )?all (?:real(?: numbers?| values?)?|reals)(?:(?: of)? (?P<letter>[a-z]))?,?"
    r" (?:except|other than|excluding)(?: for| when)? (?:[a-z] ?= ?)?(?P<value>(?:(?!\b(?:and|or)\b)[^,;=<>])+)",
    re.IGNORECASE,
)
_UNIVERSAL = re.compile(
    r"(?:(?:\\text\w*\s*\{\s*)?(?:for )?(?:all|any|every)"
    r"(?: (?:positive|integers?|reals?|whole|natural|numbers?|values of)\b)*"
    r"[\s},]*|(?P<member>[A-Za-z])\s*\\in\s*(?:\\mathbb\s*\{?\s*R\s*\}?|R)\s*(?:[,;]|\\text\{ ?and ?\}|and)\s*)"
    r"(?=(?(member)(?P=member)|[A-Za-z])\s*(?:\\(?:geq?|leq?|ne|neq|gt|lt)(?:slant)?(?![A-Za-z])|[<>]))"
)
_REMARK = re.compile(
    r"(?:\\text\w*\s*\{|[\s,;]){1,6}(?:is|are)(?: (?:the|our|final|only|unique|correct|required|desired|maximum|minimum"
    r"|max|min|largest|smallest|greatest|least|possible)\b)*"
    r"(?: (?:answers?|solutions?|values?|results?|ones?|maximum|minimum|total))[\s}.!]*\Z"
)
_TWICE = re.compile(r"(?P<words>[A-Za-z][A-Za-z -]+?)\s*\(\s*(?P<digits>-?[0-9][0-9,]*)\s*\)")
_DENIED = re.compile(
    r"(?<![A-Za-z\\])(?:not|no|never|neither|nor|than|least|most|between|except|otherwise|if|less|more|fewer|unless|cannot|without)(?![A-Za-z])"
    r"|n't|不"
)


def unwrapped(text: str) -> str:
    r"""The text with `\text{}` and similar commands replaced by their content."""
    return " ".join(_WRAPPED.sub(r" \1 ", text).split())


def without_remarks(text: str) -> tuple[str, str]:
    """(the text without remarks about its value, the approximation among these or "")."""
    about = ""
    for pattern in (_ABOUT, _ABOUT_SIGN):
        found = pattern.search(text)
        before = text[: found.start()] if found else ""
        if found and _VALUE.search(before) and not _UNFINISHED.search(before):
            text, about = _closed(before), found["value"].strip(" (){}.,")
    text = _without_bracketed(_without_qualifier(text))
    text = _without_remark(text)
    if ":" in text:
        text = _LABEL.sub(r"\\text{\g<words>} = ", text)
    option = _OPTION.fullmatch(unwrapped(text)) if len(text) < 60 else None
    return (option[1] or option[2] if option else text), about


def yes_or_no(text: str) -> str:
    """The `No` of `No, because it is odd`; "" for other texts."""
    found = _VERDICT.fullmatch(unwrapped(text))
    return found[1] if found else ""


def qualifier(text: str) -> str:
    """The part that `without_remarks` removes since it only says what a letter means, or ""."""
    return text[_qualifier_start(text) :]


def without_universal(text: str) -> str:
    r"""The condition in `all real x, x > 2`, `x \in \mathbb{R}, x > 2` and `all real numbers except 2`."""
    exception = _EXCEPTION.fullmatch(unwrapped(text)) if text[-1:] != "." else None
    if exception:
        return rf"{exception['letter'] or 'u'} \neq {exception['value']}"
    found = _UNIVERSAL.match(text)
    return text[found.end() :] if found else text


def _without_qualifier(text: str) -> str:
    start = _qualifier_start(text)
    return text if start == len(text) else _closed(text[:start])


def _qualifier_start(text: str) -> int:
    """Where the qualifier begins; the length of the text if there is none."""
    for found in _QUALIFIER.finditer(text):
        before, rest = text[: found.start()], text[found.end() :]
        tokens = _TOKEN.findall(rest)
        if before.strip() and not _CORE.isdisjoint(tokens) and all(map(_says_nothing, tokens)):
            return found.start()
    member = _MEMBER.search(text) if "\\in" in text else None
    if member and any(
        _is_free(letter, text[: member.start()]) for letter in member["letters"].replace(" ", "").split(",")
    ):
        return member.start()
    bound = _FIRST_INDEX.search(text)
    if bound and not _INEQUALITY.search(text[: bound.start()]) and _is_free(bound["letter"], text[: bound.start()]):
        return bound.start()
    return len(text)


def _without_remark(text: str) -> str:
    """`n = 3 is the only solution` as `n = 3`."""
    found = _REMARK.search(text)
    before = text[: found.start()] if found else ""
    return _closed(before) if _VALUE.search(before) and not _UNFINISHED.search(before) else text


def _is_free(letter: str, before: str) -> bool:
    runs = [run for run in _RUN.findall(before) if run not in FUNCTIONS]
    return any(letter in run for run in runs) and before.strip() != letter


def _says_nothing(token: str) -> bool:
    return token.lower() in _ALLOWED or token in _PUNCTUATION or (len(token) == 1 and token.isalpha())


def _without_bracketed(text: str) -> str:
    found = _BRACKETED.search(text)
    if not found or not text[: found.start()].strip() or _UNFINISHED.search(text[: found.start()]):
        return text
    words = _WORD.findall(unwrapped(found["inside"]).lower())
    if not words or _MEANT & set(words) or any(units.unit_name(word) in units.BARE for word in words[:2]):
        return text
    before = text[: found.start()]
    last = _LAST_WORD.search(text[: found.start("inside") - 1])
    applied = last is not None and (last[1] in FUNCTIONS or not last[2])
    return _closed(before) if _VALUE.search(before) and not applied else text


def _closed(text: str) -> str:
    """The text with its open braces closed."""
    left = len(re.findall(r"(?<!\\)\{", text)) - len(re.findall(r"(?<!\\)\}", text))
    return (text + "}" * max(left, 0)).strip(" ,;:")


def value_candidates(text: str) -> list[str]:
    """The candidates for a sentence's value, the likeliest first: what follows its last verb, or its opening words."""
    plain = unwrapped(text).strip(" .")
    twice = _TWICE.fullmatch(plain)
    if twice:
        number = number_of(" ".join(re.findall("[a-z]+", twice["words"].lower())))
        return [twice["digits"]] if number is not None and number == int(twice["digits"].replace(",", "")) else []
    if _DENIED.search(plain):
        return []
    found = []
    rest = _SAYS.split(plain)[-1].strip(" :,") if _SAYS.search(plain) else ""
    if rest and rest != plain:
        found += [rest, _LEADING.sub("", rest, count=1)]
    opening = _LEADING.match(plain)
    if opening:
        found.append(plain[opening.end() :])
    return [each for each in dict.fromkeys(found) if each != plain and (_DIGIT.search(each) or not _WORD.search(each))]


def stated_time(text: str) -> Time | None:
    """A time of day in words or with `am` or `pm`; digits alone may also be a ratio."""
    return time_of(unwrapped(text)) if len(text) < 100 else None
