"""`domain_tokens.json`: which ids of a model are domain tokens. It is beside the tokenizer of every such model, and of
all that is trained or made from it. This file alone writes and reads it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from gradus.hub.contents import DOMAIN_TOKENS
from gradus.provenance.errors import GradusError
from gradus.provenance.files import json_text, parse_json, write_text
from gradus.vocabulary.counts import TokenCounter


class FamilyIds(BaseModel):
    """The tokens of one family in a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reserved: bool = Field(description="Whether there are only ids and embeddings: the tokenizer does not know them.")
    tokens: dict[str, int] = Field(min_length=1, description="The id of each token.")

    @classmethod
    def numbered(cls, tokens: Sequence[str], first: int, reserved: bool) -> Self:
        """Of consecutive ids, `first` and those after it."""
        return cls(reserved=reserved, tokens={token: number for number, token in enumerate(tokens, first)})


class _File(RootModel[dict[str, FamilyIds]]):
    """By the names of the families, in the order of their ids."""


def write_domain_tokens(folder: Path, families: Mapping[str, FamilyIds]) -> None:
    """Say of the model in `folder` which tokens it has; one without any has no such file."""
    if families:
        write_text(folder / DOMAIN_TOKENS, domain_tokens_text(families))
    else:
        (folder / DOMAIN_TOKENS).unlink(missing_ok=True)


def domain_tokens_text(families: Mapping[str, FamilyIds]) -> str:
    """What is written to the file."""
    return json_text(_File(dict(families)).model_dump(mode="json"))


def read_domain_tokens(folder: str | Path) -> dict[str, FamilyIds]:
    """By family, in the order of their ids; empty for a model without domain tokens.

    Raises GradusError where the file is torn or of another layout.
    """
    path = Path(folder) / DOMAIN_TOKENS
    if not path.is_file():
        return {}
    try:
        families = _File.model_validate(parse_json(path.read_bytes(), path)).root
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise GradusError(f"{path}: {where}: {first['msg']}; make or fetch the model again") from None
    return dict(sorted(families.items(), key=lambda item: min(item[1].tokens.values())))


def rows_with(tokens: int, families: Mapping[str, FamilyIds]) -> int:
    """The rows that embeddings need for a tokenizer of so many tokens, and for families that may only be reserved."""
    return max(tokens, *(1 + number for family in families.values() for number in family.tokens.values()), 0)


def token_counter(folder: str | Path) -> TokenCounter:
    """Counts the domain tokens of the model in this folder, reserved ones too; of one without any it counts nothing.

    Raises GradusError as `read_domain_tokens`.
    """
    families = read_domain_tokens(folder)
    return TokenCounter({name: frozenset(family.tokens.values()) for name, family in families.items()})
