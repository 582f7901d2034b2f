"""Numbers in English words: `seventy-two`, `one hundred and five`, `two thirds`, `fourteenth`."""

from fractions import Fraction

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SMALL = dict(zip(_UNITS, range(20))) | dict(zip(_TENS, range(20, 100, 10)))
_IRREGULAR = {"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12}
_ORDINALS = (
    {f"{word}th": n for word, n in _SMALL.items() if n not in _IRREGULAR.values()}
    | {f"{word[:-1]}ieth": _SMALL[word] for word in _TENS}
    | _IRREGULAR
)
_PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4} | {
    word + plural: n for word, n in _ORDINALS.items() if 2 < n < 21 for plural in ("", "s")
}
_MOST_WORDS = 12


def number_of(words: str) -> Fraction | None:
    """The number that words without punctuation state, else None. An ordinal is its number; `a half` is 1/2."""
    parts = [part for part in words.split() if part != "and"]
    if not 0 < len(parts) <= _MOST_WORDS:
        return None
    negative = parts[0] in ("negative", "minus")
    value = _unsigned(parts[negative:])
    return None if value is None else -value if negative else value


def _unsigned(parts: list[str]) -> Fraction | None:
    if not parts:
        return None
    if len(parts) > 1 and parts[-1] in _PARTS:
        one = parts[:-1] in (["a"], ["one"])
        top = Fraction(1) if one else _whole(parts[:-1])
        if top is not None and one != (parts[-1][-1] == "s"):
            return top / _PARTS[parts[-1]]
    if parts[-1] in _ORDINALS:
        last = _ORDINALS[parts[-1]]
        rest = _whole(parts[:-1]) if len(parts) > 1 else Fraction(0)
        return None if rest is None or (rest and rest % 10) else rest + last
    if parts == ["half"]:
        return Fraction(1, 2)
    return _whole(parts)


def _whole(parts: list[str]) -> Fraction | None:
    total, group, last = 0, 0, None
    for part in parts:
        if part in _SMALL:
            value = _SMALL[part]
            # After a ten only a unit goes on: "twenty five", not "five twenty".
            if last is not None and not (last % 100 == 0 or (20 <= last < 100 and 0 < value < 10)):
                return None
            group, last = group + value, value
        elif part == "hundred" and 0 < (group or 1) < 100:
            group, last = (group or 1) * 100, 100
        elif part in _SCALES and group:
            total, group, last = total + group * _SCALES[part], 0, 1000
        else:
            return None
    return Fraction(total + group)
