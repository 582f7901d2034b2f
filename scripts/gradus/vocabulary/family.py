"""A family of domain tokens: tokens that each say something of one domain, such as a product of digits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gradus.provenance.errors import GradusError
from gradus.study.settings.domain_tokens import Expression


@dataclass(frozen=True)
class TokenFamily:
    """name: in columns and files. tokens: in the order of their ids, no two alike.

    expressions: finds what of a text they may replace, from left to right without overlaps; None where nothing is.
    """

    name: str
    tokens: tuple[str, ...]
    expressions: Callable[[str], Iterator[Expression]] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Raises GradusError for tokens that are empty or listed twice."""
        seen: set[str] = set()
        for token in self.tokens:
            if not token or token in seen:
                what = "is listed twice" if token else "is empty"
                raise GradusError(f"domain tokens {self.name!r}: {token!r} {what}; every token needs a text of its own")
            seen.add(token)
        if not self.tokens:
            raise GradusError(f"domain tokens {self.name!r}: there are none; list at least one")
