r"""Which layers in a worker may be asked about two answers on which the layers in process abstain.

SymPy is asked about trees. math-verify is asked only where none of its known false yeses can be: it drops base
subscripts, units and words, takes (1,2) for {1,2} and `a=1,b=2` for `2,1`. So neither text may hold a subscript, a
word, a unit, a relation, a list or brackets that could be a tuple or an interval.
"""

import re

from gradus.grading.equivalence import Parsed

_NOT_FOR_MATH_VERIFY = re.compile(
    r"[_=<>,;:%&#\[\]~°]|\\\\|\\(?:[%&{}\]]|text|mbox|math|operatorname|le|ge|ne|in|cup|cap|circ|pm|mp|begin|infty)"
    r"|(?<![\\A-Za-z])[A-Za-z]{2,}|(?<![A-Za-z])[A-Za-z] +[A-Za-z](?![A-Za-z])"
)


def layers_to_ask(a: Parsed, b: Parsed) -> list[str]:
    """`symbolic`, `math_verify`, both in this order, or none."""
    if "too_long" in (a.kind, b.kind):
        return []
    layers = []
    if a.tree is not None and b.tree is not None:
        layers.append("symbolic")
    if not _NOT_FOR_MATH_VERIFY.search(a.text) and not _NOT_FOR_MATH_VERIFY.search(b.text):
        layers.append("math_verify")
    return layers
