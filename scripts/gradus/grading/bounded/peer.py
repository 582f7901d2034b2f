r"""math-verify's verdict on a whole completion, for comparison only; it searches for the answer itself.

None of our verdicts depends on it: it compares rounded floats, so it equates sin(10^-30) with 10^-30 and 1/2004! with
1/2006!. Only worker processes import this module. Its own time limits use alarm signals and are switched off: the
worker's budget limits it. Its parser of plain expressions evaluates text as Python, which the worker refuses.
"""

import logging

from math_verify import parse, verify

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
logging.getLogger("latex2sympy2_extended").setLevel(logging.CRITICAL)


def math_verify(reference: str, completion: str) -> bool | None:
    """Its verdict with its default settings; None if it cannot parse the reference answer."""
    parsed = parse(f"${reference}$", parsing_timeout=0)
    if not parsed:
        return None
    return verify(parsed, parse(completion, parsing_timeout=0), timeout_seconds=None)
