"""Products of small numbers, each as one token: `<MUL_6_9_54>` for 6 x 9."""

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field

from gradus.study.settings.domain_tokens import DomainTokenSettings, Expression, TokenKind
from gradus.vocabulary.products import products


class MultiplicationTokens(DomainTokenSettings):
    """`<MUL_a_b_c>` for each product a * b = c with a <= b, in the order of a, then of b."""

    kind: Literal["multiplication"] = Field("multiplication", description="Products.")
    up_to: int = Field(9, ge=1, le=99, description="Largest factor; the smallest is 1. 9 makes 45 tokens.")


def product_token(a: int, b: int) -> str:
    """The token of a product, whichever factor comes first."""
    low, high = sorted((a, b))
    return f"<MUL_{low}_{high}_{low * high}>"


def _tokens(settings: MultiplicationTokens) -> Sequence[str]:
    factors = range(1, settings.up_to + 1)
    return [product_token(a, b) for a in factors for b in factors if a <= b]


def _expressions(settings: MultiplicationTokens, text: str) -> Iterator[Expression]:
    for found in products(text, settings.up_to):
        yield Expression(found.start, found.end, product_token(found.low, found.high), found.proven)


KIND = TokenKind(MultiplicationTokens, _tokens, _expressions)
