r"""math-verify, for comparison only: what it says of a whole completion, which it searches for the answer itself.

No verdict of ours rests on it: it compares rounded floats, so sin(10^-30) is 10^-30 and 1/2004! is 1/2006! for it.
Only worker processes import this. Its own time limits are alarm signals and stay switched off: the worker's budget
bounds it. Its reader of plain expressions hands text to Python, which the worker refuses.
"""

import logging

from math_verify import parse, verify

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
logging.getLogger("latex2sympy2_extended").setLevel(logging.CRITICAL)


def math_verify(gold: str, completion: str) -> bool | None:
    """Its verdict with its defaults, as a study that uses it would get it; None where it cannot read the gold."""
    known = parse(f"${gold}$", parsing_timeout=None)
    if not known:
        return None
    return verify(known, parse(completion, parsing_timeout=None), timeout_seconds=None)
