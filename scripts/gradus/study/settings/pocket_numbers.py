"""The numbers of pocket problems that multiply."""

from typing import Annotated

from pydantic import Field

from gradus.study.settings.base import Settings
from gradus.study.settings.bounds import IN_ORDER

_Bounds = Annotated[list[Annotated[int, Field(ge=2, le=9999)]], Field(min_length=2, max_length=2), IN_ORDER]


class ProductNumbers(Settings):
    """Which numbers are multiplied, and which are added to the product or taken from it."""

    factors: _Bounds = Field([12, 99], description="The smallest and the largest factor, both included.")
    terms: _Bounds = Field([100, 999], description="The same of the numbers that are added or subtracted.")
