r"""Normalize spelling: Unicode, doubled backslashes, sizes, colours, digit groups, rows.

The result is LaTeX and plain notation for `tokens.py`. All passes are linear in the length of the text.
"""

import re
import unicodedata

from gradus.grading.characters import UNICODE
from gradus.grading.environments import flatten

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUBSCRIPT_RUN = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_VULGAR = re.compile("[¼½¾⅐-⅞]")
_CIRCLED = re.compile(r"[①-⑳]|\\textcircled\s*\{?\s*(?:\\\w+\s*)?([0-9]{1,2})\s*\}?")

_HAN_JOINT = re.compile(r"(?<![一-鿿])(?:或者|或|以及|和|与|及)(?![一-鿿])")

_KNOWN = (
    "frac|dfrac|tfrac|cfrac|left|right|sqrt|pi|text|cdot|times|infty|leq?|geq?|cup|cap|pm|begin|end|mathrm|mathbf|boxed"
    "|sin|cos|tan|log|ln|circ|in|to|theta|alpha|beta|textbf|mbox|quad|binom|approx|neq?|overline"
)
# JSON encoded twice has \\frac for \frac. In a matrix \\ ends a row, and a command after it has its own backslash.
_DOUBLED = re.compile(rf"(?<!\\)\\\\(?=(?:{_KNOWN})(?![A-Za-z])|[{{}}])")
_DIGIT_GROUPS = re.compile(r"(?<=[0-9])\s*(?:\{,\}|,\s*\\!|\\[,:;! ]|~)\s*(?=[0-9]{3}(?![0-9]))")
_REPEATING = re.compile(r"(?<![0-9.])([0-9]*)\.([0-9]*)\\(?:overline|bar)\s*\{([0-9]+)\}")
# A letter after an explicit space at the end is a unit: `576\pi\;m^2`. So is a quotient of such letters.
_UNIT_LETTER = re.compile(
    r"(?<=[0-9A-Za-z})])(?:\\[,;: ]|~)\s*([msghLlNJWV])(?=(?:\^\{?[23]\}?)?\s*\$?\s*$|\s*/\s*[a-z]{1,3}\b)"
)
_RATE = re.compile(
    r"(?<=[0-9}) ])(?<![A-Za-z] )(k?m|cm|mm|ft|mi|k?g|[LlNJ])\s*/\s*(s|h|hr|min|sec|m|cm|[Ll]|kg|mol|day)"
    r"(?=(?:\^\{?[23]\}?)?$)"
)
# 0.333...: at least three repetitions of the same digits.
_GOING_ON = re.compile(r"(?<![0-9.])([0-9]*)\.([0-9]*?)([0-9]{1,3}?)\3{2,}[0-9]?\s*\.\.\.\s*$")
_OHMS = re.compile(
    r"(-?[0-9][0-9.,]*(?:\s*\\(?:times|cdot)\s*10\s*\^\s*\{?-?[0-9]+\}?)?)(?:\s|\\[,;: ]|~)*"
    r"(?:\\(?:text|mathrm)\{([kM]?)\}|([kM]?))\\Omega\s*"
)
_OHM_UNITS = {"": "ohm", "k": "kiloohm", "M": "megaohm"}
_SYMPY = re.compile(r"(?=.*(?:\*I|I\*|[+-] I))(?:[0-9.+*/() -]|sqrt|exp|sin|cos|tan|log|pi|I(?![A-Za-z]))+")
_NEGATIVE = re.compile(r"(?:\\text\s*\{)?(?:negative|minus)(?:\s*\})?\s+(?=[0-9\\])", re.IGNORECASE)
_COLOURS = re.compile(
    r"\\(?:text|page)?color(?:box)?\s*(?:\[[^\[\]]*\]\s*)?\{[^{}]*\}|\\fcolorbox\s*\{[^{}]*\}\s*\{[^{}]*\}"
    r"|\\(?:[hv]space\*?|[hv]?phantom|label|tag\*?|mspace)\s*\{[^{}]*\}"
    r"|\\(?:m?kern|[hm]skip)\s*-?[0-9.]+\s*[a-z]{2}"
)
_SPACING = re.compile(
    r"(?<!\\)\\[,;:! \n]|\\(?:displaystyle|textstyle|script(?:script)?style|(?:no)?limits|left|right|[bB]igg?[lrm]?"
    r"|middle|rm|bf|it|sf|tt|cal|hfill|(?:thin|med|thick|negthin)space|en(?:space|skip)|nobreak|(?:math)?strut|tiny"
    r"|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge|mathord|mathop|mathrel|mathbin|mathopen"
    r"|mathclose|mathinner|ensuremath|displaylimits|allowbreak|noindent|centering|boldmath|bullet|therefore)"
    r"(?![A-Za-z])(?:\s*\.(?=\s*(?:$|,)))?"
    r"|\\(?:\(|\)|\[|\])|(?<!\\)\$|~"
)
_MARKS = re.compile(r"(\*{1,3}|_{2}|`{1,3})(.+?)\1[.,;:]?", re.DOTALL)
_LEADING = re.compile(r"(?:=(?![=<>])|\\(?:Rightarrow|implies|Longrightarrow|colon)(?![A-Za-z])|\\\\|:)\s*")
_CONCLUSION = re.compile(r"\\(?:Rightarrow|implies|Longrightarrow)(?![A-Za-z])")
_PRINTED = re.compile(r"""[\[(]\s*(?:(?:'[^']*'|"[^"]*")\s*(?:,\s*|(?=[\])])))+[\])]""")
_PRINTED_ITEM = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_SPLIT_LINES = re.compile(r"\s*\n\s*")
_CONTINUES = re.compile(r"\\(?:approx|le|ge|cdot|times|quad)|[-+=<>*/)\]}|&]")


def prepare(text: str) -> str:
    """The text without differences of spelling."""
    text = _printed(text.strip())
    if not text.isascii():
        text = _circled(text)
        text = _SUPERSCRIPT_RUN.sub(lambda run: "^{" + run[0].translate(_SUPERSCRIPTS) + "}", text)
        text = _SUBSCRIPT_RUN.sub(lambda run: "_{" + run[0].translate(_SUBSCRIPTS) + "}", text)
        text = _VULGAR.sub(lambda one: " " + unicodedata.normalize("NFKC", one[0]), text)
        text = unicodedata.normalize("NFKC", text.translate(UNICODE)).translate(UNICODE)
        text = "".join(str(unicodedata.decimal(c, c)) if not c.isascii() else c for c in text)
        text = _HAN_JOINT.sub(lambda joint: " or " if joint[0].startswith("或") else " and ", text)
    text = text.replace("\x0c", "\\f")
    marked = _MARKS.fullmatch(text)
    text = marked[2] if marked else text
    if "\n" in text:
        text = _listed(text)
    text = _NEGATIVE.sub("-", text, count=1) if text[:1].isalpha() or text[:2] == "\\t" else text
    text = text.replace("I", "i") if "I" in text and _SYMPY.fullmatch(text) else text
    ohms = _OHMS.fullmatch(text) if "Omega" in text else None
    text = rf"{ohms[1]} \text{{ {_OHM_UNITS[ohms[2] or ohms[3] or '']}}}" if ohms else text
    if "\\" in text or "~" in text or "$" in text or "{,}" in text:
        text = _circled(undouble(text)) if "\\" in text else text
        text = _DIGIT_GROUPS.sub("", text)
        text = _REPEATING.sub(_repeating, text)
        text = text.replace("\\ldots", "...").replace("\\dots", "...") if "dots" in text else text
        text = _UNIT_LETTER.sub(r" \\text{ \1}", flatten(_COLOURS.sub(" ", text)))
        text = _SPACING.sub(" ", text)
        text = _CONCLUSION.split(text.rstrip(" \\") if text.endswith("\\") else text)[-1]
    text = _GOING_ON.sub(_repeating, text) if "..." in text else text
    text = _RATE.sub(r" \\text{\1}/\\text{\2}", text.strip())
    leading = _LEADING.match(text)
    text = text[leading.end() :] if leading else text
    while text and text[-1] in ".,;:。" and not text.endswith("..") and not text.endswith("\\" + text[-1]):
        text = text[:-1].rstrip()
    return text


def undouble(text: str) -> str:
    r"""`\\\\frac`, which JSON encoded twice has, as `\\frac`."""
    return _DOUBLED.sub(r"\\", text) if "\\\\" in text else text


def _printed(text: str) -> str:
    """A printed list of strings, `['2', '-3']`, as its items."""
    if text[:1] not in "[(" or not _PRINTED.fullmatch(text):
        return text
    return ", ".join(single or double for single, double in _PRINTED_ITEM.findall(text))


def _circled(text: str) -> str:
    """Circled numbers name statements: several of them are a list, even without a separator."""
    if "textcircled" not in text and not _CIRCLED.search(text):
        return text
    return _CIRCLED.sub(lambda one: f", {one[1] or unicodedata.normalize('NFKC', one[0])}, ", text)


def _listed(text: str) -> str:
    """Values on lines of their own are a list; lines of prose, or of one formula, are not."""
    lines = [line for line in _SPLIT_LINES.split(text) if line.strip(" $\\[]()")]
    if len(lines) < 2 or "\\begin" in text or any(_WORD.search(line) or _CONTINUES.match(line) for line in lines):
        return text
    return ", ".join(line.rstrip(",;") for line in lines)


def _repeating(match: re.Match[str]) -> str:
    r"""0.1\overline{6} as a fraction."""
    whole, fixed, cycle = match[1] or "0", match[2], match[3]
    numerator = int(whole + fixed + cycle) - int(whole + fixed)
    return f"({numerator}/{(10 ** len(cycle) - 1) * 10 ** len(fixed)})"
