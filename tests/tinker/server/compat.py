"""What has to be in place before skyrl 0.3.0 is imported, in the server and in its engine."""

import typing

import typing_extensions

# pydantic refuses typing's TypedDict below Python 3.12, and skyrl uses it.
typing.TypedDict = typing_extensions.TypedDict

from skyrl.tinker import types  # noqa: E402

FOLDER = "GRADUS_SERVED_FOLDER"
"""The environment variable with the folder of the model that is served, under whatever name."""

CYCLE = "GRADUS_SERVED_CYCLE"
"""The environment variable with the seconds between the moments at which the engine takes up what was asked."""


class LoadWeightsInput(types.LoadWeightsInput):
    """skyrl always loads the optimizer's state too; clients may ask for the weights alone."""

    optimizer: bool = True


types.LoadWeightsInput = LoadWeightsInput
