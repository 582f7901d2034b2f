"""Times of day: `1:58 a.m.`, `13:58`, `7 o'clock`, `half past seven`, `noon`."""

import re

from gradus.grading.numberwords import number_of
from gradus.grading.tree import HalfOfDay, Time

HALF_DAY = 12 * 3600

_HALF = r"(?:(?P<half>[ap])\.? ?m\b\.?|(?P<part>in the morning|in the afternoon|in the evening|at night))"
_DIGITS = re.compile(
    r"(?:at )?(?P<hour>[0-9]{1,2})(?: ?: ?(?P<minute>[0-9]{2})(?: ?: ?(?P<second>[0-9]{2}))?)?(?: ?o'? ?clock)? ?"
    rf"{_HALF}?"
)
_CLOCK = re.compile(rf"(?:at )?(?P<hour>[a-z]+|[0-9]{{1,2}}) ?o'? ?clock ?{_HALF}?")
_WORDED = re.compile(
    rf"(?:at )?(?:a )?(?P<part_of>half|quarter|[a-z]+|[0-9]{{1,2}}) ?(?:minutes? )?(?P<side>past|after|to|before) "
    rf"(?P<hour>[a-z]+|[0-9]{{1,2}}) ?{_HALF}?"
)
_NAMED: dict[str, HalfOfDay] = {"noon": "pm", "midday": "pm", "midnight": "am"}
_HALVES: dict[str | None, HalfOfDay] = {None: "", "a": "am", "p": "pm"}
_MINUTES = {"half": 30, "quarter": 15}


def time_of(text: str, bare: bool = False) -> Time | None:
    """The time of day that a text states, else None. Digits and a colon alone count only if `bare`."""
    text = " ".join(text.lower().replace("’", "'").split()).strip(" .")
    if text in _NAMED:
        return Time(0, _NAMED[text])
    digits = _DIGITS.fullmatch(text)
    if digits and (bare or digits["half"] or digits["part"] or "clock" in text):
        return _time(digits["hour"], int(digits["minute"] or 0), int(digits["second"] or 0), digits)
    clock = _CLOCK.fullmatch(text)
    if clock:
        return _time(clock["hour"], 0, 0, clock)
    worded = _WORDED.fullmatch(text)
    if worded:
        minutes = _MINUTES.get(worded["part_of"]) or _number(worded["part_of"])
        if minutes is None or not 0 < minutes < 60:
            return None
        return _time(worded["hour"], minutes if worded["side"] in ("past", "after") else -minutes, 0, worded)
    return None


def _number(word: str) -> int | None:
    value = int(word) if word.isdigit() else number_of(word)
    return None if value is None or value != int(value) else int(value)


def _time(hour_word: str, minute: int, second: int, match: re.Match[str]) -> Time | None:
    hour = _number(hour_word)
    if hour is None or not 0 <= hour <= 24 or minute >= 60 or second >= 60:
        return None
    half = _HALVES[match["half"]]
    if match["part"]:
        half = "am" if match["part"] == "in the morning" else "pm"
    if hour in (0, 24) or hour > 12:
        known: HalfOfDay = "pm" if 12 < hour < 24 else "am"
        if half and half != known:
            return None
        half = known
    seconds = (hour % 12) * 3600 + minute * 60 + second
    return Time(seconds % HALF_DAY, half)
