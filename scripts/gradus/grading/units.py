"""Units of measure: one spelling for each, and exact factors between those of one kind."""

from fractions import Fraction

_SPELLINGS: dict[str, str] = {
    "mm": "millimeter millimetre",
    "cm": "centimeter centimetre",
    "m": "meter metre",
    "km": "kilometer kilometre",
    "inch": "inches in",
    "foot": "feet ft",
    "yard": "yd",
    "mile": "mi",
    "second": "sec",
    "minute": "min",
    "hour": "hr",
    "day": "",
    "week": "",
    "month": "",
    "year": "yr",
    "mg": "milligram",
    "g": "gram",
    "kg": "kilogram",
    "ton": "tonne",
    "ounce": "oz",
    "pound": "lb",
    "ml": "milliliter millilitre",
    "l": "liter litre",
    "gallon": "gal",
    "dollar": "usd buck",
    "cent": "penny pennies",
    "euro": "",
    "yuan": "rmb",
    "percent": "pct percentage",
    "degree": "deg",
    "radian": "rad",
    "unit": "",
    "mph": "",
    "kph": "kmh",
    "point": "",
    "hz": "hertz",
    "j": "joule",
    "n": "newton",
    "w": "watt",
    "person": "people",
    "child": "children",
}
_NAMES = {spelling: name for name, others in _SPELLINGS.items() for spelling in (name, *others.split())}
_PREFIXES = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_FILLERS = frozenset({"the", "of", "a", "an", "in", "total", "different", "distinct", "possible"})
# In math a lone letter is a variable; only inside \text{} is it a unit.
BARE = frozenset(name for name in _NAMES if len(name) > 1) - {"in", "min", "deg"} | set(_PREFIXES)

_SIZES: dict[str, tuple[str, Fraction]] = {
    name: (kind, Fraction(size))
    for kind, sizes in {
        "metric": {"mm": 1, "cm": 10, "m": 1000, "km": 1_000_000},
        "imperial": {"inch": 1, "foot": 12, "yard": 36, "mile": 63360},
        "time": {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800},
        "mass": {"mg": 1, "g": 1000, "kg": 1_000_000},
        "weight": {"ounce": 1, "pound": 16},
        "volume": {"ml": 1, "l": 1000},
        "money": {"cent": 1, "dollar": 100},
    }.items()
    for name, size in sizes.items()
}


def unit_name(word: str) -> str:
    """One spelling for a unit or counted noun: `Minutes`, `min` and `minute` become `minute`."""
    word = word.lower().strip(".")
    if word in _NAMES:
        return _NAMES[word]
    singular = word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word
    return _NAMES.get(singular, singular)


def read_unit(words: list[str]) -> str:
    """One spelling for a unit of several words: `square cm`, `cm ^2`, `sq. centimeters` become `cm^2`.

    "Square units" and the like say nothing about the size: they become plain `unit`.
    """
    parts: list[str] = []
    power = 0
    for word in words:
        name = unit_name(word)
        if name in _PREFIXES:
            power = _PREFIXES[name]
        elif name.startswith("^") and parts:
            parts[-1] += name
        elif name not in _FILLERS:
            parts.append(f"{name}^{power}" if power else name)
            power = 0
    text = " ".join(parts)
    return "unit" if text.partition("^")[0] == "unit" else text


def conversion(unit: str, other: str) -> Fraction | None:
    """How many of `other` make one `unit`, exactly; None where they are not of one kind."""
    name, _, power = unit.partition("^")
    other_name, _, other_power = other.partition("^")
    if power != other_power or name not in _SIZES or other_name not in _SIZES:
        return None
    (kind, size), (other_kind, other_size) = _SIZES[name], _SIZES[other_name]
    return (size / other_size) ** int(power or 1) if kind == other_kind else None


def is_measure(unit: str) -> bool:
    """Whether a unit says something about the size; a counted noun (`teachers`) or `unit` does not."""
    head = unit.partition("^")[0].split(" ")[0]
    return (head in _NAMES.values() and head != "unit") or head in ("base", "mod")
