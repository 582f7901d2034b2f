"""Pairs of a smallest and a largest number."""

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def _in_order(bounds: list[int]) -> list[int]:
    smallest, largest = bounds
    if smallest > largest:
        text = "the smallest number comes first, as in [{largest}, {smallest}]"
        raise PydanticCustomError("order", text, {"smallest": smallest, "largest": largest})
    return bounds


IN_ORDER = AfterValidator(_in_order)
"""Of a list of two numbers."""
