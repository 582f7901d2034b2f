r"""What stands around a number without changing it: a unit behind it, `x =` before it."""

import re

# Only words that are surely units. A bare single letter (`2m`) may be a variable: it counts only inside \text{}.
_WORD = re.compile(
    "(?:unit|inch|inche|in|foot|feet|ft|yard|yd|mile|mi|(?:centi|milli|kilo)?met(?:er|re)|mm|cm|km|degree|radian|rad"
    "|second|sec|minute|min|hour|hr|day|week|month|year|gram|kilogram|mg|kg|pound|lb|ounce|oz|ton|liter|litre|ml|gallon"
    "|dollar|cent|euro|square|sq|cubic|cu|per|people|person|student|way|point|mph|kph)s?",
    re.IGNORECASE,
)
_LETTER = re.compile("[msghl]|" + _WORD.pattern, re.IGNORECASE)

_WRAPPED = re.compile(
    r"^([^A-Za-z]*?(?:\\frac[^A-Za-z]*)?)\s*\\(?:text|textrm|mathrm|mbox|textbf|mathbf)\s*\{([^{}]*)\}((?:\^\{?[23]\}?)?)$"
)
_BARE = re.compile(r"^([^A-Za-z]*?(?:\\frac[^A-Za-z]*)?) ([A-Za-z][A-Za-z ./]*)((?:\^\{?[23]\}?)?)$")
_DEGREE = "^{\\circ}"
_NAMED = re.compile(r"^([A-Za-z](?:_\{?[0-9A-Za-z]\}?)?) ?= ?(?=[^=])")


def split_labels(cleaned: str) -> tuple[str, str]:
    """`(value, label)` of a cleaned answer; label "" where there is none that is surely a label.

    The label is spelt so that equal labels compare equal (`Minutes` and `minute`); it is of use only to notice that
    two answers name different ones.
    """
    named = _NAMED.match(cleaned)
    name = f"{named[1]}=" if named else ""
    value = cleaned[named.end() :] if named else cleaned
    if value.endswith(_DEGREE):
        return value[: -len(_DEGREE)].rstrip(), f"{name}degree"
    for pattern, allowed in ((_WRAPPED, _LETTER), (_BARE, _WORD)):
        match = pattern.match(value)
        if not match:
            continue
        words = re.findall(r"[A-Za-z]+", match[2])
        if words and all(map(allowed.fullmatch, words)):
            power = match[3].strip("^{}")
            unit = " ".join(word.lower().removesuffix("s") if len(word) > 2 else word for word in words)
            return match[1].rstrip(), f"{name}{unit}{power}"
    return value, name
