"""Tokens that the study lists, or that a file has one a line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gradus.provenance.errors import GradusError
from gradus.study.settings.domain_tokens import DomainTokenSettings, TokenKind


class ListedTokens(DomainTokenSettings):
    """Texts that are one token each wherever they are in a text. Either `tokens` or `file` names them."""

    kind: Literal["list"] = Field("list", description="As listed.")
    tokens: list[Annotated[str, Field(min_length=1)]] = Field([], description="The tokens, in the order of their ids.")
    file: str | None = Field(
        None,
        min_length=1,
        description="A text file with one token a line, relative to the folder that snakemake runs in. Empty lines are "
        "left out.",
    )


def _tokens(settings: ListedTokens) -> Sequence[str]:
    if bool(settings.tokens) == (settings.file is not None):
        raise GradusError("tokens of `kind: list` are named by either `tokens` or `file`; set one of the two")
    if settings.file is None:
        return settings.tokens
    try:
        lines = Path(settings.file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise GradusError(f"{settings.file}: cannot be read as tokens ({error}); save it as UTF-8 text") from None
    tokens = [line for line in lines if line.strip()]
    if not tokens:
        raise GradusError(f"{settings.file}: has no tokens; write one a line")
    return tokens


def _resolved(settings: ListedTokens) -> ListedTokens:
    return settings.model_copy(update={"tokens": list(_tokens(settings)), "file": None})


KIND = TokenKind(ListedTokens, _tokens, resolved=_resolved)
