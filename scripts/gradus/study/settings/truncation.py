"""Which tokens may be drawn at a temperature, wherever something is sampled."""

from typing import Any

from pydantic import Field

from gradus.study.settings.base import MOST_TOKENS, Settings


class Truncation(Settings):
    """How sampling is truncated: min_p first, then top_k, then top_p over what these leave, in the order of vLLM."""

    top_p: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Draw from the likeliest tokens that have this probability together (arXiv:1904.09751).",
    )
    top_k: int | None = Field(
        None, ge=1, le=MOST_TOKENS, description="Draw from so many of the likeliest tokens; null: from all."
    )
    min_p: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Draw from tokens that are at least this share as likely as the likeliest one (arXiv:2407.01082; "
        "not by tinker).",
    )


def truncation(chosen: Truncation) -> dict[str, Any]:
    """These settings alone, of a group that has others too."""
    return {key: getattr(chosen, key) for key in Truncation.model_fields}


WHOLE = Truncation()
"""Every token may be drawn."""
