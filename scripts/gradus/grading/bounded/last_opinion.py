r"""math-verify as the last opinion, asked both ways round, since it is not symmetric in gold and answer.

Only worker processes import this. Its own time limits are alarm signals and stay switched off: the worker's budget
bounds it. It reads LaTeX only; its reader of plain expressions hands text to Python and is not used.
"""

import logging
import re

from math_verify import parse, verify
from math_verify.parser import LatexExtractionConfig

_DELIMITED = re.compile(r"\$|\\\(|\\\[|\\boxed|\\begin\s*\{(?:equation|align)")
_READERS = [LatexExtractionConfig()]

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
logging.getLogger("latex2sympy2_extended").setLevel(logging.CRITICAL)


def last_opinion(a: str, b: str) -> bool | None:
    """True or False where it reads both answers and says the same both ways round; None where it does not."""
    read_a, read_b = _read(a), _read(b)
    if not read_a or not read_b:
        return None
    one = verify(read_a, read_b, timeout_seconds=None)
    return one if one is verify(read_b, read_a, timeout_seconds=None) else None


def _read(text: str) -> list[object]:
    latex = text if _DELIMITED.search(text) else f"${text}$"
    return parse(latex, extraction_config=_READERS, fallback_mode="no_fallback", parsing_timeout=None)
