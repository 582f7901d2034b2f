"""Problems with one edit, as they turn up in training sets that were written anew from a benchmark."""

import random
import re
from collections.abc import Callable

Rng = random.Random

NAMES = ["Amelia", "Bruno", "Dmitri", "Farid", "Greta", "Hector", "Ines", "Katya", "Nikhil", "Olga", "Pedro", "Tara"]
_NO_NAMES = """
    the a an how what if in each when he she it they there his her for at after on every of to and this that with by
    from is are was has have had do does did will let find suppose given compute evaluate which who then all some
    express simplify solve determine write factor enter consider assume define mr mrs ms dr one two three four five
    six seven eight nine ten twelve twenty half
"""
_WORDED = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
"""
NO_NAMES, WORDED = set(_NO_NAMES.split()), _WORDED.split()
FORMULA = re.compile(
    r"\\begin\{align\*\}.*?\\end\{align\*\}|\$\$.*?\$\$|(?<!\\)\$[^$]*(?<!\\)\$|\\\[.*?\\\]", re.DOTALL
)
LETTER = r"(?<![\\A-Za-z])%s(?![A-Za-z])"


def swapped_letters(text: str, rng: Rng) -> str | None:
    words = [m for m in re.finditer(r"(?<![\\A-Za-z])[A-Za-z]{4,}", text) if len(set(m[0].lower())) > 1]
    if not words:
        return None
    found = rng.choice(words)
    word = found[0]
    at = rng.choice([i for i in range(len(word) - 1) if word[i].lower() != word[i + 1].lower()])
    word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return text[: found.start()] + word + text[found.end() :]


def deleted_word(text: str, rng: Rng) -> str | None:
    words = list(re.finditer(r"(?<=\s)[A-Za-z]{2,}\s", FORMULA.sub(lambda m: "#" * len(m[0]), text)))
    if not words:
        return None
    found = rng.choice(words)
    return text[: found.start()] + text[found.end() :]


def added_word(text: str, rng: Rng) -> str | None:
    places = [m.start() for m in re.finditer(r"(?<=[a-z]) (?=[a-z])", text)]
    if not places:
        return None
    at = rng.choice(places)
    return text[:at] + rng.choice([" also", " very", " quick", " given", " whole"]) + text[at:]


def other_word(text: str, rng: Rng) -> str | None:
    words = list(re.finditer(r"(?<=\s)[a-z]{4,}(?=\s)", FORMULA.sub(lambda m: "#" * len(m[0]), text)))
    if not words:
        return None
    found = rng.choice(words)
    return text[: found.start()] + rng.choice(["taken", "pretty", "several", "object"]) + text[found.end() :]


def renamed(text: str, rng: Rng) -> str | None:
    """A protagonist, throughout."""
    names = [n for n in dict.fromkeys(re.findall(r"(?<!\\)\b[A-Z][a-z]{2,}\b", text)) if n.lower() not in NO_NAMES]
    names = [n for n in names if re.search(rf"[a-z,] {n}\b", text)]
    if not names:
        return None
    return re.sub(rf"\b{names[0]}\b", rng.choice([n for n in NAMES if n not in text]), text)


def other_variable(text: str, rng: Rng) -> str | None:
    """One letter of the formulas, throughout."""
    formulas = FORMULA.findall(text)
    used = set(re.findall(LETTER % "([a-z])", " ".join(formulas)))
    if not used or r"\$" in text:
        return None
    old, new = rng.choice(sorted(used)), rng.choice([c for c in "bcdghjklmpqrtuwz" if c not in used])
    return FORMULA.sub(lambda m: re.sub(LETTER % old, new, m[0]), text)


def number_in_words(text: str, rng: Rng) -> str | None:
    found = [m for m in re.finditer(r"(?<=[a-z] )\d{1,2}(?= [a-z])", text) if int(m[0]) < len(WORDED)]
    if not found:
        return None
    one = rng.choice(found)
    return text[: one.start()] + WORDED[int(one[0])] + text[one.end() :]


def other_number(text: str, rng: Rng) -> str | None:
    """Another problem, and no copy."""
    found = list(re.finditer(r"\d+", re.sub(r"\[asy\].*?\[/asy\]", lambda m: "#" * len(m[0]), text, flags=re.DOTALL)))
    if not found:
        return None
    one = rng.choice(found)
    return text[: one.start()] + str(int(one[0]) + rng.randint(1, 9)) + text[one.end() :]


EDITS: tuple[Callable[[str, Rng], str | None], ...] = (
    swapped_letters,
    deleted_word,
    added_word,
    other_word,
    renamed,
    other_variable,
    number_in_words,
)
"""Of one place each, or of one name throughout; None where a text has nothing to edit so."""
