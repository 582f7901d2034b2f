"""A problem as tokens that do not depend on its typesetting: without spacing, LaTeX variants, case and punctuation.

What makes a problem another one stays: words, numbers, symbols, commands such as \\sqrt. Digits are tokens of their
own, so that 1,000 and 1{,}000 and 1000, or \\frac12 and \\frac{1}{2}, are the same. Pictures ([asy] code) are kept
apart: a copy often lacks them, and their boilerplate is alike in problems that are not.
"""

import re
from dataclasses import dataclass

Tokens = tuple[str, ...]

_PICTURE = re.compile(r"\[asy\](.*?)(?:\[/asy\]|\Z)", re.DOTALL)
# A dot is part of a number where a digit follows at once; any other is punctuation.
_TOKEN = re.compile(r"\\[a-z]+|\\.|[0-9]|[a-z]+|\.(?=[0-9])|-+|[^\s.]", re.DOTALL)
_LENGTH = re.compile(r"\\[hv]space\*?\s*\{[^{}]*\}|\\\\\s*\[[^\[\]]*\]")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[a-z]+\*?\}")

_IGNORED = r"""
    $ { } & ~ , ; : ! ? ' ` " \ \\ \, \; \: \! \/ \( \) \[ \] \{ \} \$ \- \& \quad \qquad \enspace \thinspace \hskip
    \hfill \noindent \par \left \right \middle \big \bigl \bigr \bigg \biggl \biggr \limits \nolimits \nonumber
    \displaystyle \textstyle \scriptstyle \text \textbf \textit \textrm \textup \textnormal \emph \mbox \mathrm \mathbf
    \mathit \mathsf \mathop \operatorname \boldsymbol \bm \rm \bf \it \dots \ldots \cdots \dotsc \dotsb
"""
_DROPPED = {*_IGNORED.split(), "\\ ", "\\\n", "\\\t"}
_DIGITS = "zero one two three four five six seven eight nine"
_SAME = {
    **dict.fromkeys((r"\dfrac", r"\tfrac", r"\cfrac"), r"\frac"),
    **dict.fromkeys((r"\tbinom", r"\dbinom"), r"\binom"),
    **dict.fromkeys((r"\cdot", r"\times", r"\ast"), "*"),
    **dict.fromkeys((r"\vert", r"\lvert", r"\rvert", r"\mid", r"\|"), "|"),
    **{r"\leq": r"\le", r"\leqslant": r"\le", r"\geq": r"\ge", r"\geqslant": r"\ge", r"\neq": r"\ne"},
    **{r"\lt": "<", r"\gt": ">", r"\%": "%", r"\#": "#", r"\_": "_", r"\lbrack": "[", r"\rbrack": "]"},
    **{r"\to": r"\rightarrow", r"\varnothing": r"\emptyset", r"\degree": r"\circ", r"\phi": r"\varphi"},
    **{r"\epsilon": r"\varepsilon", r"\colon": ""},
    **{word: str(digit) for digit, word in enumerate(_DIGITS.split())},
}
# Characters that mean a command, or plain ASCII.
_CHARACTERS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("‘’“”«»…\u00ad\u200b\u200c\u200d\ufeff", ""),
        **{
            "×": "*",
            "·": "*",
            "⋅": "*",
            "∗": "*",
            "≤": r"\le ",
            "≥": r"\ge ",
            "≠": r"\ne ",
            "°": r"^\circ ",
            "√": r"\sqrt ",
        },
        **{"π": r"\pi ", "∞": r"\infty ", "÷": r"\div ", "±": r"\pm ", "→": r"\rightarrow ", "∠": r"\angle "},
        **{"△": r"\triangle ", "∆": r"\triangle ", "½": r"\frac12 ", "¼": r"\frac14 ", "¾": r"\frac34 ", "∈": r"\in "},
        **{"α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "θ": r"\theta ", "λ": r"\lambda ", "ω": r"\omega "},
        **{power: f"^{digit}" for digit, power in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
        **{index: f"_{digit}" for digit, index in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    }
)
_LARGE = """
    ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty
    seventy eighty ninety hundred thousand million billion dozen
"""
_NUMERALS = {*"0123456789.", *_LARGE.split()}


@dataclass(frozen=True, slots=True)
class TokenText:
    """A problem's text, and apart from it its pictures, as tokens."""

    words: Tokens
    pictures: Tokens = ()

    @property
    def key(self) -> str:
        """Equal for texts that differ in their typesetting only: where a token ends depends on spacing too."""
        return "".join(self.words) + "\0" + "".join(self.pictures)


class _Normal(dict[str, str]):
    """The normal form of each token as found; empty where it is dropped. Filled on first use."""

    def __missing__(self, found: str) -> str:
        normal = "" if found in _DROPPED else "-" if found[0] == "-" else _SAME.get(found, found)
        if len(self) < 1_000_000:  # a bound on memory, should a set be noise
            self[found] = normal
        return normal


_NORMAL = _Normal()


def tokenise(text: str) -> TokenText:
    """Tokens of any text, in time that grows with its length only."""
    text = text.lower()
    if not text.isascii():
        text = text.translate(_CHARACTERS)
    if "[asy]" not in text:
        return TokenText(_tokens(text))
    return TokenText(_tokens(_PICTURE.sub(" ", text)), _tokens(" ".join(_PICTURE.findall(text))))


def _tokens(text: str) -> Tokens:
    if "\\" in text:
        text = _ENVIRONMENT.sub(" ", _LENGTH.sub(" ", text))
    normal = _NORMAL
    return tuple([token for found in _TOKEN.findall(text) if (token := normal[found])])


def numbers(tokens: Tokens) -> list[str]:
    """The numbers of a text in order: runs of numerals, so 2,500 is one, and `7, 25` always 725."""
    runs: list[str] = []
    follows = False
    for token in tokens:
        if token in _NUMERALS:
            if follows:
                runs[-1] += token
            else:
                runs.append(token)
        follows = token in _NUMERALS
    return runs


def is_numeral(token: str) -> bool:
    return token in _NUMERALS
