"""What all groups of domain tokens share, and what a kind of them declares.

Each module of `vocabulary/kinds/` has a `TokenKind`, as KIND, under the kind's name.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import Field

from gradus.study.settings.base import Name, Settings

KINDS = "gradus.vocabulary.kinds"

Mode = Literal["weak", "strict"]
"""weak: an expression is injected wherever it is. strict: only where its result is stated beside it."""


class DomainTokenSettings(Settings):
    """Tokens of a domain, whose `kind` says which. See [Domain tokens](#domain-tokens)."""

    name: Name | None = Field(
        None, description="Name of this family of tokens, in columns such as `<name>_tokens`; null: the kind."
    )
    if TYPE_CHECKING:
        kind: str


@dataclass(frozen=True)
class Expression:
    """What a token may stand for in a text: the characters from `start` to `end`, with a result that is stated there.

    proven: whether the right result is stated beside it. An expression with a wrong one is none.
    """

    start: int
    end: int
    token: str
    proven: bool


T = TypeVar("T", bound=DomainTokenSettings)


@dataclass(frozen=True)
class TokenKind(Generic[T]):
    """One kind of families. Planning loads it too, so its module imports nothing large.

    settings: what a study may set of such a family.
    tokens: its tokens in the order of their ids. Raises GradusError where a file that has them cannot be read.
    expressions: what of a text the tokens may replace, from left to right without overlaps; None: nothing is injected.
    resolved: the same settings without local files, for specs.
    """

    settings: type[T]
    tokens: Callable[[T], Sequence[str]]
    expressions: Callable[[T, str], Iterator[Expression]] | None = None
    resolved: Callable[[T], T] = lambda settings: settings


AnyTokenKind = TokenKind[Any]
