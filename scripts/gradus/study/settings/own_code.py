"""Mistakes of own code, as those of settings are told."""

from pydantic_core import PydanticCustomError

OWN_MISTAKE = "own_code"
"""Pydantic's type of errors whose text is whole: the value that is there need not follow."""


def own_mistake(what: str) -> PydanticCustomError:
    return PydanticCustomError(OWN_MISTAKE, "{what}", {"what": what})
