"""Units of measure: one spelling of each, and exact factors between those of one kind."""

from fractions import Fraction

_SPELLINGS: dict[str, str] = {
    "mm": "millimeter millimetre 毫米",
    "cm": "centimeter centimetre 厘米",
    "m": "meter metre 米",
    "km": "kilometer kilometre 千米 公里",
    "inch": "inches in",
    "foot": "feet ft",
    "yard": "yd",
    "mile": "mi",
    "second": "sec 秒",
    "minute": "min mins 分钟 分",
    "hour": "hr 小时 时",
    "day": "天",
    "week": "",
    "month": "",
    "year": "yr 年 岁",
    "mg": "milligram",
    "g": "gram gm 克",
    "kg": "kilogram 千克 公斤",
    "ton": "tonne 吨",
    "ounce": "oz",
    "pound": "lb",
    "ml": "milliliter millilitre 毫升",
    "l": "liter litre 升",
    "gallon": "gal",
    "dollar": "usd buck 美元",
    "cent": "penny pennies",
    "euro": "",
    "yuan": "rmb 元 块 块钱 人民币",
    "percent": "pct percentage",
    "degree": "deg 度",
    "celsius": "centigrade",
    "fahrenheit": "",
    "radian": "rad",
    "unit": "",
    "point": "",
    "hz": "hertz",
    "j": "joule",
    "n": "newton",
    "w": "watt",
    "kw": "kilowatt",
    "v": "volt",
    "pa": "pascal",
    "k": "kelvin",
    "mol": "mole",
    "ampere": "amp",
    "ohm": "",
    "kiloohm": "",
    "megaohm": "",
    "person": "people",
    "child": "children",
}
_NAMES = {spelling: name for name, others in _SPELLINGS.items() for spelling in (name, *others.split())}
_PREFIXES = {"square": 2, "sq": 2, "cubic": 3, "cu": 3, "平方": 2, "立方": 3}
_FILLERS = frozenset({"the", "of", "a", "an", "in", "total", "different", "distinct", "possible"})
_RATES = {"mph": ("mile", "hour"), "kph": ("km", "hour"), "kmh": ("km", "hour"), "fps": ("foot", "second")}
# A single letter is a variable; only inside \text{} or after an explicit space is it a unit.
BARE = frozenset(name for name in (*_NAMES, *_RATES) if len(name) > 1 and name.isascii()) - {"in", "min", "deg", "pa"}
BARE |= set(_PREFIXES)
LETTERS = {"m": "m", "s": "second", "g": "g", "h": "hour", "L": "l", "l": "l", "N": "n", "J": "j", "W": "w", "V": "v"}
"""Single letters that are units if the notation shows that they are not variables."""

_SIZES: dict[str, tuple[str, Fraction]] = {
    name: (kind, Fraction(size))
    for kind, sizes in {
        "length": {"mm": 1, "cm": 10, "m": 1000, "km": 1_000_000, "inch": "25.4", "foot": "304.8", "yard": "914.4"}
        | {"mile": 1_609_344},
        "time": {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800},
        "mass": {"mg": 1, "g": 1000, "kg": 1_000_000, "ounce": "28349.523125", "pound": "453592.37"},
        "volume": {"ml": 1, "l": 1000},
        "resistance": {"ohm": 1, "kiloohm": 1000, "megaohm": 1_000_000},
        "money": {"cent": 1, "dollar": 100},
        "turn": {"arcsecond": 1, "arcminute": 60, "degree": 3600},
    }.items()
    for name, size in sizes.items()
}


def unit_name(word: str) -> str:
    """The normal spelling of a unit or counted noun: `Minutes`, `min` and `minute` become `minute`."""
    word = word.lower().strip(".")
    if word in _NAMES:
        return _NAMES[word]
    singular = word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word
    return _NAMES.get(singular, singular)


def read_unit(words: list[str]) -> str:
    """The normal spelling of a unit of several words: `square cm`, `cm ^2`, `sq. centimeters` become `cm^2`; `miles per
    hour`, `mph` and `mile hour ^-1` become `mile/hour`.

    "Square units" and similar words say nothing about the size: they become `unit`.
    """
    over: list[str] = []
    under: list[str] = []
    parts = over
    power = 0
    for word in words:
        name = LETTERS.get(word) or unit_name(word)
        if name == "per":
            parts = under
        elif name in _PREFIXES:
            power = _PREFIXES[name]
        elif name[:2] in _PREFIXES and not name.isascii():
            parts.append(f"{unit_name(name[2:])}^{_PREFIXES[name[:2]]}")
        elif name.startswith("^-") and parts:
            under.append(parts.pop() + (f"^{name[2:]}" if name != "^-1" else ""))
        elif name.startswith("^") and parts:
            parts[-1] += name
        elif name in _RATES:
            over.append(_RATES[name][0])
            under.append(_RATES[name][1])
        elif name == "degree" and words[-1].lower() in ("celsius", "fahrenheit", "centigrade"):
            continue
        elif name not in _FILLERS:
            parts.append(f"{name}^{power}" if power else name)
            power = 0
    text = " ".join(over) + "".join(f"/{name}" for name in under)
    return "unit" if text.partition("^")[0] == "unit" else text


def conversion(unit: str, other: str) -> Fraction | None:
    """How many of `other` are one `unit`, exactly; None if they are not of one kind."""
    measured, other_measured = _measured(unit), _measured(other)
    if measured is None or other_measured is None or measured[0] != other_measured[0]:
        return None
    return measured[1] / other_measured[1]


def _measured(unit: str) -> tuple[tuple[tuple[str, int], ...], Fraction] | None:
    """The dimensions of a unit with their powers, and its size."""
    kinds: dict[str, int] = {}
    size = Fraction(1)
    over, *under = unit.split("/")
    for parts, sign in ((over.split(), 1), (under, -1)):
        for part in parts:
            name, _, power = part.partition("^")
            if name not in _SIZES or not (power or "1").isdigit() or int(power or 1) > 9:
                return None
            kind, one = _SIZES[name]
            kinds[kind] = kinds.get(kind, 0) + sign * int(power or 1)
            size *= one ** (sign * int(power or 1))
    return tuple(sorted((kind, n) for kind, n in kinds.items() if n)), size


def is_measure(unit: str) -> bool:
    """Whether a unit says something about the size; a counted noun (`teachers`) or `unit` does not."""
    head = unit.partition("/")[0].partition("^")[0].split(" ")[0]
    return (head in _NAMES.values() and head != "unit") or head in ("base", "mod")
