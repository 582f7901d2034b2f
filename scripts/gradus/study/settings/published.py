"""Published numbers as a study writes them down: `90.2`, `85-90`, `79.4 ± 3.5` or, of shares, `601/1319`."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError, PydanticKnownError

from gradus.study.settings.base import Settings

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_RANGE = re.compile(rf"({_NUMBER}) ?[-–] ?({_NUMBER})")
_ERROR = re.compile(rf"({_NUMBER}) ?(?:±|\+-|\+/-) ?({_NUMBER})")
_COUNTS = re.compile(r"([0-9]+) ?/ ?([1-9][0-9]*)")


class PublishedNumber(BaseModel):
    """What one of these says. A value that is read from text, and no group of settings.

    low, high: the ends of a range, equal where one number is published. error: what is published after ±. correct,
    of: where questions were counted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float
    high: float
    error: float | None = None
    correct: int | None = None
    of: int | None = None

    @property
    def value(self) -> float | None:
        """The one number that is published."""
        return self.low if self.low == self.high else None


def _read(value: Any) -> PublishedNumber:
    if isinstance(value, PublishedNumber):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return PublishedNumber(low=float(value), high=float(value))
    text = value.strip() if isinstance(value, str) else ""
    if found := _RANGE.fullmatch(text):
        low, high = float(found[1]), float(found[2])
        if low < high:
            return PublishedNumber(low=low, high=high)
    if found := _ERROR.fullmatch(text):
        return PublishedNumber(low=float(found[1]), high=float(found[1]), error=float(found[2]))
    raise PydanticCustomError("published", "expected a number such as 90.2, a range (85-90) or an error (79.4 ± 3.5)")


def _read_percent(value: Any) -> PublishedNumber:
    if isinstance(value, str) and (found := _COUNTS.fullmatch(value.strip())):
        correct, of = int(found[1]), int(found[2])
        if correct > of:
            raise PydanticCustomError("published", "expected no more right answers than questions")
        return PublishedNumber(low=100 * correct / of, high=100 * correct / of, correct=correct, of=of)
    try:
        number = _read(value)
    except PydanticCustomError:
        raise PydanticCustomError(
            "published",
            "expected a percentage such as 90.2, a range (85-90), an error (79.4 ± 3.5) or counts (601/1319)",
        ) from None
    for end in (number.low, number.high):
        if not 0 <= end <= 100:
            raise PydanticKnownError("less_than_equal" if end > 100 else "greater_than_equal", {"le": 100, "ge": 0})
    return number


_Written = Annotated[
    str,
    StringConstraints(pattern="^[0-9.]+ ?([-–/±]|\\+/?-) ?[0-9.]+$"),
    Field(json_schema_extra={"examples": ["85-90", "79.4 ± 3.5"]}),
]
Percent = Annotated[float, Field(ge=0, le=100)]
Amount = Annotated[float, Field(ge=0)]
PublishedAmount = Annotated[PublishedNumber, BeforeValidator(_read, json_schema_input_type=Amount | _Written)]
PublishedPercent = Annotated[PublishedNumber, BeforeValidator(_read_percent, json_schema_input_type=Percent | _Written)]


class PublishedLosses(Settings):
    """What was published of a supervised fine-tuning's loss, in nats a token."""

    train: Amount | None = Field(None, description="The mean over the training, as `train_loss` of a Trainer.")
    eval: Amount | None = Field(None, description="On held-out traces, at its end.")


class PublishedCosts(Settings):
    """What was published of a training's costs."""

    hours: PublishedAmount | None = Field(None, description="Hours from its start to its end.")
    gpu_hours: PublishedAmount | None = Field(None, description="Hours of one GPU.")
    gpu_memory_gb: PublishedAmount | None = Field(None, description="The most memory that a GPU held, in GB.")
    dollars: PublishedAmount | None = Field(None, description="What a service charged.")
