"""Copies of a problem as they turn up elsewhere: set anew, every number and word kept."""

import random
import re
from collections.abc import Callable

Rng = random.Random


def spacing(text: str, rng: Rng) -> str:
    """Other white space, and LaTeX's spacing commands inside formulas."""
    text = re.sub(r"[ \n]+", lambda _: rng.choice([" ", "  ", "\n", " \t"]), text)
    return re.sub(r"(?<=[-+=])(?=[ 0-9a-z(])", lambda _: rng.choice(["", " ", r"\, ", r"\;", "~", r"\quad "]), text)


def delimiters(text: str, rng: Rng) -> str:
    """Formulas between other delimiters, or between none."""
    marks = rng.choice([("", ""), (r"\(", r"\)"), ("$$", "$$"), (r"\[", r"\]")])
    return re.sub(r"(?<!\\)\$+([^$]*)(?<!\\)\$+", lambda m: f"{marks[0]}{m[1]}{marks[1]}", text)


def commands(text: str, rng: Rng) -> str:
    r"""Variants of commands: \dfrac, \left, \le, braces around single arguments."""
    text = re.sub(r"\\[dt]?frac(?![a-z])", lambda _: rng.choice([r"\frac", r"\dfrac", r"\tfrac"]), text)
    text = re.sub(r"\\left(?![a-z])\s*(?=[(\[|])|\\right(?![a-z])\s*(?=[)\]|])", "", text)
    text = re.sub(r"\\leq?(?![a-z])", lambda _: rng.choice([r"\le ", r"\leq ", "≤"]), text)
    text = re.sub(r"\^([0-9a-z])(?![0-9a-z{])", lambda m: rng.choice(["^" + m[1], "^{" + m[1] + "}"]), text)
    return re.sub(r"\\cdot(?![a-z])", lambda _: rng.choice([r"\cdot", r"\times", "·"]), text)


def case_and_punctuation(text: str, rng: Rng) -> str:
    """Capitals, quotes and full stops."""
    text = rng.choice([str.upper, str.lower])(text) if "\\" not in text else text
    text = re.sub(r"[,;:!?](?=\s|$)|\.(?=\s|$)", lambda m: rng.choice([m[0], "", ";"]), text)
    return text.replace("'", rng.choice(["'", "’"])) + rng.choice(["", ".", " ?"])


KINDS: tuple[Callable[[str, Rng], str], ...] = (spacing, delimiters, commands, case_and_punctuation)


def planted(text: str, rng: Rng) -> str:
    """A copy with some of these changes, or all."""
    for change in rng.sample(KINDS, rng.randint(1, len(KINDS))):
        text = change(text, rng)
    return text
