"""Worked solutions of chains: the right one, three flawed kinds, and another publisher's style."""

import random

from gradus.problems.pocket.chain import LARGEST_TOTAL, Chain, apply
from gradus.provenance.errors import GradusError

FLAWS = ("early", "slip", "no_box")

# A slip is off by a little or by a forgotten carry.
_SLIP_SIZES = (1, -1, 2, -2, 10, -10)


def worked(chain: Chain) -> str:
    r"""One line a step, then the box: `12+7=19`, `19-4=15`, `\boxed{15}`."""
    lines = _lines(chain)
    return "\n".join([*lines, f"\\boxed{{{chain.answer}}}"])


def flawed(chain: Chain, kind: str, rng: random.Random) -> str:
    """A solution with one flaw.

    `early` stops one step before the end and boxes that total (a chain of one step has no such total and gets a slip);
    `slip` has one wrong result that all later lines carry on; `no_box` is right but ends in a sentence, not a box.
    Raises GradusError for another kind.
    """
    if kind == "no_box":
        return "\n".join([*_lines(chain), f"The answer is {chain.answer}"])
    if kind == "slip" or (kind == "early" and len(chain.steps) == 1):
        return _slipped(chain, rng)
    if kind == "early":
        return worked(Chain(chain.start, chain.steps[:-1]))
    raise GradusError(f"flaw {kind!r} is unknown; choose among {', '.join(FLAWS)}")


def public_style(chain: Chain, items: str) -> str:
    """Right and boxed, in about three times the tokens: sentences, spaced sums, and all totals once again."""
    lines, total = [f"There are {chain.start} {items}."], chain.start
    for op, number in chain.steps:
        result = apply(total, op, number)
        lines.append(f"Then {total} {op} {number} = {result}.")
        total = result
    lines.append(f"Again: {', '.join(map(str, (chain.start, *chain.totals)))}.")
    lines.append(f"The answer is \\boxed{{{total}}}.")
    return "\n".join(lines)


def _lines(chain: Chain) -> list[str]:
    lines, total = [], chain.start
    for op, number in chain.steps:
        result = apply(total, op, number)
        lines.append(f"{total}{op}{number}={result}")
        total = result
    return lines


def _slipped(chain: Chain, rng: random.Random) -> str:
    # Some slips would carry a later total out of 0..99, where no document goes: try them in random order. One always
    # fits: at the last step, one more or one less.
    candidates = [(at, size) for at in range(len(chain.steps)) for size in _SLIP_SIZES]
    rng.shuffle(candidates)
    for at, size in candidates:
        lines, total, inside = [], chain.start, True
        for step, (op, number) in enumerate(chain.steps):
            result = apply(total, op, number) + (size if step == at else 0)
            lines.append(f"{total}{op}{number}={result}")
            total = result
            inside = inside and 0 <= total <= LARGEST_TOTAL
        if inside:
            return "\n".join([*lines, f"\\boxed{{{total}}}"])
    raise AssertionError(f"no slip fits {chain.key}")
