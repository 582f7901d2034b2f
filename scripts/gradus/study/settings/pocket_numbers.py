"""The numbers of pocket problems that multiply."""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gradus.study.settings.base import Settings

_Bounds = Annotated[list[Annotated[int, Field(ge=2, le=9999)]], Field(min_length=2, max_length=2)]


class ProductNumbers(Settings):
    """Which numbers are multiplied, and which are added to the product or taken from it."""

    factors: _Bounds = Field([12, 99], description="The smallest and the largest factor, both included.")
    terms: _Bounds = Field([100, 999], description="The same of the numbers that are added or subtracted.")

    @model_validator(mode="after")
    def _in_order(self) -> "ProductNumbers":
        for name in ("factors", "terms"):
            smallest, largest = getattr(self, name)
            if smallest > largest:
                text = "{name} is [{smallest}, {largest}]: the smallest number comes first"
                raise PydanticCustomError("order", text, {"name": name, "smallest": smallest, "largest": largest})
        return self
