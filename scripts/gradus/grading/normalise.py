"""One spelling for what LaTeX spells in many ways, without judging what it means."""

import re

_PLAIN = str.maketrans(
    {"−": "-", "–": "-", "\N{FULLWIDTH COMMA}": ",", "\xa0": " ", "\u2009": " ", "\u202f": " ", "°": "^{\\circ}"}
)
# In this order: `\dfrac` before spaces are looked at, digit groups before the spacing commands that separate them.
_REWRITES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\\[dtc]frac(?![A-Za-z])", r"\\frac"),
        (r"\\(?:left|right|bigl?|bigr|Bigl?|Bigr)(?![A-Za-z])\.?", ""),
        (r"\\\(|\\\)|\\\[|\\\]|\\?\$", ""),
        (r"(?<=[0-9])(?:\{,\}|,\\!|\\[,;:! ])(?=[0-9]{3}(?![0-9]))", ""),
        (r"\\[,;:! ]|\\q?quad(?![A-Za-z])|~", " "),
        (r"\\(?:text)?(?:degree|textdegree)(?![A-Za-z])", r"^{\\circ}"),
        (r"\^\s*\\circ(?![A-Za-z])", r"^{\\circ}"),
        (r"π", r"\\pi "),
        (r"(?<![\\A-Za-z])pi(?![A-Za-z])", r"\\pi"),
        (r"\\%", "%"),
        (r"\\frac\s*([0-9])\s*([0-9])", r"\\frac{\1}{\2}"),
        (r"\\frac\s*([0-9])\s*\{", r"\\frac{\1}{"),
        (r"(\\frac\{[0-9]+\})\s*([0-9])", r"\1{\2}"),
        (r"\\sqrt\s*([0-9A-Za-z])", r"\\sqrt{\1}"),
        (r"(?<=[0-9}])\s*\\cdot\s*(?=\\(?:sqrt|pi)(?![A-Za-z]))", ""),
        (r"\s+", " "),
    )
)
_TEXT = re.compile(r"\\(?:text|textbf|textrm|textit|mathrm|mathbf|mathit|mbox|operatorname)\s*\{([^{}]*)\}")
_LOOSE_SPACE = re.compile(r"(?<![0-9A-Za-z]) | (?![0-9A-Za-z])")
_WORDS = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]+)*")


def clean(text: str) -> str:
    r"""Drop dollars, sizes and spacing, unify fractions; `\text{...}` stays (units are told by it). Linear in time."""
    text = text.translate(_PLAIN).strip()
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    text = text.strip()
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1].rstrip()
    return text


def unwrap(cleaned: str) -> str:
    r"""Replace `\text{...}` and its kin by their content (twice, for a bold text in a text)."""
    if "\\" not in cleaned:
        return cleaned
    return _TEXT.sub(r"\1", _TEXT.sub(r"\1", cleaned)).strip()


def identity(unwrapped: str) -> str:
    """What two equal texts have in common: no loose spaces; words (but not single letters) in lower case."""
    text = _LOOSE_SPACE.sub("", unwrapped)
    return text.lower() if _WORDS.fullmatch(text) else text
